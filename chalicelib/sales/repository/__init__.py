"""Storage of sales."""

from __future__ import annotations

from chalicelib.sales.repository.subscriptions import (
    add_order,
    find,
    find_latest_price,
    list_by_owner,
    list_by_tenant,
    put,
    put_price,
)
from chalicelib.sales.repository.tables import OrderItem, PriceVersionItem, SubscriptionItem

__all__ = [
    "TABLES",
    "add_order",
    "find",
    "find_latest_price",
    "list_by_owner",
    "list_by_tenant",
    "put",
    "put_price",
]

TABLES = (OrderItem, PriceVersionItem, SubscriptionItem)
