"""Finding integrations: the published ones, and a hidden one by its exact client id."""

from __future__ import annotations

from chalicelib.accounts import service as accounts
from chalicelib.images import service as images
from chalicelib.images.domain import ImageKind
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.pagination import Page, PageQuery
from chalicelib.marketplace import repository
from chalicelib.marketplace.domain import (
    LOOKUPS_PER_ADDRESS,
    LOOKUPS_PER_PERSON,
    WINDOW,
    Listing,
    LookupLimitReachedError,
    is_listable,
    is_published,
    landing_page_of,
)

_NOTHING = "There is no integration with this client id. It is case-sensitive and has to be complete."


def list_published(ctx: Context, query: PageQuery) -> Page[Integration]:
    """Published integrations, newest first; a page may be short and still have a next one."""
    page = integrations.list_all(ctx, query)
    return Page([entry for entry in page.items if is_published(entry)], page.next_cursor)


def get_published_listing(integration_id: str) -> Listing:
    """Raises NotFoundError for hidden ones too: they are found by client id only (BO-20)."""
    integration = integrations.get_public(integration_id)
    if not is_published(integration):
        raise NotFoundError("There is no such integration.")
    return _to_listing(integration)


def get_listing_by_client_id(ctx: Context, client_id: str) -> Listing:
    """Hidden or published, by exact match. Raises LookupLimitReachedError (429), NotFoundError."""
    limits = {f"person {ctx.caller.account_id}": LOOKUPS_PER_PERSON, f"address {ctx.source_ip}": LOOKUPS_PER_ADDRESS}
    wait = repository.take_lookup(limits, ctx.now, WINDOW)
    if wait:
        raise LookupLimitReachedError("Wait a few minutes and try again.", headers={"Retry-After": str(wait)})
    integration = integrations.find_by_client_id(client_id)
    if integration is None or not is_listable(integration):
        raise NotFoundError(_NOTHING)
    return _to_listing(integration)


def _to_listing(integration: Integration) -> Listing:
    owner = accounts.get_company(integration.tenant_id)
    if not owner.has_licence:
        raise NotFoundError(_NOTHING)
    pictures = images.list_images(integration.integration_id)
    return Listing(
        integration_id=integration.integration_id,
        client_id=integration.client_id,
        name=integration.name,
        description=integration.description,
        developer=owner.name,
        category=integration.category,
        scopes=integration.scopes,
        website=integration.website,
        user_agreement=integration.user_agreement,
        sales_channel=integration.sales_channel,
        price_minor=integration.price_minor,
        currency=integration.currency,
        price_text=integration.price_text,
        licence_model=str(integration.licence_model),
        is_published=is_published(integration),
        logo=next((image.url for image in pictures if image.kind is ImageKind.LOGO), ""),
        landing_page=landing_page_of(integration),
    )
