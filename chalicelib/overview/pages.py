"""The overview, and the palette as a page of its own: what the keyboard opens works as a link too."""

from __future__ import annotations

from chalicelib.kit.context import Context
from chalicelib.kit.gate import parse_query
from chalicelib.kit.guards import role, signed_in
from chalicelib.kit.http import Router
from chalicelib.kit.pages import page_errors, pick_lang, show
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response
from chalicelib.overview import service
from chalicelib.overview.schemas import PaletteQuery
from chalicelib.sandboxes.domain import SANDBOX_CAP

pages = Router(__name__, kind="page", errors=page_errors)

_SHOWN = 5


@pages.raw("/portal", methods=["GET"], guard=role("developer", "viewer"))
def show_overview(ctx: Context, request: Request) -> Response:
    roles = ctx.caller.roles
    return show(
        ctx, request, "overview/overview.html", title="Overview", active="/portal", shown=_SHOWN, cap=SANDBOX_CAP,
        overview=service.get_overview(ctx), is_licensed="licensed" in roles, can_write="developer" in roles,
    )  # fmt: skip


@pages.raw("/palette", methods=["GET"], guard=signed_in)
def show_palette(ctx: Context, request: Request) -> Response:
    """Without a script: a form and its answer."""
    return _palette(ctx, request, "overview/palette.html")


@pages.raw("/palette/part", methods=["GET"], guard=signed_in)
def show_palette_part(ctx: Context, request: Request) -> Response:
    """The list alone, for the dialog that Ctrl K opens."""
    return _palette(ctx, request, "overview/palette_list.html")


def _palette(ctx: Context, request: Request, template: str) -> Response:
    query = parse_query(PaletteQuery, request.query)
    entries = service.list_entries(ctx, pick_lang(request))
    return show(
        ctx, request, template, title="Go to", typed=query.q,
        entries=service.find_entries(entries, query.q),
    )  # fmt: skip
