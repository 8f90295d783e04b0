"""Pages of people: start, sign-up, verification, sign-in, account and company."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from chalicelib.accounts import service
from chalicelib.accounts.domain import PASSWORD_MIN, CodeUsedError, SecondFactorRequiredError, list_preconditions
from chalicelib.accounts.schemas import AccountCreate, SessionCreate
from chalicelib.accounts.security_pages import second_step_page
from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError, RejectedError
from chalicelib.kit.gate import parse_form
from chalicelib.kit.guards import public, role, signed_in
from chalicelib.kit.html import local_path
from chalicelib.kit.http import Router
from chalicelib.kit.i18n import LANGUAGES
from chalicelib.kit.pages import go, page_errors, pick_lang, read_form, show
from chalicelib.kit.request import Form, Request
from chalicelib.kit.response import Response, redirect

pages = Router(__name__, kind="page", errors=page_errors)

_YEAR = 31_536_000
_CHOICES = {"lang": frozenset(LANGUAGES), "theme": frozenset({"light", "dark", "system"})}


@pages.raw("/", methods=["GET"], guard=public)
def show_home(ctx: Context, request: Request) -> Response:
    if ctx.actor is not None and ctx.actor.is_session:
        return redirect(service.home_path(ctx))
    return show(ctx, request, "accounts/home.html", title="Developer portal and marketplace")


@pages.raw("/sign-up", methods=["GET"], guard=public)
def show_sign_up(ctx: Context, request: Request) -> Response:
    if ctx.actor is not None:
        return redirect(local_path(request.query.get("next")))
    return _sign_up_page(ctx, request, Form((("next", local_path(request.query.get("next"))),)))


@pages.raw("/sign-up", methods=["POST"], guard=public)
def post_sign_up(ctx: Context, request: Request) -> Response:
    form = read_form(ctx, request)
    fields = Form((*_fields(form), ("lang", pick_lang(request))))
    try:
        sent = service.sign_up(ctx, parse_form(AccountCreate, fields), local_path(form.get("next")))
    except AppError as error:
        return _sign_up_page(ctx, request, form, error)
    return show(
        ctx, request, "accounts/check_mail.html", title="Look in your inbox", private_frame=True, email=sent.email
    )


@pages.raw("/verify", methods=["GET"], guard=public)
def show_verify(ctx: Context, request: Request) -> Response:
    """Only shows a button: programs that open every link of a mail must not use up the code."""
    code = request.query.get("code") or ""
    try:
        waiting = service.find_sign_up(ctx, code)
    except CodeUsedError:
        return go(ctx, request, "/sign-in", "Your address is confirmed. Sign in.")
    return show(
        ctx, request, "accounts/verify.html", title="Confirm your address", private_frame=True, code=code,
        email=waiting.email,
    )  # fmt: skip


@pages.raw("/verify", methods=["POST"], guard=public)
def post_verify(ctx: Context, request: Request) -> Response:
    code = read_form(ctx, request).get("code") or ""
    waiting = None
    try:
        waiting = service.find_sign_up(ctx, code)
        service.verify_sign_up(ctx, code)
    except CodeUsedError:
        pass  # a second click, or another link to the same address: either way it is confirmed
    where = f"?next={quote(waiting.next_path, safe='')}" if waiting and waiting.next_path != "/" else ""
    return go(ctx, request, f"/sign-in{where}", "Your address is confirmed. Sign in.")


@pages.raw("/sign-in", methods=["GET"], guard=public)
def show_sign_in(ctx: Context, request: Request) -> Response:
    next_path = local_path(request.query.get("next"))
    if ctx.actor is not None:
        return redirect(next_path)
    return _sign_in_page(ctx, request, Form((("next", next_path),)))


@pages.raw("/sign-in", methods=["POST"], guard=public)
def post_sign_in(ctx: Context, request: Request) -> Response:
    form = read_form(ctx, request)
    try:
        started = service.sign_in(ctx, parse_form(SessionCreate, Form(_fields(form))))
    except SecondFactorRequiredError as error:
        return second_step_page(ctx, request, error.extra["ticket"], local_path(form.get("next")))
    except AppError as error:
        return _sign_in_page(ctx, request, form, error)
    return redirect(local_path(form.get("next"))).with_cookie(service.session_cookie(started))


@pages.raw("/sign-out", methods=["POST"], guard=public)
def post_sign_out(ctx: Context, request: Request) -> Response:
    if ctx.actor is None:
        return redirect("/")
    read_form(ctx, request)
    service.end_session(ctx)
    return redirect("/").with_cookie(service.clearing_cookie())


@pages.raw("/account", methods=["GET"], guard=signed_in)
def show_account(ctx: Context, request: Request) -> Response:
    company = service.get_current_company(ctx)
    return show(
        ctx, request, "accounts/account.html", title="Account and company", active="/account", actor=ctx.caller,
        company=company, preconditions=list_preconditions(company, ctx.caller.roles),
        can_request=company.can_request_licence and bool(ctx.caller.roles & {"administrator", "owner"}),
    )  # fmt: skip


@pages.raw("/account/licence-request", methods=["POST"], guard=role("administrator", "owner"))
def post_licence_request(ctx: Context, request: Request) -> Response:
    read_form(ctx, request)
    service.request_licence(ctx)
    return go(ctx, request, "/account", "Your request is on its way. You get a mail when it is answered.")


@pages.raw("/session/company", methods=["POST"], guard=signed_in)
def post_company(ctx: Context, request: Request) -> Response:
    form = read_form(ctx, request)
    started = service.switch_company(ctx, form.get("tenant_id") or "")
    # Not back to the page they came from: it may show a thing of the company they left.
    return redirect("/").with_cookie(service.session_cookie(started))


@pages.raw("/preferences", methods=["POST"], guard=public)
def post_preferences(ctx: Context, request: Request) -> Response:  # noqa: ARG001 - every raw view is called alike
    """Language or theme, kept in a cookie that scripts may read and set as well; harmless, so without a token."""
    form = request.form()
    answer = redirect(local_path(form.get("next")))
    for name, allowed in _CHOICES.items():
        value = form.get(name)
        if value in allowed:
            answer = answer.with_cookie(f"{name}={value}; Path=/; Max-Age={_YEAR}; SameSite=Lax")
    return answer


def _sign_up_page(ctx: Context, request: Request, form: Form, error: AppError | None = None) -> Response:
    answer = show(
        ctx, request, "accounts/sign_up.html", title="Create an account", status=error.status if error else 200,
        private_frame=True, values=_values(form), errors=_errors(error), password_min=PASSWORD_MIN,
        outside=service.outside_login_name(),
        message=error.detail if error and not isinstance(error, RejectedError) else "",
    )  # fmt: skip
    return _with_headers_of(error, answer)


def _sign_in_page(ctx: Context, request: Request, form: Form, error: AppError | None = None) -> Response:
    answer = show(
        ctx, request, "accounts/sign_in.html", title="Sign in", status=error.status if error else 200,
        private_frame=True, values=_values(form), errors=_errors(error), outside=service.outside_login_name(),
        message=error.detail if error and not isinstance(error, RejectedError) else "",
    )  # fmt: skip
    return _with_headers_of(error, answer)


def _fields(form: Form) -> tuple[tuple[str, str], ...]:
    """Everything but where to go afterwards."""
    return tuple(pair for pair in form.pairs if pair[0] != "next")


def _values(form: Form) -> dict[str, str]:
    """What was typed, to be shown again: never the password."""
    names = ("email", "name", "company_name", "organization_number")
    return {name: form.get(name) or "" for name in names} | {"next": local_path(form.get("next"))}


def _errors(error: AppError | None) -> dict[str, str]:
    if not isinstance(error, RejectedError):
        return {}
    return {entry["pointer"].removeprefix("/"): entry["message"] for entry in error.errors}


def _with_headers_of(error: AppError | None, answer: Response) -> Response:
    return replace(answer, headers={**answer.headers, **error.headers}) if error else answer
