"""Accounts, companies, memberships and the developer licence: types, pure rules and the errors a caller is told."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.kit.context import Actor
from chalicelib.kit.errors import (
    AppError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    TooManyRequestsError,
    UnauthenticatedError,
)

OPERATOR_TENANT_ID = "ten_operator"
DEFAULT_MODULES = frozenset({"Order", "Kundfaktura", "Bokföring", "Integration"})
NUMBERS = range(1_000_000, 10_000_000)  # a company's public number has seven digits

CODE_LIFETIME = timedelta(hours=24)
SESSION_IDLE = timedelta(hours=12)
SESSION_LIFETIME = timedelta(days=14)
SESSION_CHECK_AFTER = timedelta(seconds=60)  # BO-16: a person removed from a company is out within a minute
PASSWORD_MIN, PASSWORD_MAX = 12, 128

_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_EMAIL_MAX = 254  # RFC 5321 §4.5.3.1.3
_SWEDISH_NUMBER = re.compile(r"(\d{6})[- ]?(\d{4})")
_FOREIGN_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z .-]{0,29}")


class CompanyKind(StrEnum):
    LIVE = "live"
    SANDBOX = "sandbox"
    OPERATOR = "operator"


class LicenceStatus(StrEnum):
    NONE = "none"
    GRANTED = "granted"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


class PortalRole(StrEnum):
    """What a person may do with the company's integrations: the portal permission."""

    OWNER = "owner"
    DEVELOPER = "developer"
    VIEWER = "viewer"


