"""Rules of sales: calendar, prices, subscriptions and their charges."""

from __future__ import annotations

from chalicelib.sales.domain.calendar import Month, Period, local_day, month_of, next_start, parse_month, prorated
from chalicelib.sales.domain.errors import ERRORS, SoldElsewhereError, SubscriptionNotFoundError
from chalicelib.sales.domain.orders import Order, OrderKind
from chalicelib.sales.domain.prices import PriceVersion, offered_price
from chalicelib.sales.domain.subscriptions import (
    MAX_SEATS,
    Charge,
    ChargeKind,
    Purchase,
    Subscription,
    advanced,
    bought_again,
    cancelled,
    check_seats,
    ended_now,
    new_subscription,
    with_seats,
)

__all__ = [
    "ERRORS",
    "MAX_SEATS",
    "Charge",
    "ChargeKind",
    "Month",
    "Order",
    "OrderKind",
    "Period",
    "PriceVersion",
    "Purchase",
    "SoldElsewhereError",
    "Subscription",
    "SubscriptionNotFoundError",
    "advanced",
    "bought_again",
    "cancelled",
    "check_seats",
    "ended_now",
    "local_day",
    "month_of",
    "new_subscription",
    "next_start",
    "offered_price",
    "parse_month",
    "prorated",
    "with_seats",
]
