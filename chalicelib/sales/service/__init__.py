"""What other rooms may ask of sales."""

from __future__ import annotations

from chalicelib.sales.domain import PriceVersion, Purchase, Subscription
from chalicelib.sales.service.closing import close_due_months, close_month, month_to_close
from chalicelib.sales.service.crediting import give_credit
from chalicelib.sales.service.delivering import Ports, read_lines
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
    "Ports",
    "PriceVersion",
    "Purchase",
    "Subscription",
    "add_cancellation",
    "add_end",
    "add_seats",
    "buy",
    "cancel",
    "change_seats",
    "close_due_months",
    "close_month",
    "end",
    "find_subscription",
    "give_credit",
    "list_for_customer",
    "month_to_close",
    "price_of",
    "read_lines",
    "subscribe",
]
