"""Pages at the edge: a view built from request and caller, forms that prove where they came from, errors as pages."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from chalicelib.config import load_data, settings
from chalicelib.kit import html
from chalicelib.kit.context import Actor, Context
from chalicelib.kit.errors import AppError, ForbiddenError, InternalError, UnsupportedMediaTypeError
from chalicelib.kit.i18n import Lang, pick_language, translate
from chalicelib.kit.request import Form, Request
from chalicelib.kit.response import Response, redirect
from chalicelib.kit.secrets import derive_key

__all__ = ["check_form", "cookie", "form_token", "go", "page_errors", "pick_lang", "read_form", "read_upload", "show"]

BROWSER_COOKIE = "anslut_browser"
FLASH_COOKIE = "anslut_flash"
_BROWSER_ID_BYTES = 24
_YEAR_SECONDS = 31_536_000
_TEST_NOTE = "Sandbox"  # what the chooser says beside a test company; pages of one are marked


def cookie(name: str, value: str, *, max_age: int | None = None, http_only: bool = True) -> str:
    """A Set-Cookie value: `__Host-` and Secure over https; plain on the embedded stage, or browsers would drop it."""
    prefix, secure = ("__Host-", "; Secure") if settings().is_https else ("", "")
    age = "" if max_age is None else f"; Max-Age={max_age}"
    return f"{prefix}{name}={value}; Path=/; SameSite=Lax{age}{secure}{'; HttpOnly' if http_only else ''}"


def read_cookie(request: Request, name: str) -> str | None:
    return request.cookies.get(f"__Host-{name}" if settings().is_https else name)


def show(ctx: Context, request: Request, template: str, *, title: str, status: int = 200, **data: Any) -> Response:
    """Render `template` for this reader. `title` is an English sentence of the catalogue.

    Special keys of `data`: `active` (href of the current nav entry), `form_action` (origins a form may lead to),
    `private_frame` (no-referrer, for sign-in and consent), `connect` (origins scripts may talk to).
    """
    form_action = data.pop("form_action", ())
    connect = data.pop("connect", ())
    is_private = data.pop("private_frame", False)
    browser_id, cookies = _browser(ctx, request)
    view = _view(ctx, request, title, data.pop("active", ""), browser_id)
    headers = html.security_headers(
        form_action,
        connect,
        secure=settings().is_https,
        referrer="no-referrer" if is_private else "same-origin",
    )
    if is_private:
        # A program may have opened sign-in and consent in a popup; same-origin would cut it off for good.
        headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    if view.flash:
        cookies = (*cookies, cookie(FLASH_COOKIE, "", max_age=0))
    body = html.render(template, view=view, **{"status": status, **data})
    return Response(body, status, {"Content-Type": "text/html; charset=utf-8", **headers}, cookies)


def go(ctx: Context, request: Request, path: str, say: str = "", tone: Any = "ok", **values: object) -> Response:
    """Redirect after a post (303); `say` is an English sentence of the catalogue, shown once on the next page."""
    answer = redirect(path)
    if not say:
        return answer
    flash = html.Flash(text=translate(pick_lang(request), say, **values), tone=tone)
    secret = _form_secret(_browser(ctx, request)[0])
    return answer.with_cookie(cookie(FLASH_COOKIE, html.seal_flash(flash, secret), max_age=60))


def read_form(ctx: Context, request: Request, purpose: str = "portal") -> Form:
    """The posted form without its token. Raises ForbiddenError when the form was not ours (ASVS 3.5.1)."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise UnsupportedMediaTypeError("Send the form as application/x-www-form-urlencoded.")
    form = request.form()
    check_form(ctx, request, form, purpose)
    return Form(tuple(pair for pair in form.pairs if pair[0] != "form_token"))


def read_upload(ctx: Context, request: Request, purpose: str = "portal") -> Form:
    """As `read_form`, for a form with files: see `Request.upload`."""
    if request.content_type == "application/x-www-form-urlencoded":
        return read_form(ctx, request, purpose)
    if request.content_type != "multipart/form-data":
        raise UnsupportedMediaTypeError("Send the form as multipart/form-data.")
    form = request.upload()
    check_form(ctx, request, form, purpose)
    return Form(tuple(pair for pair in form.pairs if pair[0] != "form_token"))


