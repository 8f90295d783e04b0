"""Faults of a test company: kinds, leases that end by themselves, and the errors they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from chalicelib.kit.errors import AppError, TooManyRequestsError

LEASE_MAX = timedelta(hours=1)  # as long as an access token lives: nobody hunts a fault they forgot for longer
LEASE_DEFAULT = timedelta(minutes=15)
SLOW_MAX = 10  # seconds: well below the 29 of the gateway, and what it costs to wait stays small
HEADER = "Anslut-Fault"  # on every answer that a fault made or delayed
MARK = "fault"  # in `AppError.log`: which fault made the error, for those who record it


class FaultKind(StrEnum):
    EXPIRED_TOKENS = "expired-tokens"
    REVOKED = "revoked"
    MODULE_REMOVED = "module-removed"
    TOO_MANY_REQUESTS = "too-many-requests"
    SERVER_ERROR = "server-error"
    SLOW = "slow"
    LOST_ANSWER = "lost-answer"


class Place(StrEnum):
    """Where it strikes: the company API, the token endpoint, or both."""

    API = "api"
    TOKEN = "token"  # noqa: S105 - an endpoint
    BOTH = "both"


COUNTED = frozenset({FaultKind.TOO_MANY_REQUESTS, FaultKind.SERVER_ERROR, FaultKind.SLOW, FaultKind.LOST_ANSWER})
"""Kinds that strike one call at a time, so that they may be limited to a number of calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Over when `until` has come, whatever else happens; `left` calls remain, None: as many as come."""

    kind: FaultKind
    since: datetime
    until: datetime
    place: Place = Place.BOTH
    left: int | None = None
    status: int = 503
    seconds: int = 3
    module: str = ""

    def is_on(self, now: datetime) -> bool:
        return now < self.until and self.left != 0

    def strikes(self, place: Place) -> bool:
        return self.place in {place, Place.BOTH}


@dataclass(frozen=True, slots=True)
class Switchboard:
    """`used_on` is the last day somebody called the company's API or asked for its tokens."""

    faults: Mapping[FaultKind, Fault] = field(default_factory=dict)
    used_on: date | None = None
    version: int = 0

    def find(self, kind: FaultKind, now: datetime, place: Place = Place.BOTH) -> Fault | None:
        found = self.faults.get(kind)
        is_here = found is not None and (place is Place.BOTH or found.strikes(place))
        return found if found is not None and is_here and found.is_on(now) else None

    def running(self, now: datetime) -> list[Fault]:
        return [fault for fault in self.faults.values() if fault.is_on(now)]


class ForcedTooManyRequestsError(TooManyRequestsError):
    title = "Too many requests (a fault you switched on)"


class ForcedInternalError(AppError):
    status = 500
    title = "Something went wrong (a fault you switched on)"


class ForcedBadGatewayError(AppError):
    status = 502
    title = "A gateway failed (a fault you switched on)"


class ForcedUnavailableError(AppError):
    status = 503
    title = "The service is not available (a fault you switched on)"


class LostAnswerError(AppError):
    """The effect was applied; only the answer is lost, as when a gateway gives up waiting."""

    status = 504
    title = "The answer was lost (a fault you switched on)"


SERVER_ERRORS: Mapping[int, type[AppError]] = {
    error.status: error for error in (ForcedInternalError, ForcedBadGatewayError, ForcedUnavailableError)
}


def error_of(fault: Fault) -> AppError | None:
    """What a caller is told before anything happens; None for a kind that refuses nothing by itself."""
    headers, log = {HEADER: str(fault.kind)}, {MARK: str(fault.kind)}
    if fault.kind is FaultKind.TOO_MANY_REQUESTS:
        return ForcedTooManyRequestsError("Wait 5 s.", log=log, headers={**headers, "Retry-After": "5"})
    if fault.kind is FaultKind.SERVER_ERROR:
        return SERVER_ERRORS[fault.status]("Repeating it is safe.", log=log, headers={**headers, "Retry-After": "1"})
    return None