class StaffRole(StrEnum):
    """What a person of the operator may do."""

    ADMINISTRATOR = "administrator"
    REVIEWER = "reviewer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A tenant. `number` is its public name on the wire (`tenantId`, `DatabaseNumber`)."""

    tenant_id: str
    number: int
    name: str
    kind: CompanyKind = CompanyKind.LIVE
    organization_number: str = ""
    modules: frozenset[str] = DEFAULT_MODULES
    licence: LicenceStatus = LicenceStatus.NONE
    licence_requested_at: datetime | None = None
    licence_changed_at: datetime | None = None
    licence_reason: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    zip_code: str = ""
    city: str = ""
    country_code: str = "SE"
    home_tenant_id: str | None = None
    created_at: datetime
    version: int = 1

    @property
    def has_licence(self) -> bool:
        return self.licence is LicenceStatus.GRANTED

    @property
    def licence_state(self) -> str | None:
        """Where the operator finds this company: a state, `requested`, or None when it is no developer's matter."""
        if self.licence in {LicenceStatus.NONE, LicenceStatus.WITHDRAWN} and self.licence_requested_at is not None:
            return "requested"
        return None if self.licence is LicenceStatus.NONE else str(self.licence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person's login. Its password hash never leaves the repository and the sign-in."""

    account_id: str
    email: str
    name: str
    lang: str = "sv"
    is_verified: bool = True
    last_tenant_id: str | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    account_id: str
    tenant_id: str
    is_administrator: bool = False
    portal_role: PortalRole | None = None
    staff_role: StaffRole | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """What a person typed, kept with the code that proves the address; the account begins when the code comes back."""

    email: str
    name: str
    password_hash: str
    lang: str
    company_name: str = ""
    organization_number: str = ""
    next_path: str = "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in browser. `session_key` is a keyed hash of the cookie, so it names the session and opens nothing."""

    session_key: str
    account_id: str
    tenant_id: str
    email: str
    person: str
    company: str
    number: int
    roles: frozenset[str]
    companies: tuple[tuple[str, str, str], ...] = ()
    created_at: datetime
    checked_at: datetime

    @property
    def expires_at(self) -> datetime:
        return min(self.created_at + SESSION_LIFETIME, self.checked_at + SESSION_IDLE)

    def is_live(self, now: datetime) -> bool:
        return now < self.expires_at

    def needs_check(self, now: datetime) -> bool:
        return now >= self.checked_at + SESSION_CHECK_AFTER

    def to_actor(self) -> Actor:
        return Actor(
            account_id=self.account_id,
            tenant_id=self.tenant_id,
            roles=self.roles,
            session_id=self.session_key,
            email=self.email,
            person=self.person,
            company=self.company,
            number=self.number,
            companies=self.companies,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedSession(Session):
    """A session that just began, with the one copy of its cookie's value."""

    session_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Precondition:
    """One line of the checklist; `actor` names who can make it true: you, administrator or operator."""

    key: str
    is_done: bool
    actor: str


class WrongCredentialsError(UnauthenticatedError):
    title = "E-mail or password is wrong"


class TooManyAttemptsError(TooManyRequestsError):
    title = "Too many attempts"


class CodeInvalidError(NotFoundError):
    title = "This link is not valid"


class CodeUsedError(ConflictError):
    title = "This link has been used"


class DeveloperLicenceRequiredError(ForbiddenError):
    title = "Your company has no developer licence"


class LicenceStateError(ConflictError):
    title = "The developer licence is not in a state that allows this"


class CompanyNotRemovableError(ConflictError):
    title = "Only a sandbox can be removed"


ERRORS: tuple[type[AppError], ...] = (
    WrongCredentialsError,
    TooManyAttemptsError,
    CodeInvalidError,
    CodeUsedError,
    DeveloperLicenceRequiredError,
    LicenceStateError,
    CompanyNotRemovableError,
)


def parse_email(text: str) -> str:
    """The address in the one form we compare and send to. Raises ValueError for anything we would not write to.

    >>> parse_email("  Anna@Example.SE ")
    'anna@example.se'
    """
    email = unicodedata.normalize("NFKC", text).strip(" ").lower()
    local = email.partition("@")[0]
    if (
        len(email) > _EMAIL_MAX
        or not _EMAIL.fullmatch(email)
        or ".." in local
        or local.startswith(".")
        or local.endswith(".")
    ):
        raise ValueError("must be an e-mail address such as anna@example.se")
    return email


def parse_organization_number(text: str) -> str:
    """The number as it is printed. Raises ValueError.

    >>> parse_organization_number("5566778899")
    '556677-8899'
    """
    text = text.strip()
    swedish = _SWEDISH_NUMBER.fullmatch(text)
    if swedish:
        return f"{swedish[1]}-{swedish[2]}"
    if text and not _FOREIGN_NUMBER.fullmatch(text):
        raise ValueError("must be an organization number such as 556677-8899")
    return text


def find_password_fault(password: str, email: str) -> str | None:
    """What is wrong with a new password, as a sentence, or None (NIST SP 800-63B §3.1.1: length, not recipes)."""
    if len(password) < PASSWORD_MIN:
        return f"Use at least {PASSWORD_MIN} characters."
    if len(password) > PASSWORD_MAX:
        return f"Use at most {PASSWORD_MAX} characters."
    if password.strip().lower() == email:
        return "The password must not be your e-mail address."
    if len(set(password)) < 3:  # noqa: PLR2004 - "aaaaaaaaaaaa" is long and still the first guess
        return "Use a password that is not one character repeated."
    return None


def roles_of(membership: Membership, company: Company) -> frozenset[str]:
    """The session roles of a person in a company; guards ask for these."""
    roles = {"member"}
    if membership.is_administrator:
        roles.add("administrator")
    if membership.portal_role is not None and company.kind is CompanyKind.LIVE:
        roles.add(str(membership.portal_role))
        if membership.portal_role is PortalRole.OWNER:
            roles.add("developer")
    if company.kind is CompanyKind.OPERATOR and membership.staff_role is not None:
        roles.add("reviewer")
        if membership.staff_role is StaffRole.ADMINISTRATOR:
            roles.add("operator")
    return frozenset(roles)


def check_licence(company: Company) -> None:
    """Raises DeveloperLicenceRequiredError that names what is missing and where the checklist is."""
    if company.has_licence:
        return
    sentences = {
        LicenceStatus.NONE: "Your company has no developer licence yet. Ask for one on the account page.",
        LicenceStatus.SUSPENDED: "Your company's developer licence is suspended. The account page says why.",
        LicenceStatus.WITHDRAWN: "Your company's developer licence was withdrawn. The account page says why.",
    }
    sentence = sentences[company.licence]
    if company.licence_state == "requested":
        sentence = "Your company has asked for a developer licence. The operator has not answered yet."
    raise DeveloperLicenceRequiredError(
        sentence,
        extra={"missing": ["developer-licence"], "remedy": {"href": "/account", "label": "See what is missing"}},
    )


_CHANGES: dict[LicenceStatus, frozenset[LicenceStatus]] = {
    LicenceStatus.GRANTED: frozenset({LicenceStatus.NONE, LicenceStatus.SUSPENDED, LicenceStatus.WITHDRAWN}),
    LicenceStatus.SUSPENDED: frozenset({LicenceStatus.GRANTED}),
    LicenceStatus.WITHDRAWN: frozenset({LicenceStatus.GRANTED, LicenceStatus.SUSPENDED}),
}


def change_licence(company: Company, status: LicenceStatus, reason: str, now: datetime) -> Company:
    """The company with its licence in the new state. Raises LicenceStateError where there is no such step."""
    if company.kind is not CompanyKind.LIVE:
        raise LicenceStateError("Only a live company can hold a developer licence.")
    if company.licence not in _CHANGES.get(status, frozenset()):
        raise LicenceStateError(
            f"A licence that is {company.licence} cannot become {status}.", extra={"licence": str(company.licence)}
        )
    return replace(
        company,
        licence=status,
        licence_requested_at=None,
        licence_changed_at=now,
        licence_reason=reason,
        version=company.version + 1,
    )


def list_preconditions(company: Company, roles: frozenset[str]) -> list[Precondition]:
    """What a person needs before they can publish, in the order in which it is got."""
    is_live = company.kind is CompanyKind.LIVE
    has_permission = bool(roles & {"owner", "developer", "viewer"})
    return [
        Precondition(key="company", is_done=is_live, actor="you"),
        Precondition(key="portal-permission", is_done=has_permission, actor="administrator"),
        Precondition(key="developer-licence", is_done=company.has_licence, actor="operator"),
    ]
