"""Orders: the append-only record of what customers bought, changed and ended; the data beneath every invoice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["Order", "OrderKind"]


class OrderKind(StrEnum):
    PURCHASE = "purchase"
    SEATS_ADDED = "seats_added"
    SEATS_REMOVED = "seats_removed"
    TERMINATION = "termination"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`licences` is how many were bought, added, removed or ended; never negative, and 0 for a credit."""

    order_id: str
    kind: OrderKind
    integration_id: str
    owner_tenant_id: str
    tenant_id: str
    tenant_number: int
    subscription_id: str
    account_id: str
    licences: int
    occurred_at: datetime
