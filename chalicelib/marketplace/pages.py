"""The marketplace as pages: find by client id, published listings, a listing with its Activate button."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from chalicelib.integrations import service as integrations
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.gate import parse_query
from chalicelib.kit.guards import public, role, signed_in
from chalicelib.kit.http import Router
from chalicelib.kit.i18n import translate
from chalicelib.kit.pages import page_errors, pick_lang, read_form, show
from chalicelib.kit.pagination import PageQuery
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response, redirect
from chalicelib.marketplace import service
from chalicelib.marketplace.domain import Listing, origin_of
from chalicelib.marketplace.schemas import ListingQuery

pages = Router(__name__, kind="page", errors=page_errors)

_HOME = "/marketplace"
_PAGE = 24


@pages.raw(_HOME, methods=["GET"], guard=public)
def show_marketplace(ctx: Context, request: Request) -> Response:
    """For everybody, search engines included."""
    query = parse_query(ListingQuery, request.query)
    if query.q:
        return _home(ctx, request, query, service.search_listings(query.q))
    page = service.list_listings(ctx, PageQuery(limit=_PAGE, cursor=query.cursor), query.category)
    kept = {"category": query.category, "cursor": page.next_cursor}
    more = urlencode({name: value for name, value in kept.items() if value}) if page.next_cursor else ""
    return _home(ctx, request, query, service.Found(list(page.items)), next_page=f"{_HOME}?{more}" if more else "")


@pages.raw(_HOME + "/find", methods=["GET"], guard=signed_in)
def find_integration(ctx: Context, request: Request) -> Response:
    """A hidden integration has no address of its own: only who knows its client id gets here."""
    typed = (request.query.get("client_id") or "").strip()
    try:
        listing = service.get_listing_by_client_id(ctx, typed)
    except NotFoundError as error:
        sentence = translate(pick_lang(request), error.detail)
        return _home(ctx, request, ListingQuery(), service.Found([]), typed=typed, error=sentence)
    return _listing(ctx, request, listing)


@pages.raw(_HOME + "/{integration_id}", methods=["GET"], guard=public)
def show_listing(ctx: Context, request: Request, integration_id: str) -> Response:
    return _listing(ctx, request, service.get_published_listing(integration_id))


@pages.raw(_HOME + "/activate", methods=["POST"], guard=role("user"))
def activate(ctx: Context, request: Request) -> Response:
    """To the integration's landing page without a code; its own authorization request follows (contract.md)."""
    form = read_form(ctx, request)
    listing = service.get_listing_by_client_id(ctx, form.get("client_id") or "")
    if not listing.landing_page:
        raise NotFoundError("The developer has not said yet where customers begin. Ask them.")
    return redirect(listing.landing_page).with_headers(Referrer_Policy="no-referrer")


def _home(ctx: Context, request: Request, query: ListingQuery, shown: service.Found, **more: Any) -> Response:
    """`more` may replace what stands below: the client id that was typed, why it was refused, the next page."""
    data = {"typed": "", "error": "", "next_page": "", **more}
    return show(
        ctx, request, "marketplace/home.html", title="Find integrations", active=_HOME,
        status=404 if data["error"] else 200, cards=shown.cards, corrected=shown.corrected, is_cut=shown.is_cut,
        q=query.q, category=query.category, categories=_categories(request), is_known=bool(ctx.actor), **data,
    )  # fmt: skip


def _categories(request: Request) -> dict[str, str]:
    lang = pick_lang(request)
    return {key: category.name.text(lang) for key, category in integrations.categories().items()}


def _listing(ctx: Context, request: Request, listing: Listing) -> Response:
    lang = pick_lang(request)
    catalogue = integrations.scope_catalogue()
    category = integrations.known_categories().get(listing.category or "")
    return show(
        ctx,
        request,
        "marketplace/listing.html",
        title="Integration",
        active=_HOME,
        form_action=(origin_of(listing.landing_page),) if listing.landing_page else (),
        listing=listing,
        is_known=bool(ctx.actor),
        can_connect=ctx.actor is not None and "user" in ctx.actor.roles,
        is_sold=listing.is_published and listing.sales_channel == "platform" and bool(listing.price_minor),
        category=category.name.text(lang) if category else "",
        scopes=[
            (scope, entry.description.text(lang), entry.licences, dict(listing.reasons).get(scope, ""))
            for scope, entry in catalogue.items()
            if scope in listing.scopes
        ],
    )
