"""Invitations by mail: made, listed, withdrawn, accepted."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from chalicelib.accounts import repository
from chalicelib.accounts.domain import (
    INVITATION_LIFETIME,
    INVITATIONS_MAX,
    MEMBERS_MAX,
    Account,
    AlreadyMemberError,
    Company,
    Invitation,
    InvitationInvalidError,
    MemberRoles,
    Membership,
    TeamLimitReachedError,
    check_may_change,
    check_roles,
    find_password_fault,
)
from chalicelib.accounts.schemas import InvitationAccept, InvitationCreate
from chalicelib.accounts.service import throttle
from chalicelib.accounts.service.companies import get_company
from chalicelib.accounts.service.passwords import hash_password
from chalicelib.accounts.service.people import name_in_mail, request_mail
from chalicelib.config import settings
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError, RejectedError, UnauthenticatedError
from chalicelib.kit.outbox import new_event, publish
from chalicelib.kit.secrets import has_checksum, hash_secret, is_secret, mint

_PURPOSE = "invitation"
_SECRET_LENGTH = 50
_ACCEPTS_PER_ADDRESS = 60
_INVITES_PER_COMPANY = 100


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """What the reader of the mail is shown, and whether the address has an account."""

    invitation: Invitation
    company: Company
    has_account: bool


def invite(ctx: Context, command: InvitationCreate) -> Invitation:
    """Mail a code that lets the reader join the caller's company; an earlier one to the same address ends.

    Raises RejectedError, ForbiddenError, AlreadyMemberError, TeamLimitReachedError, TooManyAttemptsError.
    """
    company, roles = get_company(ctx.caller.tenant_id), command.to_roles()
    check_roles(company, roles)
    check_may_change(ctx.caller.roles, MemberRoles(), roles)
    waiting = repository.list_invitations(company.tenant_id, ctx.now)
    earlier = [one for one in waiting if one.email == command.email]
    _check_room(company, command.email, len(waiting) - len(earlier))
    throttle.take_attempt(ctx, "invite-from", company.tenant_id, _INVITES_PER_COMPANY)
    throttle.take_attempt(ctx, "invite", command.email, throttle.MAILS_PER_PERSON)
    secret = mint(_SECRET_LENGTH)
    made = _new_invitation(ctx, company, command.email, roles, secret)
    code = f"{made.tenant_id}.{made.invitation_id}.{secret}"
    with store.transaction() as tx:
        repository.put_invitation(tx, made)
        for one in earlier:
            repository.drop_invitation(tx, one)
        publish(
            tx,
            new_event(
                ctx, "member.invited", made.invitation_id, tenant_id=company.tenant_id, email=made.email,
                after=roles.words(),
            ),
        )  # fmt: skip
        request_mail(
            tx, ctx, to=made.email, template="invitation", lang=command.lang,
            company=name_in_mail(company.name, company.tenant_id, command.lang),
            person=ctx.caller.person, link=f"{settings().origin}/invitation?code={quote(code)}",
        )  # fmt: skip
    return made


def list_invitations(ctx: Context) -> list[Invitation]:
    """Those of the caller's company that wait for an answer, newest first."""
    return repository.list_invitations(ctx.caller.tenant_id, ctx.now)


def withdraw_invitation(ctx: Context, invitation_id: str) -> None:
    """The code stops working. Raises NotFoundError."""
    found = repository.find_invitation(ctx.caller.tenant_id, invitation_id)
    if found is None:
        raise NotFoundError("There is no such invitation in your company.")
    with store.transaction() as tx:
        repository.drop_invitation(tx, found)
        told = new_event(
            ctx, "member.invitation_withdrawn", invitation_id, tenant_id=found.tenant_id, email=found.email
        )
        publish(tx, told)


def open_invitation(ctx: Context, code: str) -> OpenInvitation:
    """What the code is for. Raises InvitationInvalidError, the same for a wrong, used, withdrawn or old one."""
    tenant_id, _, rest = code.partition(".")
    invitation_id, _, secret = rest.partition(".")
    well_formed = len(secret) == _SECRET_LENGTH and secret.isascii() and has_checksum(secret)
    found = repository.find_invitation(tenant_id[:60], invitation_id[:60]) if well_formed else None
    if found is None or found.expires_at <= ctx.now or not is_secret(secret, found.code_hash, _PURPOSE):
        raise InvitationInvalidError("The invitation was used, withdrawn, or is older than a week. Ask for a new one.")
    has_account = repository.find_account_id_by_email(found.email) is not None
    return OpenInvitation(found, get_company(tenant_id), has_account)


