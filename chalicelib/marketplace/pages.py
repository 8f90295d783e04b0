"""The marketplace as pages: find by client id, published listings, a listing with its Activate button."""

from __future__ import annotations

from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.gate import parse_query
from chalicelib.kit.guards import signed_in
from chalicelib.kit.http import Router
from chalicelib.kit.i18n import translate
from chalicelib.kit.pages import page_errors, pick_lang, read_form, show
from chalicelib.kit.pagination import Page, PageQuery
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response, redirect
from chalicelib.marketplace import service
from chalicelib.marketplace.domain import Listing, origin_of

pages = Router(__name__, kind="page", errors=page_errors)

_HOME = "/marketplace"


@pages.raw(_HOME, methods=["GET"], guard=signed_in)
def show_marketplace(ctx: Context, request: Request) -> Response:
    page = service.list_published(ctx, parse_query(PageQuery, request.query))
    return _home(ctx, request, published=page)


@pages.raw(_HOME + "/find", methods=["GET"], guard=signed_in)
def find_integration(ctx: Context, request: Request) -> Response:
    """A hidden integration has no address of its own: only who knows its client id gets here."""
    typed = (request.query.get("client_id") or "").strip()
    try:
        listing = service.get_listing_by_client_id(ctx, typed)
    except NotFoundError as error:
        sentence = translate(pick_lang(request), error.detail)
        return _home(ctx, request, typed=typed, error=sentence)
    return _listing(ctx, request, listing)


@pages.raw(_HOME + "/{integration_id}", methods=["GET"], guard=signed_in)
def show_listing(ctx: Context, request: Request, integration_id: str) -> Response:
    return _listing(ctx, request, service.get_published_listing(integration_id))


@pages.raw(_HOME + "/activate", methods=["POST"], guard=signed_in)
def activate(ctx: Context, request: Request) -> Response:
    """To the integration's landing page without a code; its own authorization request follows (contract.md)."""
    form = read_form(ctx, request)
    listing = service.get_listing_by_client_id(ctx, form.get("client_id") or "")
    if not listing.landing_page:
        raise NotFoundError("The developer has not said yet where customers begin. Ask them.")
    return redirect(listing.landing_page).with_headers(Referrer_Policy="no-referrer")


def _home(
    ctx: Context, request: Request, *, published: Page[Integration] | None = None, typed: str = "", error: str = ""
) -> Response:
    return show(
        ctx, request, "marketplace/home.html", title="Find integrations", active=_HOME, status=404 if error else 200,
        typed=typed, error=error, integrations=published.items if published else (),
        next_cursor=published.next_cursor if published else None,
    )  # fmt: skip


def _listing(ctx: Context, request: Request, listing: Listing) -> Response:
    lang = pick_lang(request)
    catalogue = integrations.scope_catalogue()
    category = integrations.categories().get(listing.category or "")
    return show(
        ctx,
        request,
        "marketplace/listing.html",
        title="Integration",
        active=_HOME,
        form_action=(origin_of(listing.landing_page),) if listing.landing_page else (),
        listing=listing,
        category=category.name.text(lang) if category else "",
        scopes=[
            (scope, entry.description.text(lang), entry.licences)
            for scope, entry in catalogue.items()
            if scope in listing.scopes
        ],
    )
