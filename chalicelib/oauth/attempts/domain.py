"""How an attempt to connect ended: the step it reached, one of a fixed list of causes, and who has to act."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.faults.domain import MARK
from chalicelib.kit.errors import AppError, InternalError, NotFoundError, UnavailableError
from chalicelib.oauth import errors

KEPT_FOR = timedelta(days=30)
_SHORT = 8
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0 O 1 I: people read it out on the telephone


class Step(StrEnum):
    """Where the attempt ended."""

    REQUEST = "request"
    CONSENT = "consent"
    CODE = "code"
    REFRESH = "refresh"
    SERVICE = "service"
    MIGRATION = "migration"
    CALL = "call"


class Cause(StrEnum):
    """Fixed: pages, API and statistics of support rest on these words."""

    CONNECTED = "connected"
    CODE_NOT_FETCHED = "code_not_fetched"
    LINK_NOT_TRUSTED = "link_not_trusted"
    INTEGRATION_UNAVAILABLE = "integration_unavailable"
    REQUEST_MALFORMED = "request_malformed"
    SCOPE_NOT_REGISTERED = "scope_not_registered"
    LICENCE_MISSING = "licence_missing"
    ADMINISTRATOR_NEEDED = "administrator_needed"
    DENIED = "denied"
    PERSON_NOT_PRESENT = "person_not_present"
    TOO_LATE = "too_late"
    CREDENTIALS_WRONG = "credentials_wrong"
    GRANT_WRONG = "grant_wrong"
    CONNECTION_ENDED = "connection_ended"
    CONSENT_MISSING = "consent_missing"
    SWITCHED_ON = "switched_on"
    OUR_TROUBLE = "our_trouble"


class Party(StrEnum):
    """Who must act."""

    NOBODY = "nobody"
    DEVELOPER = "developer"
    CUSTOMER = "customer"
    OPERATOR = "operator"


WHO_ACTS: Mapping[Cause, Party] = {
    Cause.CONNECTED: Party.NOBODY,
    Cause.CODE_NOT_FETCHED: Party.DEVELOPER,
    Cause.LINK_NOT_TRUSTED: Party.DEVELOPER,
    Cause.INTEGRATION_UNAVAILABLE: Party.DEVELOPER,
    Cause.REQUEST_MALFORMED: Party.DEVELOPER,
    Cause.SCOPE_NOT_REGISTERED: Party.DEVELOPER,
    Cause.LICENCE_MISSING: Party.CUSTOMER,
    Cause.ADMINISTRATOR_NEEDED: Party.CUSTOMER,
    Cause.DENIED: Party.CUSTOMER,
    Cause.PERSON_NOT_PRESENT: Party.DEVELOPER,
    Cause.TOO_LATE: Party.CUSTOMER,
    Cause.CREDENTIALS_WRONG: Party.DEVELOPER,
    Cause.GRANT_WRONG: Party.DEVELOPER,
    Cause.CONNECTION_ENDED: Party.CUSTOMER,
    Cause.CONSENT_MISSING: Party.CUSTOMER,
    Cause.SWITCHED_ON: Party.DEVELOPER,
    Cause.OUR_TROUBLE: Party.OPERATOR,
}

# The first class that fits: errors that are also something more general stand before it.
_BY_CLASS: tuple[tuple[type[AppError], Cause], ...] = (
    (errors.ClientNotTrustedError, Cause.LINK_NOT_TRUSTED),
    (errors.ErrorMissingLicenseError, Cause.LICENCE_MISSING),
    (errors.ErrorMissingAppLicenseError, Cause.LICENCE_MISSING),
    (errors.ErrorMissingSystemAdminRightError, Cause.ADMINISTRATOR_NEEDED),
    (errors.AccessDeniedError, Cause.DENIED),
    (errors.InvalidScopeError, Cause.SCOPE_NOT_REGISTERED),
    (errors.LoginRequiredError, Cause.PERSON_NOT_PRESENT),
    (errors.ConsentRequiredError, Cause.PERSON_NOT_PRESENT),
    (errors.InteractionRequiredError, Cause.PERSON_NOT_PRESENT),
    (errors.InvalidClientError, Cause.CREDENTIALS_WRONG),
    (UnavailableError, Cause.OUR_TROUBLE),
    (InternalError, Cause.OUR_TROUBLE),
    (errors.OAuthError, Cause.REQUEST_MALFORMED),
    (NotFoundError, Cause.TOO_LATE),
)
_UNAVAILABLE = "integration-unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """`times`: equal failures of one minute at the token endpoint are one row. `error` is what the client was told."""

    client_id: str
    attempt_id: str
    short_id: str
    request_id: str
    step: Step
    cause: Cause
    error: str = ""
    description: str = ""
    tenant_number: int | None = None
    family_id: str = ""
    times: int = 1
    ended_at: datetime

    @property
    def who_acts(self) -> Party:
        return WHO_ACTS[self.cause]

    @property
    def is_success(self) -> bool:
        return self.cause is Cause.CONNECTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What the transaction that ends an attempt knows of it."""

    client_id: str
    attempt_id: str
    step: Step
    cause: Cause
    tenant_number: int | None = None
    family_id: str = ""


def short_id_of(request_id: str) -> str:
    """The eight letters a person reads out, from the id of the request that failed: either finds the row.

    >>> short_id_of("req_1") == short_id_of("req_1"), len(short_id_of("req_2"))
    (True, 8)
    """
    digest = hashlib.sha256(request_id.encode()).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:_SHORT])


def cause_of(error: AppError, step: Step) -> Cause:
    """The one cause an error stands for at a step."""
    if MARK in error.log:
        return Cause.SWITCHED_ON
    if error.code == _UNAVAILABLE:
        return Cause.INTEGRATION_UNAVAILABLE
    if isinstance(error, errors.InvalidGrantError):
        return Cause.CONNECTION_ENDED if step is Step.REFRESH else Cause.GRANT_WRONG
    if isinstance(error, errors.UnauthorizedClientError) and step is not Step.REQUEST:
        if error.log == errors.GRANT_NOT_USED:
            return Cause.REQUEST_MALFORMED
        return Cause.CONSENT_MISSING if step is Step.SERVICE else Cause.INTEGRATION_UNAVAILABLE
    return next((cause for kind, cause in _BY_CLASS if isinstance(error, kind)), Cause.TOO_LATE)