def accept_invitation(ctx: Context, command: InvitationAccept) -> Membership:
    """Join: with the account that is signed in, or with a new one for an address that has none.

    The code came by mail, so the address is proven. Raises InvitationInvalidError, AlreadyMemberError,
    UnauthenticatedError for an address that has an account which is not signed in, RejectedError for name or password.
    """
    throttle.take_attempt(ctx, "accept-from", ctx.source_ip, _ACCEPTS_PER_ADDRESS)
    opened = open_invitation(ctx, command.code)
    account_id = repository.find_account_id_by_email(opened.invitation.email)
    newcomer = None
    if account_id is None:
        newcomer = _new_account(ctx, opened.invitation, command)
        account_id = newcomer[0].account_id
    elif ctx.actor is None or not ctx.actor.is_session or ctx.actor.account_id != account_id:
        raise UnauthenticatedError("Sign in with the address the invitation was sent to, then accept it.")
    return _join(ctx, opened.invitation, account_id, newcomer)


def _join(ctx: Context, invitation: Invitation, account_id: str, newcomer: tuple[Account, str] | None) -> Membership:
    membership = Membership(
        account_id=account_id, tenant_id=invitation.tenant_id, is_administrator=invitation.is_administrator,
        company_role=invitation.company_role, portal_role=invitation.portal_role, staff_role=invitation.staff_role,
        created_at=ctx.now,
    )  # fmt: skip
    told = new_event(
        ctx, "member.joined", account_id, tenant_id=invitation.tenant_id, email=invitation.email,
        after=invitation.roles.words(), invited_by=invitation.invited_by,
    )  # fmt: skip
    try:
        with store.transaction() as tx:
            repository.use_invitation(tx, invitation, ctx.now)
            if newcomer is not None:
                repository.add_account_parts(tx, *newcomer)
            repository.add_membership(tx, membership)
            publish(tx, told)
    except store.RefusedError as refused:
        if "membership" in refused.parts:
            raise AlreadyMemberError("You belong to this company already.") from refused
        raise InvitationInvalidError("The invitation was used at the same moment. Sign in.") from refused
    return membership


def _new_account(ctx: Context, invitation: Invitation, command: InvitationAccept) -> tuple[Account, str]:
    if not command.name:
        raise RejectedError.field("/name", "Tell your name.")
    fault = find_password_fault(command.password, invitation.email)
    if fault:
        raise RejectedError.field("/password", fault)
    account = Account(
        account_id=ctx.new_id("acc"), email=invitation.email, name=command.name, lang=command.lang, created_at=ctx.now
    )
    return account, hash_password(command.password)


def _new_invitation(ctx: Context, company: Company, email: str, roles: MemberRoles, secret: str) -> Invitation:
    return Invitation(
        tenant_id=company.tenant_id,
        invitation_id=ctx.new_id("inv"),
        email=email,
        is_administrator=roles.is_administrator,
        company_role=roles.company_role,
        portal_role=roles.portal_role,
        staff_role=roles.staff_role,
        code_hash=hash_secret(secret, _PURPOSE),
        invited_by=ctx.caller.account_id,
        created_at=ctx.now,
        expires_at=(ctx.now + INVITATION_LIFETIME).replace(microsecond=0),
    )


def _check_room(company: Company, email: str, waiting: int) -> None:
    account_id = repository.find_account_id_by_email(email)
    if account_id and repository.find_membership(account_id, company.tenant_id):
        raise AlreadyMemberError("This person belongs to your company already. Change their roles instead.")
    if waiting >= INVITATIONS_MAX or len(repository.list_members(company.tenant_id)) >= MEMBERS_MAX:
        raise TeamLimitReachedError(
            f"A company has at most {MEMBERS_MAX} people and {INVITATIONS_MAX} open invitations. Withdraw some first."
        )
