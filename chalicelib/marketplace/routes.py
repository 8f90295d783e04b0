"""The marketplace over JSON."""

from __future__ import annotations

from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.guards import signed_in
from chalicelib.kit.http import Router
from chalicelib.marketplace import service
from chalicelib.marketplace.domain import Listing, LookupLimitReachedError
from chalicelib.marketplace.schemas import ListingRead

router = Router(__name__)


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
