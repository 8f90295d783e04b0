"""The page for whoever found a client secret: hand it in, and it is dead."""

from __future__ import annotations

from chalicelib.integrations import service
from chalicelib.kit.context import Context
from chalicelib.kit.guards import public
from chalicelib.kit.http import Router
from chalicelib.kit.pages import page_errors, read_form, show
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response

pages = Router(__name__, kind="page", errors=page_errors)


@pages.raw("/burn", methods=["GET"], guard=public)
def show_burn(ctx: Context, request: Request) -> Response:
    return _page(ctx, request)


@pages.raw("/burn/form", methods=["POST"], guard=public)
def burn_secret_page(ctx: Context, request: Request) -> Response:
    form = read_form(ctx, request)
    is_burned = service.burn_secret(ctx, form.get("client_secret") or "")
    return _page(ctx, request, "burned" if is_burned else "unknown")


def _page(ctx: Context, request: Request, result: str = "") -> Response:
    return show(ctx, request, "integrations/burn.html", title="Found a secret?", result=result, private_frame=True)
