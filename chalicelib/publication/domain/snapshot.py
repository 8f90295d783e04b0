"""A listing version: everything customers are shown, frozen at the moment it was sent to review."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from chalicelib.integrations.domain import Integration
from chalicelib.kit.i18n import mark

__all__ = ["LABELS", "Change", "Snapshot", "diff", "price_model", "take_snapshot"]

_FROM_INTEGRATION = (
    "name",
    "description",
    "website",
    "user_agreement",
    "start_page",
    "contact_email",
    "category",
    "price_minor",
    "currency",
    "price_text",
    "only_administrator",
)

LABELS = {
    "name": mark("Name"),
    "description": mark("Description"),
    "category": mark("Category"),
    "scopes": mark("Scopes"),
    "scope_reasons": mark("Why it needs them"),
    "sales_channel": mark("How it is sold"),
    "price_minor": mark("Price per month"),
    "currency": mark("Currency"),
    "price_text": mark("Price in words"),
    "licence_model": mark("Licence"),
    "website": mark("Website"),
    "user_agreement": mark("User agreement"),
    "start_page": mark("Start page"),
    "redirect_uris": mark("Redirect URIs"),
    "contact_email": mark("Contact"),
    "only_administrator": mark("Only administrators"),
    "logo": mark("Logo"),
    "covers": mark("Covers"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Plain JSON values only, so that it is stored, compared and sent as it is."""

    name: str
    description: str = ""
    category: str | None = None
    scopes: tuple[str, ...] = ()
    scope_reasons: tuple[str, ...] = ()
    sales_channel: str | None = None
    price_minor: int | None = None
    currency: str = ""
    price_text: str = ""
    licence_model: str = "single"
    website: str = ""
    user_agreement: str = ""
    start_page: str = ""
    redirect_uris: tuple[str, ...] = ()
    contact_email: str = ""
    only_administrator: bool = False
    logo: str = ""
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the difference to the approved version; empty texts mean that there was or is nothing."""

    field: str
    label: str
    before: str
    after: str


def take_snapshot(integration: Integration, logo: str, covers: Iterable[str]) -> Snapshot:
    channel = integration.sales_channel
    return Snapshot(
        **{name: getattr(integration, name) for name in _FROM_INTEGRATION},
        scopes=tuple(sorted(integration.scopes)),
        scope_reasons=tuple(f"{scope}: {why}" for scope, why in integration.scope_reasons),
        sales_channel=str(channel) if channel else None,
        licence_model=str(integration.licence_model),
        redirect_uris=integration.redirect_uris,
        logo=logo,
        covers=tuple(covers),
    )


def price_model(listing: Snapshot | Integration) -> tuple[Any, ...]:
    """What is locked while the platform invoices for it."""
    channel = listing.sales_channel
    return (str(channel) if channel else None, listing.price_minor, listing.currency, str(listing.licence_model))


def diff(before: Snapshot | None, after: Snapshot) -> list[Change]:
    """What differs, in the order in which a reviewer reads; against nothing, everything that says something."""
    found = []
    for name, label in LABELS.items():
        old = _text(getattr(before, name)) if before else ""
        new = _text(getattr(after, name))
        if old != new:
            found.append(Change(name, label, old, new))
    return found


def _text(value: Any) -> str:
    if value is None or value is False:
        return ""
    return "\n".join(value) if isinstance(value, tuple) else str(value)


assert {entry.name for entry in fields(Snapshot)} == set(LABELS)  # noqa: S101 - a field without a label would not be reviewed
