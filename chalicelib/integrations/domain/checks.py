"""What a valid integration is: an ordered table of checks, each of which names field and remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from chalicelib.integrations.domain.addresses import callback_fault, email_fault, web_fault
from chalicelib.integrations.domain.catalogue import categories, currency, scope_catalogue, scope_choices
from chalicelib.kit.errors import RejectedError
from chalicelib.kit.i18n import mark

if TYPE_CHECKING:
    from chalicelib.integrations.domain.integration import Integration

__all__ = ["MAX_REDIRECT_URIS", "check_integration", "check_new_scopes", "faults_of"]

MAX_REDIRECT_URIS = 10
MAX_TRIAL_DAYS = 90
MAX_PRICE_MINOR = 10_000_000  # 100,000 a month: above it a typing mistake is likelier than a price

Finding = tuple[str, str]
Check = Callable[["Integration"], Iterator[Finding]]


def check_integration(integration: Integration) -> None:
    """Raises RejectedError with one `{pointer, message}` for each thing that is wrong."""
    found = faults_of(integration)
    if found:
        names = ", ".join(dict.fromkeys(entry["pointer"].split("/")[1] for entry in found))
        raise RejectedError(f"Check: {names}.", extra={"errors": found})


def check_new_scopes(scopes: frozenset[str]) -> None:
    """Raises RejectedError for a retired one; who has it already keeps it, so only those that are new are asked for."""
    retired = sorted(scopes - scope_choices().keys())
    if retired:
        raise RejectedError.field("/scopes", f"The scope {retired[0]!r} is retired: choose another.")


def faults_of(integration: Integration) -> list[dict[str, str]]:
    """`{pointer, message}` for each thing that is wrong."""
    return [{"pointer": pointer, "message": message} for check in CHECKS for pointer, message in check(integration)]


def check_scopes(integration: Integration) -> Iterator[Finding]:
    if not integration.scopes:
        yield "/scopes", mark("Choose at least one scope.")
    for unknown in sorted(integration.scopes - scope_catalogue().keys()):
        yield "/scopes", f"There is no scope {unknown[:40]!r}; see GET /scopes."


def check_scope_reasons(integration: Integration) -> Iterator[Finding]:
    for scope, _ in integration.scope_reasons:
        if scope not in integration.scopes:
            yield "/scope_reasons", mark("Give reasons for chosen scopes only.")


def check_redirect_uris(integration: Integration) -> Iterator[Finding]:
    if len(integration.redirect_uris) > MAX_REDIRECT_URIS:
        yield "/redirect_uris", mark("Register at most ten redirect URIs.")
    seen: set[str] = set()
    for position, uri in enumerate(integration.redirect_uris):
        fault = callback_fault(uri, is_public=integration.is_public) or (
            mark("This address is listed twice.") if uri in seen else None
        )
        seen.add(uri)
        if fault:
            yield f"/redirect_uris/{position}", fault


def check_grant_types(integration: Integration) -> Iterator[Finding]:
    """RFC 9700 §2.6, ASVS 10.4.4: what is not used is off; what is left must lead to a token."""
    grants = integration.grant_types
    if not grants or (integration.is_public and "authorization_code" not in grants):
        yield "/grant_types", mark("Choose how your program asks for tokens.")
    elif "refresh_token" in grants and "authorization_code" not in grants:
        yield "/grant_types", mark("Refresh tokens come with codes: choose both, or neither.")


def check_pages(integration: Integration) -> Iterator[Finding]:
    for name in ("start_page", "website", "user_agreement"):
        url = getattr(integration, name)
        fault = web_fault(url) if url else None
        if fault:
            yield f"/{name}", fault


def check_contact(integration: Integration) -> Iterator[Finding]:
    fault = email_fault(integration.contact_email) if integration.contact_email else None
    if fault:
        yield "/contact_email", fault


def check_category(integration: Integration) -> Iterator[Finding]:
    if integration.category is not None and integration.category not in categories():
        yield "/category", mark("Choose one of the categories.")


def check_price(integration: Integration) -> Iterator[Finding]:
    """A number where the platform invoices, free text where the website sells, neither where nothing was chosen."""
    channel, price = integration.sales_channel, integration.price_minor
    if integration.currency != currency():
        yield "/currency", f"This platform invoices in {currency()}."
    if channel == "platform" and price is None:
        yield "/price_minor", mark("Say the price per month; 0 is free.")
    if channel != "platform" and price is not None:
        yield "/price_minor", mark("A price in numbers needs the sales channel platform.")
    if price is not None and not 0 <= price <= MAX_PRICE_MINOR:
        yield "/price_minor", mark("Choose a price from 0 to 100,000 a month (10,000,000 minor units).")
    if channel != "website" and integration.price_text:
        yield "/price_text", mark("A price in words needs the sales channel website.")
    if channel != "platform" and integration.trial_days:
        yield "/trial_days", mark("Free days need the sales channel platform.")
    if not 0 <= integration.trial_days <= MAX_TRIAL_DAYS:
        yield "/trial_days", mark("Choose from 0 to 90 days.")


CHECKS: tuple[Check, ...] = (
    check_scopes,
    check_scope_reasons,
    check_redirect_uris,
    check_grant_types,
    check_pages,
    check_contact,
    check_category,
    check_price,
)
