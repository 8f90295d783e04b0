"""The marketplace over JSON."""

from __future__ import annotations

from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.guards import public, signed_in
from chalicelib.kit.http import Router
from chalicelib.kit.pagination import Page, PageQuery
from chalicelib.marketplace import service
from chalicelib.marketplace.domain import Listing, LookupLimitReachedError
from chalicelib.marketplace.listed import Card
from chalicelib.marketplace.schemas import CardRead, ListingQuery, ListingRead

router = Router(__name__)


@router.route("/listings", methods=["GET"], guard=public, query=ListingQuery, returns=CardRead, paged=True)
def list_listings(ctx: Context, query: ListingQuery) -> Page[Card]:
    """What is on the marketplace, by name, or what a search finds, best first"""
    if query.q:
        return Page(service.search_listings(query.q).cards)
    return service.list_listings(ctx, PageQuery(limit=query.limit, cursor=query.cursor), query.category)


@router.route("/listings/{integration_id}", methods=["GET"], guard=public, returns=ListingRead,
              problems=[NotFoundError])  # fmt: skip
def get_listing(_: Context, integration_id: str) -> Listing:
    """A published integration as customers see it: the version that was approved last"""
    return service.get_published_listing(integration_id)


@router.route(
    "/marketplace/by-client-id/{client_id}",
    methods=["GET"],
    guard=signed_in,
    returns=ListingRead,
    problems=[NotFoundError, LookupLimitReachedError],
)
def get_listing_by_client_id(ctx: Context, client_id: str) -> Listing:
    """Find an integration, hidden or published, by its exact client id"""
    return service.get_listing_by_client_id(ctx, client_id)
