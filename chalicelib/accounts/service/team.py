"""The people of the caller's company: listed, given other roles, removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.accounts import repository
from chalicelib.accounts.domain import (
    Account,
    CompanyKind,
    CompanyRole,
    MemberRoles,
    Membership,
    PortalRole,
    StaffRole,
    StartedSession,
    check_may_change,
    check_roles,
    find_lost,
    find_successors,
    roles_held,
    with_roles,
)
from chalicelib.accounts.schemas import RolesUpdate
from chalicelib.accounts.service.companies import get_company, list_companies, list_people
from chalicelib.accounts.service.people import get_account, name_in_mail, request_mail
from chalicelib.accounts.service.ports import Ports
from chalicelib.accounts.service.sessions import end_session, start_session
from chalicelib.config import settings
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import ConflictError, ForbiddenError, NotFoundError
from chalicelib.kit.outbox import Event, new_event, publish

_TRIES = 3  # a successor who stopped being one meanwhile: look for another


@dataclass(frozen=True, slots=True)
class Member:
    """A person with what they are in the company; read by attribute on the wire."""

    account: Account
    membership: Membership

    @property
    def account_id(self) -> str:
        return self.account.account_id

    @property
    def email(self) -> str:
        return self.account.email

    @property
    def name(self) -> str:
        return self.account.name

    @property
    def is_administrator(self) -> bool:
        return self.membership.is_administrator

    @property
    def company_role(self) -> CompanyRole | None:
        return self.membership.company_role

    @property
    def portal_role(self) -> PortalRole | None:
        return self.membership.portal_role

    @property
    def staff_role(self) -> StaffRole | None:
        return self.membership.staff_role

    @property
    def joined_at(self) -> datetime:
        return self.membership.created_at


def list_members(ctx: Context) -> list[Member]:
    """The people of the caller's company, oldest first: two calls."""
    return [Member(account, membership) for account, membership in list_people(ctx.caller.tenant_id)]


def get_member(ctx: Context, account_id: str) -> Member:
    """Somebody of the caller's company. Raises NotFoundError."""
    membership = repository.find_membership(account_id, ctx.caller.tenant_id)
    if membership is None:
        raise NotFoundError("There is no such person in your company.")
    return Member(get_account(account_id), membership)


def change_roles(ctx: Context, account_id: str, command: RolesUpdate) -> Member:
    """Give somebody other roles; they hold within a minute.

    Raises NotFoundError, RejectedError, ForbiddenError, LastOfTheirKindError, ConflictError.
    """
    member = get_member(ctx, account_id)
    before, after = roles_held(member.membership), command.to_roles()
    check_roles(get_company(ctx.caller.tenant_id), after)
    check_may_change(ctx.caller.roles, before, after)
    if before == after:
        return member

    def add_parts(tx: store.Transaction) -> None:
        repository.change_membership(tx, member.membership, after)
        publish(tx, _told(ctx, "member.changed", member, before=before.words(), after=after.words()))

    _write(ctx, member, after, add_parts)
    return Member(member.account, with_roles(member.membership, after))


def remove_member(ctx: Context, account_id: str) -> None:
    """Somebody leaves the company; their session in it ends within a minute (BO-16).

    Raises NotFoundError, ForbiddenError, LastOfTheirKindError, ConflictError.
    """
    member = get_member(ctx, account_id)
    before = roles_held(member.membership)
    check_may_change(ctx.caller.roles, before, MemberRoles())
    company = get_company(ctx.caller.tenant_id)

    def add_parts(tx: store.Transaction) -> None:
        repository.remove_membership(tx, member.membership)
        publish(tx, _told(ctx, "member.removed", member, before=before.words()))
        if Ports.also_remove_member is not None:
            Ports.also_remove_member(tx, ctx, company.tenant_id, member.account_id)
        request_mail(
            tx, ctx, to=member.email, template="member_removed", lang=member.account.lang, name=member.name,
            company=name_in_mail(company.name, company.tenant_id, member.account.lang),
            link=f"{settings().origin}/account",
        )  # fmt: skip

    _write(ctx, member, None, add_parts)


def leave_company(ctx: Context) -> StartedSession | None:
    """The caller leaves the company they work in; they go on in another of theirs, if there is one.

    Raises ForbiddenError for a test company, LastOfTheirKindError, ConflictError.
    """
    company = get_company(ctx.caller.tenant_id)
    if company.kind is CompanyKind.SANDBOX:
        raise ForbiddenError("A test company is deleted, not left.")
    member = get_member(ctx, ctx.caller.account_id)

    def add_parts(tx: store.Transaction) -> None:
        repository.remove_membership(tx, member.membership)
        publish(tx, _told(ctx, "member.removed", member, before=roles_held(member.membership).words(), has_left=True))
        if Ports.also_remove_member is not None:
            Ports.also_remove_member(tx, ctx, company.tenant_id, member.account_id)

    _write(ctx, member, None, add_parts)
    end_session(ctx)
    left = [one for one in list_companies(member.account_id) if one.company.tenant_id != company.tenant_id]
    return start_session(ctx, member.account_id, left[0].company.tenant_id) if left else None


def _write(
    ctx: Context, member: Member, after: MemberRoles | None, add_parts: Callable[[store.Transaction], None]
) -> None:
    """One transaction with proof that somebody else still is what this person stops being."""
    lost = find_lost(roles_held(member.membership), after)
    for _ in range(_TRIES):
        others = repository.list_members(ctx.caller.tenant_id) if lost else []
        successors = find_successors(others, member.account_id, lost)
        try:
            with store.transaction() as tx:
                for account_id, what in successors.items():
                    repository.check_remains(tx, account_id, ctx.caller.tenant_id, what)
                add_parts(tx)
        except store.RefusedError as refused:
            if "member" in refused.parts:
                break
        else:
            return
    raise ConflictError("Somebody else changed this team at the same moment. Look again.")


def _told(ctx: Context, event_type: str, member: Member, **data: object) -> Event:
    return new_event(ctx, event_type, member.account_id, tenant_id=ctx.caller.tenant_id, email=member.email, **data)
