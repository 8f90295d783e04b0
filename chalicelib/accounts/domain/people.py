"""People: accounts, what they are in a company, and what a developer still lacks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.accounts.domain.company import Company, CompanyKind, LicenceStatus

CODE_LIFETIME = timedelta(hours=24)


class PortalRole(StrEnum):
    """What a person may do with the company's integrations: the portal permission."""

    OWNER = "owner"
    DEVELOPER = "developer"
    VIEWER = "viewer"


class CompanyRole(StrEnum):
    """What somebody who is no administrator may do for the company; whoever has none of these is a user.

    A user grants what they may grant themselves; a bookkeeper sees the company's invoices besides; a reader looks and
    grants nothing.
    """

    BOOKKEEPER = "bookkeeper"
    READER = "reader"


class StaffRole(StrEnum):
    """What a person of the operator may do."""

    ADMINISTRATOR = "administrator"
    REVIEWER = "reviewer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person's login. Its password hash never leaves the repository and the sign-in."""

    account_id: str
    email: str
    name: str
    lang: str = "sv"
    is_verified: bool = True
    last_tenant_id: str | None = None
    signed_out_before: datetime | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    account_id: str
    tenant_id: str
    is_administrator: bool = False
    company_role: CompanyRole | None = None
    portal_role: PortalRole | None = None
    staff_role: StaffRole | None = None
    created_at: datetime

    @property
    def is_reader(self) -> bool:
        return self.company_role is CompanyRole.READER and not self.is_administrator


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
class VerificationSent:
    """What everybody is told after a sign-up, known address or not."""

    email: str
    status: str = "verification_sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Precondition:
    """One line of the checklist; `actor` names who can make it true: you, administrator or operator."""

    key: str
    is_done: bool
    actor: str


def roles_of(membership: Membership, company: Company) -> frozenset[str]:
    """The session roles of a person in a company; guards ask for these. Everybody but a reader is a `user`.

    `licensed` tells pages of a developer licence without a read; what needs one asks the company's row. `builder`: it
    has or had one, so that there is something to look at.
    """
    roles = {"member"}
    if not membership.is_reader:
        roles.add("user")
    if membership.is_administrator:
        roles.add("administrator")
    elif membership.company_role is CompanyRole.BOOKKEEPER:
        roles.add("bookkeeper")
    if membership.portal_role is not None and company.kind is CompanyKind.LIVE:
        roles.add(str(membership.portal_role))
        if membership.portal_role is PortalRole.OWNER:
            roles.add("developer")
        if company.has_licence:
            roles.add("licensed")
        if company.licence is not LicenceStatus.NONE:
            roles.add("builder")
    if company.kind is CompanyKind.OPERATOR and membership.staff_role is not None:
        roles.add("reviewer")
        if membership.staff_role is StaffRole.ADMINISTRATOR:
            roles.add("operator")
    return frozenset(roles)


def list_preconditions(company: Company, roles: frozenset[str]) -> list[Precondition]:
    """What a person needs before they can publish, in the order in which it is got."""
    is_live = company.kind is CompanyKind.LIVE
    has_permission = bool(roles & {"owner", "developer", "viewer"})
    return [
        Precondition(key="company", is_done=is_live, actor="you"),
        Precondition(key="portal-permission", is_done=has_permission, actor="administrator"),
        Precondition(key="developer-licence", is_done=company.has_licence, actor="operator"),
    ]
