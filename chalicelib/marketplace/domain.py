"""A listing as customers see it, where its Activate button leads, and how often somebody may look up a client id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from urllib.parse import urlsplit

from chalicelib.images.domain import Display
from chalicelib.integrations.domain import Integration, IntegrationStatus, SalesChannel
from chalicelib.kit.errors import AppError, TooManyRequestsError

WINDOW = timedelta(minutes=10)
LOOKUPS_PER_PERSON = 30  # a client id has 62 random bits; the limit keeps lists of them from being tried at all
LOOKUPS_PER_ADDRESS = 200  # an office is one address


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Only what a stranger may know: no contact, no redirect URIs, no credentials."""

    integration_id: str
    client_id: str
    name: str
    description: str
    developer: str
    category: str | None
    scopes: frozenset[str]
    website: str
    user_agreement: str
    sales_channel: SalesChannel | None
    price_minor: int | None
    currency: str
    price_text: str
    licence_model: str
    is_published: bool
    logo: str
    landing_page: str
    covers: tuple[str, ...] = ()
    logo_picture: Display | None = None
    cover_pictures: tuple[Display, ...] = ()
    rating_count: int = 0
    rating_total: int = 0
    is_recommended: bool = False
    reasons: tuple[tuple[str, str], ...] = ()


class LookupLimitReachedError(TooManyRequestsError):
    title = "Too many client ids were tried"


ERRORS: tuple[type[AppError], ...] = (LookupLimitReachedError,)


def is_published(integration: Integration) -> bool:
    return integration.status is IntegrationStatus.PUBLISHED


def is_listable(integration: Integration) -> bool:
    """Whether anybody may see it, if only by its client id."""
    return integration.status is not IntegrationStatus.SUSPENDED


class Landing(Protocol):
    """An integration or the live version of one."""

    @property
    def sales_channel(self) -> str | None: ...
    @property
    def website(self) -> str: ...
    @property
    def redirect_uris(self) -> tuple[str, ...]: ...
    @property
    def start_page(self) -> str: ...


def landing_page_of(integration: Landing) -> str:
    """Where Activate leads, without a code: the integration then starts its own authorization request (contract.md).

    One that is bought on the developer's own site is bought there.
    """
    first = integration.website if integration.sales_channel == SalesChannel.WEBSITE else ""
    places = (first, *integration.redirect_uris, integration.start_page, integration.website)
    return next((url for url in places if url), "")


def origin_of(url: str) -> str:
    """Scheme, host and port, for the CSP of a page whose form leads there.

    >>> origin_of("https://app.example.com:8443/cb?x=1")
    'https://app.example.com:8443'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
