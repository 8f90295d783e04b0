"""The people of a company and their invitations, as JSON."""

from __future__ import annotations

from chalicelib.accounts import service
from chalicelib.accounts.domain import (
    AlreadyMemberError,
    Invitation,
    InvitationInvalidError,
    LastOfTheirKindError,
    Membership,
    TeamLimitReachedError,
    TooManyAttemptsError,
)
from chalicelib.accounts.schemas import (
    InvitationAccept,
    InvitationCreate,
    InvitationRead,
    MemberRead,
    MembershipRead,
    RolesUpdate,
)
from chalicelib.kit.context import Context
from chalicelib.kit.errors import ConflictError, ForbiddenError, NotFoundError, UnauthenticatedError
from chalicelib.kit.guards import public, role
from chalicelib.kit.http import NoContent, Router

router = Router(__name__)

LEADS = role("administrator", "owner")


@router.route("/companies/current/members", methods=["GET"], guard=LEADS, returns=MemberRead, listed=True)
def list_members(ctx: Context) -> list[service.Member]:
    """The people of your company and what they are there."""
    return service.list_members(ctx)


@router.route("/companies/current/members/{account_id}", methods=["PUT"], guard=LEADS, body=RolesUpdate,
              returns=MemberRead,
              problems=[NotFoundError, ForbiddenError, LastOfTheirKindError, ConflictError])  # fmt: skip
def change_member_roles(ctx: Context, account_id: str, body: RolesUpdate) -> service.Member:
    """Give somebody other roles; they hold within a minute. The last administrator and the last owner stay."""
    return service.change_roles(ctx, account_id, body)


@router.route("/companies/current/members/{account_id}", methods=["DELETE"], guard=LEADS, returns=NoContent,
              problems=[NotFoundError, ForbiddenError, LastOfTheirKindError, ConflictError])  # fmt: skip
def remove_member(ctx: Context, account_id: str) -> None:
    """Remove somebody from your company; their session in it ends within a minute."""
    service.remove_member(ctx, account_id)


@router.route("/companies/current/invitations", methods=["GET"], guard=LEADS, returns=InvitationRead, listed=True)
def list_invitations(ctx: Context) -> list[Invitation]:
    """Invitations that wait for an answer."""
    return service.list_invitations(ctx)


@router.route("/companies/current/invitations", methods=["POST"], guard=LEADS, body=InvitationCreate,
              returns=InvitationRead, status=201,
              problems=[ForbiddenError, AlreadyMemberError, TeamLimitReachedError, TooManyAttemptsError])  # fmt: skip
def invite_member(ctx: Context, body: InvitationCreate) -> Invitation:
    """Invite somebody by mail; the code in it works once, for seven days."""
    return service.invite(ctx, body)


@router.route("/companies/current/invitations/{invitation_id}", methods=["DELETE"], guard=LEADS, returns=NoContent,
              problems=[NotFoundError])  # fmt: skip
def withdraw_invitation(ctx: Context, invitation_id: str) -> None:
    """Withdraw an invitation."""
    service.withdraw_invitation(ctx, invitation_id)


@router.route("/invitations/acceptances", methods=["POST"], guard=public, body=InvitationAccept,
              returns=MembershipRead, status=201,
              problems=[InvitationInvalidError, AlreadyMemberError, UnauthenticatedError,
                        TooManyAttemptsError])  # fmt: skip
def accept_invitation(ctx: Context, body: InvitationAccept) -> Membership:
    """Join with the code from the mail: signed in, or with name and password for an address without an account."""
    return service.accept_invitation(ctx, body)
