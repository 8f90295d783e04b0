"""Integrations for sale, purchases, and a clock to buy them by."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.integrations.domain import Integration, LicenceModel, SalesChannel
from chalicelib.kit.context import Context, new_context
from chalicelib.sales.domain import PriceVersion, Purchase, Subscription, new_subscription
from tests.factories import Person, new_person

NOON = timedelta(hours=11)


def at(day: str, ctx: Context | None = None) -> Context:
    """A context of noon (Stockholm, winter) that day, with a request id of its own."""
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC) + (NOON if "T" not in day else timedelta())
    return replace(new_context(ctx.actor if ctx else None), now=moment)


def for_sale(**changes: Any) -> Integration:
    made: dict[str, Any] = {
        "integration_id": "int_lagerbro",
        "number": 4711,
        "client_id": "LagerbroLag1",
        "tenant_id": "ten_nordkod",
        "name": "Lagerbro",
        "scopes": frozenset({"companyinformation"}),
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        "updated_at": datetime(2026, 1, 1, tzinfo=UTC),
        "sales_channel": SalesChannel.PLATFORM,
        "price_minor": 9995,
        "currency": "SEK",
        "licence_model": LicenceModel.PER_USER,
    }
    return Integration(**(made | changes))


def price(**changes: Any) -> PriceVersion:
    made: dict[str, Any] = {
        "integration_id": "int_lagerbro",
        "version": 1,
        "unit_minor": 9995,
        "currency": "SEK",
        "licence_model": LicenceModel.PER_USER,
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return PriceVersion(**(made | changes))


def purchase(**changes: Any) -> Purchase:
    made: dict[str, Any] = {"tenant_id": "ten_berg", "integration": for_sale(), "account_id": "acc_erik"}
    return Purchase(**(made | changes))


def bought(day: str, seats: int = 1, *, standing: Subscription | None = None, **price_changes: Any) -> Subscription:
    """A subscription from noon of that day, by the rules alone."""
    return new_subscription(
        purchase(seats=seats),
        price(**price_changes),
        standing,
        subscription_id=f"sub_{day}",
        company=(1234567, "Bergs Bageri AB"),
        now=at(day).now,
        operation_id="req_buy",
    )


def buyer(**kwargs: Any) -> Person:
    return new_person(**kwargs)
