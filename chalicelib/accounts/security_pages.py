"""Pages of signing in safely: forgotten password, new address, sessions, two-step sign-in."""

from __future__ import annotations

from typing import Any

from chalicelib.accounts import service
from chalicelib.accounts.domain import PASSWORD_MIN, SecondFactorWrongError
from chalicelib.accounts.schemas import (
    EmailChange,
    PasswordChange,
    PasswordReset,
    ResetRequest,
    SecondFactorBegin,
    SecondFactorCode,
    SecondFactorRemove,
    SecondStep,
)
from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError, RejectedError
from chalicelib.kit.gate import parse_form
from chalicelib.kit.guards import public, signed_in
from chalicelib.kit.html import local_path
from chalicelib.kit.http import Router
from chalicelib.kit.pages import go, page_errors, pick_lang, read_form, show
from chalicelib.kit.request import Form, Request
from chalicelib.kit.response import Response, redirect

pages = Router(__name__, kind="page", errors=page_errors)

HERE = "/account/security"


@pages.raw("/forgot", methods=["GET"], guard=public)
def show_forgot(ctx: Context, request: Request) -> Response:
    return _narrow(ctx, request, "forgot", title="Forgotten password", email="")


@pages.raw("/forgot", methods=["POST"], guard=public)
def post_forgot(ctx: Context, request: Request) -> Response:
    form = read_form(ctx, request)
    try:
        sent = service.request_reset(ctx, parse_form(ResetRequest, Form((*form.pairs, ("lang", pick_lang(request))))))
    except AppError as error:
        return _narrow(ctx, request, "forgot", error, title="Forgotten password", email=form.get("email") or "")
    return _narrow(ctx, request, "mail_sent", title="Look in your inbox", email=sent.email)


@pages.raw("/reset", methods=["GET"], guard=public)
def show_reset(ctx: Context, request: Request) -> Response:
    return _reset_page(ctx, request, request.query.get("code") or "")


@pages.raw("/reset", methods=["POST"], guard=public)
def post_reset(ctx: Context, request: Request) -> Response:
    form = read_form(ctx, request)
    try:
        service.reset_password(ctx, parse_form(PasswordReset, form))
    except RejectedError as error:
        return _reset_page(ctx, request, form.get("code") or "", error)
    return go(ctx, request, "/sign-in", "Your password is changed. Sign in.")


@pages.raw("/confirm-email", methods=["GET"], guard=public)
def show_confirm_email(ctx: Context, request: Request) -> Response:
    code = request.query.get("code") or ""
    email = service.find_email_change(ctx, code)
    return _narrow(ctx, request, "confirm_email", title="Confirm your new address", code=code, email=email)


@pages.raw("/confirm-email", methods=["POST"], guard=public)
def post_confirm_email(ctx: Context, request: Request) -> Response:
    code = read_form(ctx, request).get("code") or ""
    service.confirm_email_change(ctx, code)
    return go(ctx, request, "/", "Your address is changed.")


@pages.raw("/sign-in/code", methods=["POST"], guard=public)
def post_second_step(ctx: Context, request: Request) -> Response:
    form = read_form(ctx, request)
    where = local_path(form.get("next"))
    try:
        fields = Form(tuple(pair for pair in form.pairs if pair[0] != "next"))
        step = parse_form(SecondStep, fields)
        started = service.finish_sign_in(ctx, step.ticket, step.code)
    except (RejectedError, SecondFactorWrongError) as error:
        return second_step_page(ctx, request, form.get("ticket") or "", where, error)
    return redirect(where).with_cookie(service.session_cookie(started))


@pages.raw(HERE, methods=["GET"], guard=signed_in)
def show_security(ctx: Context, request: Request) -> Response:
    return _security_page(ctx, request)


@pages.raw(f"{HERE}/password", methods=["POST"], guard=signed_in)
def post_password(ctx: Context, request: Request) -> Response:
    form = read_form(ctx, request)
    try:
        started = service.change_password(ctx, parse_form(PasswordChange, form))
    except AppError as error:
        return _security_page(ctx, request, error)
    return redirect(HERE).with_cookie(service.session_cookie(started))


