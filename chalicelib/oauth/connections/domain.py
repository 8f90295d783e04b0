"""A connection is a token family seen from outside: which company, since when, last used, how and why it ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from chalicelib.activations.domain import ConsentKind
from chalicelib.oauth.attempts.domain import Party
from chalicelib.oauth.domain import REFRESH_IDLE_LIFETIME, TokenFamily

WARNED_AFTER = timedelta(days=38)  # a week before an unused refresh token dies
LOOKED_BACK = timedelta(days=14)  # nights that may be missed without a death going uncounted


class ConnectionState(StrEnum):
    LIVE = "live"
    RESTING = "resting"
    ENDED = "ended"


class Happening(StrEnum):
    """Lines of a timeline; whatever closed a family is one of them."""

    ISSUED = "issued"
    REFRESHED = "refreshed"
    EXPIRED_UNUSED = "expired_unused"
    EXPIRED = "expired"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105 - a word, not a token
    CODE_REUSED = "code_reused"
    REVOKED_BY_CLIENT = "revoked_by_client"
    ACTIVATION_ENDED = "activation_ended"
    MEMBER_REMOVED = "member_removed"
    PERSON_OR_COMPANY_GONE = "person_or_company_gone"
    REPLACED = "replaced"


WHO_DID: dict[Happening, Party] = {
    Happening.ISSUED: Party.CUSTOMER,
    Happening.REFRESHED: Party.DEVELOPER,
    Happening.EXPIRED_UNUSED: Party.NOBODY,
    Happening.EXPIRED: Party.NOBODY,
    Happening.REFRESH_TOKEN_REUSED: Party.DEVELOPER,
    Happening.CODE_REUSED: Party.DEVELOPER,
    Happening.REVOKED_BY_CLIENT: Party.DEVELOPER,
    Happening.ACTIVATION_ENDED: Party.CUSTOMER,
    Happening.MEMBER_REMOVED: Party.CUSTOMER,
    Happening.PERSON_OR_COMPANY_GONE: Party.CUSTOMER,
    Happening.REPLACED: Party.DEVELOPER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One line of the list. `rested_on` is the day of its last refresh, exact to the day."""

    family_id: str
    client_id: str
    tenant_number: int
    kind: ConsentKind
    scopes: frozenset[str]
    issued_at: datetime
    rested_on: date
    revoked_at: datetime | None = None
    revoked_reason: str | None = None

    @property
    def dies_on(self) -> date:
        """The day on which it dies if nobody refreshes it."""
        return self.rested_on + REFRESH_IDLE_LIFETIME

    def state(self, today: date) -> ConnectionState:
        if self.revoked_at is not None or today > self.dies_on:
            return ConnectionState.ENDED
        return ConnectionState.RESTING if today >= self.rested_on + WARNED_AFTER else ConnectionState.LIVE


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """`times` counts refreshes: only the last one has a moment."""

    at: datetime
    happening: Happening
    who: Party
    times: int = 1


@dataclass(frozen=True, slots=True)
class Timeline:
    """Oldest first: why a token lives, or what it died of."""

    family_id: str
    tenant_number: int
    state: ConnectionState
    entries: tuple[TimelineEntry, ...]


def resting_days(today: date) -> tuple[date, date]:
    """The first and the last day of rest that deserve a warning today; earlier ones are dead."""
    return today - REFRESH_IDLE_LIFETIME, today - WARNED_AFTER


def rested_out_days(today: date) -> tuple[date, date]:
    """The days of rest whose connections have died since; older ones were looked at in earlier nights."""
    latest = today - REFRESH_IDLE_LIFETIME - timedelta(days=1)
    return latest - LOOKED_BACK, latest


def death_of(family: TokenFamily) -> tuple[datetime, Happening]:
    """When a family dies of itself if nothing else happens to it, and of what."""
    unused_until = family.rotated_at + REFRESH_IDLE_LIFETIME
    if unused_until < family.expires_at:
        return unused_until, Happening.EXPIRED_UNUSED
    return family.expires_at, Happening.EXPIRED


def timeline_of(family: TokenFamily, now: datetime) -> Timeline:
    entries = tuple(TimelineEntry(at, what, WHO_DID[what], times) for at, what, times in _happenings(family, now))
    state = ConnectionState.ENDED
    if family.is_live(now):
        is_resting = now >= family.rotated_at + WARNED_AFTER
        state = ConnectionState.RESTING if is_resting else ConnectionState.LIVE
    return Timeline(family.family_id, family.tenant_number, state, entries)


def _happenings(family: TokenFamily, now: datetime) -> Iterator[tuple[datetime, Happening, int]]:
    yield family.issued_at, Happening.ISSUED, 1
    if family.gen:
        yield family.rotated_at, Happening.REFRESHED, family.gen
    if family.revoked_at is not None:
        yield family.revoked_at, Happening(family.revoked_reason or Happening.REPLACED), 1
        return
    died_at, died_of = death_of(family)
    if now >= died_at:
        yield died_at, died_of, 1
