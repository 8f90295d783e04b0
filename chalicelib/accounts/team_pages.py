"""Pages of the team: people, invitations, roles of one person, and the page behind an invitation's link."""

from __future__ import annotations

from chalicelib.accounts import service
from chalicelib.accounts.domain import PASSWORD_MIN, roles_held
from chalicelib.accounts.schemas import InvitationAccept, InvitationCreate, RolesUpdate
from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError, RejectedError
from chalicelib.kit.gate import parse_form
from chalicelib.kit.guards import public, role, signed_in
from chalicelib.kit.http import Router
from chalicelib.kit.pages import go, page_errors, pick_lang, read_form, show
from chalicelib.kit.request import Form, Request
from chalicelib.kit.response import Response, redirect

pages = Router(__name__, kind="page", errors=page_errors)

LEADS = role("administrator", "owner")


@pages.raw("/account/team", methods=["GET"], guard=LEADS)
def show_team(ctx: Context, request: Request) -> Response:
    return _team_page(ctx, request, Form(()))


@pages.raw("/account/team", methods=["POST"], guard=LEADS)
def post_invitation(ctx: Context, request: Request) -> Response:
    form = read_form(ctx, request)
    try:
        service.invite(ctx, parse_form(InvitationCreate, Form((*form.pairs, ("lang", pick_lang(request))))))
    except AppError as error:
        return _team_page(ctx, request, form, error)
    return go(ctx, request, "/account/team", "The invitation is on its way.")


@pages.raw("/account/team/invitations/{invitation_id}/withdraw", methods=["POST"], guard=LEADS)
def post_withdrawal(ctx: Context, request: Request, invitation_id: str) -> Response:
    read_form(ctx, request)
    service.withdraw_invitation(ctx, invitation_id)
    return go(ctx, request, "/account/team", "The invitation is withdrawn.")


@pages.raw("/account/team/{account_id}", methods=["GET"], guard=LEADS)
def show_member(ctx: Context, request: Request, account_id: str) -> Response:
    return _member_page(ctx, request, account_id)


@pages.raw("/account/team/{account_id}", methods=["POST"], guard=LEADS)
def post_roles(ctx: Context, request: Request, account_id: str) -> Response:
    form = read_form(ctx, request)
    try:
        service.change_roles(ctx, account_id, parse_form(RolesUpdate, form))
    except AppError as error:
        return _member_page(ctx, request, account_id, error)
    return go(ctx, request, "/account/team", "The roles are changed. They hold within a minute.")


@pages.raw("/account/team/{account_id}/remove", methods=["POST"], guard=LEADS)
def post_removal(ctx: Context, request: Request, account_id: str) -> Response:
    read_form(ctx, request)
    try:
        service.remove_member(ctx, account_id)
    except AppError as error:
        return _member_page(ctx, request, account_id, error)
    return go(ctx, request, "/account/team", "The person is removed.")


@pages.raw("/account/leave", methods=["GET"], guard=signed_in)
def show_leave(ctx: Context, request: Request) -> Response:
    return _leave_page(ctx, request)


@pages.raw("/account/leave", methods=["POST"], guard=signed_in)
def post_leave(ctx: Context, request: Request) -> Response:
    read_form(ctx, request)
    try:
        started = service.leave_company(ctx)
    except AppError as error:
        return _leave_page(ctx, request, error)
    if started is None:
        return go(ctx, request, "/sign-in", "You have left the company.").with_cookie(service.clearing_cookie())
    return redirect("/account").with_cookie(service.session_cookie(started))


@pages.raw("/invitation", methods=["GET"], guard=public)
def show_invitation(ctx: Context, request: Request) -> Response:
    """Only shows who invites: programs that open every link of a mail must not use up the code."""
    return _invitation_page(ctx, request, Form((("code", request.query.get("code") or ""),)))


@pages.raw("/invitation", methods=["POST"], guard=public)
def post_acceptance(ctx: Context, request: Request) -> Response:
    form = read_form(ctx, request)
    try:
        fields = Form((*form.pairs, ("lang", pick_lang(request))))
        membership = service.accept_invitation(ctx, parse_form(InvitationAccept, fields))
    except RejectedError as error:
        return _invitation_page(ctx, request, form, error)
    if ctx.actor is None:
        return go(ctx, request, "/sign-in", "You belong to the company now. Sign in.")
    started = service.switch_company(ctx, membership.tenant_id)
    return go(ctx, request, "/").with_cookie(service.session_cookie(started))


def _team_page(ctx: Context, request: Request, form: Form, error: AppError | None = None) -> Response:
    names = ("email", "is_administrator", "company_role", "portal_role", "staff_role")
    return show(
        ctx, request, "accounts/team.html", title="Team", active="/account/team", status=error.status if error else 200,
        members=service.list_members(ctx), invitations=service.list_invitations(ctx),
        company=service.get_current_company(ctx), values={name: form.get(name) or "" for name in names},
        errors=_errors(error), message=_message(error), is_administrator="administrator" in ctx.caller.roles,
    )  # fmt: skip


def _member_page(ctx: Context, request: Request, account_id: str, error: AppError | None = None) -> Response:
    member = service.get_member(ctx, account_id)
    return show(
        ctx, request, "accounts/member.html", title="Roles of a person", active="/account/team",
        status=error.status if error else 200, member=member, roles=roles_held(member.membership),
        company=service.get_current_company(ctx), errors=_errors(error), message=_message(error),
        is_administrator="administrator" in ctx.caller.roles,
    )  # fmt: skip


def _invitation_page(ctx: Context, request: Request, form: Form, error: AppError | None = None) -> Response:
    code = form.get("code") or ""
    opened = service.open_invitation(ctx, code)
    return show(
        ctx, request, "accounts/invitation.html", title="Invitation", private_frame=True, code=code,
        status=error.status if error else 200, company=opened.company, email=opened.invitation.email,
        has_account=opened.has_account, name=form.get("name") or "", password_min=PASSWORD_MIN,
        errors=_errors(error), signed_in_as=ctx.actor.email if ctx.actor and ctx.actor.is_session else "",
    )  # fmt: skip


def _errors(error: AppError | None) -> dict[str, str]:
    if not isinstance(error, RejectedError):
        return {}
    return {entry["pointer"].removeprefix("/"): entry["message"] for entry in error.errors}


def _message(error: AppError | None) -> str:
    return error.detail if error and not isinstance(error, RejectedError) else ""


def _leave_page(ctx: Context, request: Request, error: AppError | None = None) -> Response:
    return show(
        ctx, request, "accounts/leave.html", title="Leave the company", active="/account",
        status=error.status if error else 200, company=service.get_current_company(ctx),
        message=error.detail if error else "",
    )  # fmt: skip