@pages.raw(f"{HERE}/email", methods=["POST"], guard=signed_in)
def post_email(ctx: Context, request: Request) -> Response:
    form = read_form(ctx, request)
    try:
        service.request_email_change(ctx, parse_form(EmailChange, form))
    except AppError as error:
        return _security_page(ctx, request, error)
    return go(ctx, request, HERE, "Open the link in the mail to the new address.")


@pages.raw(f"{HERE}/sessions", methods=["POST"], guard=signed_in)
def post_sign_out_everywhere(ctx: Context, request: Request) -> Response:
    read_form(ctx, request)
    return redirect(HERE).with_cookie(service.session_cookie(service.end_all_sessions(ctx)))


@pages.raw(f"{HERE}/sessions/end", methods=["POST"], guard=signed_in)
def post_end_session(ctx: Context, request: Request) -> Response:
    form = read_form(ctx, request)
    if service.end_one_session(ctx, form.get("session_id") or ""):
        return redirect("/sign-in").with_cookie(service.clearing_cookie())
    return go(ctx, request, HERE, "That browser is signed out.")


@pages.raw(f"{HERE}/second-factor", methods=["POST"], guard=signed_in)
def post_second_factor(ctx: Context, request: Request) -> Response:
    form = read_form(ctx, request)
    try:
        setup = service.begin_second_factor(ctx, parse_form(SecondFactorBegin, form).password)
    except AppError as error:
        return _security_page(ctx, request, error)
    return _setup_page(ctx, request, setup)


@pages.raw(f"{HERE}/second-factor/confirm", methods=["POST"], guard=signed_in)
def post_second_factor_code(ctx: Context, request: Request) -> Response:
    form = read_form(ctx, request)
    try:
        codes = service.confirm_second_factor(ctx, parse_form(SecondFactorCode, form).code)
    except (RejectedError, SecondFactorWrongError) as error:
        return _setup_page(ctx, request, service.get_pending_setup(ctx), error)
    return show(
        ctx, request, "accounts/recovery_codes.html", title="Recovery codes", active=HERE, codes=codes.codes
    )  # fmt: skip


@pages.raw(f"{HERE}/second-factor/remove", methods=["POST"], guard=signed_in)
def post_second_factor_removal(ctx: Context, request: Request) -> Response:
    form = read_form(ctx, request)
    try:
        command = parse_form(SecondFactorRemove, form)
        service.remove_second_factor(ctx, command.password, command.code)
    except AppError as error:
        return _security_page(ctx, request, error)
    return go(ctx, request, HERE, "Two-step sign-in is off.")


def second_step_page(
    ctx: Context, request: Request, ticket: str, next_path: str, error: AppError | None = None
) -> Response:
    """The form for the code of the app; the password was right."""
    return _narrow(ctx, request, "second_step", error, title="Sign in", ticket=ticket, next_path=next_path)


def _reset_page(ctx: Context, request: Request, code: str, error: AppError | None = None) -> Response:
    email = service.check_reset_code(ctx, code)
    return _narrow(
        ctx, request, "reset", error, title="New password", code=code, email=email, password_min=PASSWORD_MIN
    )


def _setup_page(ctx: Context, request: Request, setup: Any, error: AppError | None = None) -> Response:
    return show(
        ctx, request, "accounts/second_factor.html", title="Two-step sign-in", active=HERE,
        status=error.status if error else 200, setup=setup, message=_message(error),
    )  # fmt: skip


def _security_page(ctx: Context, request: Request, error: AppError | None = None) -> Response:
    return show(
        ctx, request, "accounts/security.html", title="Security", active=HERE, status=error.status if error else 200,
        is_on=service.is_second_factor_on(ctx.caller.account_id), sessions=service.list_own_sessions(ctx),
        current=ctx.caller.session_id, email=ctx.caller.email, password_min=PASSWORD_MIN, message=_message(error),
    )  # fmt: skip


def _narrow(
    ctx: Context, request: Request, name: str, error: AppError | None = None, *, title: str, **data: Any
) -> Response:
    return show(
        ctx, request, f"accounts/{name}.html", title=title, status=error.status if error else 200, private_frame=True,
        message=_message(error), **data,
    )  # fmt: skip


def _message(error: AppError | None) -> str:
    """One sentence: what is wrong with the first field, or with the whole."""
    if isinstance(error, RejectedError) and error.errors:
        return error.errors[0]["message"]
    return error.detail if error else ""
