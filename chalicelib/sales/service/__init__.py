"""What other rooms may ask of sales."""

from __future__ import annotations

from chalicelib.sales.domain import PriceVersion, Purchase, Subscription
from chalicelib.sales.service.subscribing import (
    add_cancellation,
    add_end,
    add_seats,
    buy,
    cancel,
    change_seats,
    end,
    find_subscription,
    list_for_customer,
    price_of,
    subscribe,
)

__all__ = [
    "PriceVersion",
    "Purchase",
    "Subscription",
    "add_cancellation",
    "add_end",
    "add_seats",
    "buy",
    "cancel",
    "change_seats",
    "end",
    "find_subscription",
    "list_for_customer",
    "price_of",
    "subscribe",
]
