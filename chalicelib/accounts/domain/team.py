"""The people of a company: what they may be there, who may change it, and who must stay."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.accounts.domain.company import Company, CompanyKind
from chalicelib.accounts.domain.errors import LastOfTheirKindError
from chalicelib.accounts.domain.people import CompanyRole, Membership, PortalRole, StaffRole
from chalicelib.kit.errors import ForbiddenError, RejectedError

INVITATION_LIFETIME = timedelta(days=7)
MEMBERS_MAX = 100  # what the list of people shows
INVITATIONS_MAX = 50  # that wait for an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRoles:
    """Everything a person is in one company."""

    is_administrator: bool = False
    company_role: CompanyRole | None = None
    portal_role: PortalRole | None = None
    staff_role: StaffRole | None = None

    def words(self) -> list[str]:
        """The roles by name, as the audit log tells them; a plain user is `user`."""
        held = ["administrator"] if self.is_administrator else []
        held += [str(self.company_role)] if self.company_role else []
        held += [str(self.portal_role)] if self.portal_role else []
        held += [f"staff-{self.staff_role}"] if self.staff_role else []
        return held or ["user"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A way into a company for whoever reads the mail at `email`. `code_hash` is a keyed hash of the code in it."""

    tenant_id: str
    invitation_id: str
    email: str
    is_administrator: bool
    company_role: CompanyRole | None = None
    portal_role: PortalRole | None
    staff_role: StaffRole | None
    code_hash: str
    invited_by: str
    created_at: datetime
    expires_at: datetime

    @property
    def roles(self) -> MemberRoles:
        return MemberRoles(
            is_administrator=self.is_administrator, company_role=self.company_role, portal_role=self.portal_role,
            staff_role=self.staff_role,
        )  # fmt: skip


def roles_held(membership: Membership) -> MemberRoles:
    return MemberRoles(
        is_administrator=membership.is_administrator,
        company_role=membership.company_role,
        portal_role=membership.portal_role,
        staff_role=membership.staff_role,
    )


def with_roles(membership: Membership, roles: MemberRoles) -> Membership:
    return replace(
        membership,
        is_administrator=roles.is_administrator,
        company_role=roles.company_role,
        portal_role=roles.portal_role,
        staff_role=roles.staff_role,
    )


def check_roles(company: Company, roles: MemberRoles) -> None:
    """Raises RejectedError for a role that does not exist in this kind of company."""
    if roles.portal_role is not None and company.kind is not CompanyKind.LIVE:
        raise RejectedError.field("/portal_role", "Only people of a live company can use the portal.")
    if roles.staff_role is not None and company.kind is not CompanyKind.OPERATOR:
        raise RejectedError.field("/staff_role", "Only people of the operator are staff.")


def check_may_change(caller_roles: frozenset[str], before: MemberRoles, after: MemberRoles) -> None:
    """An owner decides over portal roles only; an administrator over everything. Raises ForbiddenError."""
    if "administrator" in caller_roles:
        return
    if before.is_administrator or after.is_administrator or before.staff_role or after.staff_role:
        raise ForbiddenError("Only an administrator of the company can change or remove an administrator.")


def find_lost(before: MemberRoles, after: MemberRoles | None) -> list[str]:
    """Which of the things a company must never be without this person stops being; `after` is None on removal."""
    lost = []
    if before.is_administrator and not (after and after.is_administrator):
        lost.append("administrator")
    if before.portal_role is PortalRole.OWNER and not (after and after.portal_role is PortalRole.OWNER):
        lost.append("owner")
    if before.staff_role is StaffRole.ADMINISTRATOR and not (after and after.staff_role is StaffRole.ADMINISTRATOR):
        lost.append("staff")
    return lost


def find_successors(members: list[Membership], leaving: str, lost: list[str]) -> dict[str, list[str]]:
    """Who else is each of `lost`, by account: these must still be so when the change is written.

    Raises LastOfTheirKindError when there is nobody.
    """
    found: dict[str, list[str]] = {}
    for what in lost:
        others = [member for member in members if member.account_id != leaving and _is(member, what)]
        if not others:
            raise LastOfTheirKindError(
                "A company needs an administrator, and one that builds needs an owner. "
                "Give somebody else the role first."
            )
        found.setdefault(others[0].account_id, []).append(what)
    return found


def _is(member: Membership, what: str) -> bool:
    return {
        "administrator": member.is_administrator,
        "owner": member.portal_role is PortalRole.OWNER,
        "staff": member.staff_role is StaffRole.ADMINISTRATOR,
    }[what]
