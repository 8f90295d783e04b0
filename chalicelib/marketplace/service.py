"""Finding integrations: the published ones, and a hidden one by its exact client id."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chalicelib.accounts import service as accounts
from chalicelib.images import service as images
from chalicelib.images.domain import displays_of
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration, SalesChannel, current_category
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
from chalicelib.marketplace.listed import ALL, Card, Listed, card_of, weighted_words
from chalicelib.marketplace.words import BUCKET, closest, fold, is_match, stem, words_of

_LONGEST = 200
_MOST_FOUND = 48
_ID = re.compile(r"int_[a-z0-9]{1,40}")  # longer keys are an error to DynamoDB, not a row that is not there
_NOTHING = "There is no integration with this client id. It is case-sensitive and has to be complete."


@dataclass(frozen=True, slots=True)
class Found:
    """`corrected` pairs what was typed with what was looked for instead; `is_cut` says that there is more."""

    cards: list[Card]
    corrected: tuple[str, str] | None = None
    is_cut: bool = False


def list_listings(ctx: Context, query: PageQuery, category: str = "") -> Page[Card]:
    """What is on the marketplace, by name: one Query."""
    return repository.fetch_shelf(ctx, f"category:{current_category(category)}" if category else ALL, query)


def search_listings(text: str) -> Found:
    """Two calls: the longest word's entries, then the listings themselves, so that nothing hidden is ever shown.

    Where nothing is found, two more: the words known, and the entries of the one that is a slip away.
    """
    typed = sorted(words_of(text[:_LONGEST]), key=len, reverse=True)
    if not typed:
        return Found([])
    wanted = [stem(word) for word in typed]
    found = _found(wanted)
    if found.cards:
        return found
    known = repository.find_vocabulary(typed[0][:BUCKET])
    other = closest(typed[0], known) or closest(wanted[0], known)
    if other is None:
        return found
    again = _found([other, *wanted[1:]])
    return Found(again.cards, (typed[0], other) if again.cards else None, again.is_cut)


def get_published_listing(integration_id: str) -> Listing:
    """Raises NotFoundError for hidden ones too: they are found by client id only (BO-20)."""
    listed = repository.find_listed(integration_id) if _ID.fullmatch(integration_id) else None
    if listed is None or not accounts.get_company(listed.tenant_id).has_licence:
        raise NotFoundError("There is no such integration.")
    return _from_version(listed)


def get_listing_by_client_id(ctx: Context, client_id: str) -> Listing:
    """Hidden or published, by exact match. Raises LookupLimitReachedError (429), NotFoundError."""
    limits = {f"person {ctx.caller.account_id}": LOOKUPS_PER_PERSON, f"address {ctx.source_ip}": LOOKUPS_PER_ADDRESS}
    wait = repository.take_lookup(limits, ctx.now, WINDOW)
    if wait:
        raise LookupLimitReachedError("Wait a few minutes and try again.", headers={"Retry-After": str(wait)})
    integration = integrations.find_by_client_id(client_id)
    if integration is None or not is_listable(integration):
        raise NotFoundError(_NOTHING)
    listed = repository.find_listed(integration.integration_id) if is_published(integration) else None
    return _from_version(listed) if listed else _to_listing(integration)


def _found(wanted: list[str]) -> Found:
    best: dict[str, int] = {}
    for weight, integration_id, words in repository.find_entries(wanted[0]):
        if is_match(wanted, words):
            best[integration_id] = min(weight, best.get(integration_id, weight))
    ranked = sorted(best, key=lambda one: (best[one], one))
    live = repository.get_listed(ranked[:_MOST_FOUND]) if ranked else {}
    shown = [live[one] for one in ranked if one in live and is_match(wanted, weighted_words(live[one]))]
    shown.sort(key=lambda one: (best[one.integration_id], fold(one.name)))
    return Found([card_of(one) for one in shown], is_cut=len(ranked) > _MOST_FOUND)


def _from_version(listed: Listed) -> Listing:
    return Listing(
        integration_id=listed.integration_id,
        client_id=listed.client_id,
        name=listed.name,
        description=listed.description,
        developer=listed.developer,
        category=listed.category,
        scopes=frozenset(listed.scopes),
        reasons=tuple((scope, why) for scope, _, why in (one.partition(": ") for one in listed.scope_reasons)),
        website=listed.website,
        user_agreement=listed.user_agreement,
        sales_channel=SalesChannel(listed.sales_channel) if listed.sales_channel else None,
        price_minor=listed.price_minor,
        currency=listed.currency,
        price_text=listed.price_text,
        licence_model=listed.licence_model,
        is_published=True,
        logo=listed.logo,
        landing_page=landing_page_of(listed),
        covers=listed.covers,
        logo_picture=listed.logo_picture,
        cover_pictures=listed.cover_pictures,
        rating_count=listed.rating_count,
        rating_total=listed.rating_total,
        is_recommended=listed.is_recommended,
    )


def _to_listing(integration: Integration) -> Listing:
    owner = accounts.get_company(integration.tenant_id)
    if not owner.has_licence:
        raise NotFoundError(_NOTHING)
    pictures = images.list_listed_images(integration)
    logo, covers = displays_of(pictures)
    return Listing(
        integration_id=integration.integration_id,
        client_id=integration.client_id,
        name=integration.name,
        description=integration.description,
        developer=owner.name,
        category=integration.category,
        scopes=integration.scopes,
        reasons=integration.scope_reasons,
        website=integration.website,
        user_agreement=integration.user_agreement,
        sales_channel=integration.sales_channel,
        price_minor=integration.price_minor,
        currency=integration.currency,
        price_text=integration.price_text,
        licence_model=str(integration.licence_model),
        is_published=is_published(integration),
        logo=logo.url if logo else "",
        logo_picture=logo,
        cover_pictures=covers,
        landing_page=landing_page_of(integration),
    )