def check_form(ctx: Context, request: Request, form: Form, purpose: str = "portal") -> None:
    browser_id = _known_browser(ctx, request)
    token = form.get("form_token") or ""
    if browser_id is None or not html.is_form_token(token, _form_secret(browser_id), purpose):
        raise ForbiddenError("This form has expired or came from another site. Go back, reload the page and try again.")


def form_token(ctx: Context, request: Request, purpose: str) -> str:
    """A token for a form with a purpose of its own, such as one consent."""
    return html.new_form_token(_form_secret(_browser(ctx, request)[0]), purpose)


def page_errors(error: AppError, ctx: Context, request: Request) -> Response:
    """An AppError as a designed page; somebody who is not signed in is sent to sign in and comes back."""
    from urllib.parse import quote

    if error.status == 401 and request.method == "GET":  # noqa: PLR2004 - the sign-in page is the remedy
        return redirect(f"/sign-in?next={quote(html.local_path(_path_with_query(request)), safe='')}")
    detail = "" if isinstance(error, InternalError) else translate(pick_lang(request), error.detail)
    return show(
        ctx,
        request,
        "layout/error.html",
        title=error.title,
        status=error.status,
        private_frame=True,
        detail=detail,
        errors=error.extra.get("errors", []),
        remedy=error.extra.get("remedy"),
    ).with_headers(**{name.replace("-", "_"): value for name, value in error.headers.items()})


def pick_lang(request: Request) -> Lang:
    return pick_language(request.cookies.get("lang"), request.headers.get("accept-language"))


def _path_with_query(request: Request) -> str:
    from urllib.parse import urlencode

    query = urlencode(request.query.pairs)
    return f"{request.path}?{query}" if query else request.path


def _view(ctx: Context, request: Request, title: str, active: str, browser_id: str) -> html.View:
    lang = pick_lang(request)
    platform = load_data("platform")
    actor = ctx.actor
    secret = _form_secret(browser_id)
    return html.View(
        title=translate(lang, title),
        lang=lang,
        theme=html.pick_theme(request.cookies.get("theme")),
        platform=platform["name"],
        path=html.local_path(_path_with_query(request)),
        now=ctx.now,
        time_zone=platform["time_zone"],
        request_id=ctx.request_id,
        form_token=html.new_form_token(secret, "portal"),
        flash=html.open_flash(read_cookie(request, FLASH_COOKIE), secret),
        nav=_navigation(lang, actor.roles) if actor else (),
        active=active,
        person=actor.person if actor else "",
        email=actor.email if actor else "",
        company=actor.company if actor else "",
        company_note=translate(lang, _note(actor)) if actor else "",
        is_test=actor is not None and _note(actor) == _TEST_NOTE,
        companies=_companies(lang, actor) if actor else (),
        links=platform["links"],
    )


def _note(actor: Actor) -> str:
    return next((note for tenant_id, _, note in actor.companies if tenant_id == actor.tenant_id), "")


def _companies(lang: Lang, actor: Actor) -> tuple[html.Choice, ...]:
    return tuple(
        html.Choice(value=tenant_id, label=name, note=translate(lang, note))
        for tenant_id, name, note in actor.companies
    )


def _navigation(lang: Lang, roles: frozenset[str]) -> tuple[html.NavGroup, ...]:
    groups = []
    for group in load_data("navigation"):
        items = tuple(
            html.NavItem(href=item["href"], label=translate(lang, item["label"]), icon=item["icon"])
            for item in group["items"]
            if roles & set(item["roles"])
        )
        if items:
            groups.append(html.NavGroup(label=translate(lang, group["group"]), items=items))
    return tuple(groups)


def _known_browser(ctx: Context, request: Request) -> str | None:
    if ctx.actor is not None and ctx.actor.session_id:
        return ctx.actor.session_id
    return read_cookie(request, BROWSER_COOKIE)


def _browser(ctx: Context, request: Request) -> tuple[str, tuple[str, ...]]:
    """What form tokens are bound to: the session, or before sign-in a random cookie that is set when missing."""
    known = _known_browser(ctx, request)
    if known:
        return known, ()
    fresh = secrets.token_urlsafe(_BROWSER_ID_BYTES)
    return fresh, (cookie(BROWSER_COOKIE, fresh, max_age=_YEAR_SECONDS),)


def _form_secret(browser_id: str) -> bytes:
    return hmac.digest(derive_key("form"), browser_id.encode(), hashlib.sha256)
