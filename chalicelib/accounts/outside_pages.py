"""Pages of signing in with the platform's own login: there, and back."""

from __future__ import annotations

from typing import Any

from chalicelib.accounts import service
from chalicelib.accounts.domain import SecondFactorRequiredError
from chalicelib.accounts.security_pages import second_step_page
from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError, NotFoundError
from chalicelib.kit.guards import public
from chalicelib.kit.html import local_path
from chalicelib.kit.http import Router
from chalicelib.kit.pages import cookie, page_errors, read_cookie, show
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response, redirect

pages = Router(__name__, kind="page", errors=page_errors)

COOKIE = "anslut_outside"


@pages.raw("/sign-in/platform", methods=["GET"], guard=public)
def begin(ctx: Context, request: Request) -> Response:
    """Away to the other login; only this browser can come back with its answer."""
    next_path = local_path(request.query.get("next"))
    try:
        url, sealed = service.begin_outside_login(ctx, next_path)
    except NotFoundError:
        raise
    except AppError as error:
        return _sign_in_page(ctx, request, error, next_path)
    return redirect(url).with_cookie(cookie(COOKIE, sealed, max_age=service.OUTSIDE_COOKIE_SECONDS))


@pages.raw("/sign-in/platform/callback", methods=["GET"], guard=public)
def finish(ctx: Context, request: Request) -> Response:
    """Back from the other login. The ticket is used up, whatever comes of it."""
    return _finish(ctx, request).with_cookie(cookie(COOKIE, "", max_age=0))


def _finish(ctx: Context, request: Request) -> Response:
    query = request.query
    try:
        started, next_path = service.finish_outside_login(
            ctx, read_cookie(request, COOKIE) or "", state=query.get("state") or "", code=query.get("code") or "",
            iss=query.get("iss"),
        )  # fmt: skip
    except SecondFactorRequiredError as error:
        return second_step_page(ctx, request, error.extra["ticket"], error.extra["next_path"])
    except NotFoundError:
        raise
    except AppError as error:
        return _sign_in_page(ctx, request, error)
    return redirect(next_path).with_cookie(service.session_cookie(started))


def _sign_in_page(ctx: Context, request: Request, error: AppError, next_path: str = "/") -> Response:
    values: dict[str, Any] = {"email": "", "next": next_path}
    answer = show(
        ctx, request, "accounts/sign_in.html", title="Sign in", status=error.status, private_frame=True,
        values=values, errors={}, message=error.detail, outside=service.outside_login_name(),
    )  # fmt: skip
    return answer.with_headers(**{name.replace("-", "_"): value for name, value in error.headers.items()})
