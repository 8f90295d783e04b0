"""Tables of sales: prices, subscriptions with what they owe, orders, books, ledger, invoices, statements."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from pynamodb.attributes import (
    Attribute,
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.integrations.domain import LicenceModel
from chalicelib.kit import store
from chalicelib.sales.domain import BookState, Charge, ChargeKind, OrderKind

__all__ = [
    "BookItem",
    "InvoiceItem",
    "LedgerItem",
    "OrderItem",
    "PriceVersionItem",
    "StatementItem",
    "SubscriptionItem",
]

_DAYS = ("dated", "start", "end")
_CHARGE = tuple(field.name for field in fields(Charge))


class DayAttribute(Attribute[date]):
    """A local date as ISO 8601."""

    attr_type = "S"

    def serialize(self, value: date) -> str:
        return value.isoformat()

    def deserialize(self, value: str) -> date:
        return date.fromisoformat(value)


class ChargesAttribute(Attribute[tuple[Charge, ...]]):
    """Charges as JSON inside the subscription that owes them."""

    attr_type = "S"

    def serialize(self, value: Iterable[Charge]) -> str:
        flat = [{name: getattr(charge, name) for name in _CHARGE} for charge in value]
        return json.dumps(flat, default=_plain, separators=(",", ":"))

    def deserialize(self, value: str) -> tuple[Charge, ...]:
        return tuple(_to_charge(entry) for entry in json.loads(value))


class PriceVersionItem(store.Item):
    Meta = store.table("price-versions")

    integration_id = UnicodeAttribute(hash_key=True)
    version = NumberAttribute(range_key=True)
    unit_minor = NumberAttribute()
    currency = UnicodeAttribute()
    licence_model = store.EnumAttribute(LicenceModel)
    trial_days = NumberAttribute()
    created_at = UTCDateTimeAttribute()


class _ByOwner(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # PynamoDB: untyped __init_subclass__
    """A developer's subscriptions, by integration and customer."""

    Meta = store.index("by_owner", AllProjection())

    owner_tenant_id = UnicodeAttribute(hash_key=True)
    owner_place = UnicodeAttribute(range_key=True)


class _ByBill(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # PynamoDB: untyped __init_subclass__
    """What the close of a month must look at. It only lists candidates: the row itself decides what it owes."""

    Meta = store.index("by_bill", KeysOnlyProjection())

    bill_lane = UnicodeAttribute(hash_key=True)
    bill_place = UnicodeAttribute(range_key=True)


class SubscriptionItem(store.Item):
    Meta = store.table("subscriptions")

    tenant_id = UnicodeAttribute(hash_key=True)
    integration_id = UnicodeAttribute(range_key=True)
    subscription_id = UnicodeAttribute()
    tenant_number = NumberAttribute()
    company_name = UnicodeAttribute()
    integration_number = NumberAttribute()
    integration_name = UnicodeAttribute()
    client_id = UnicodeAttribute()
    owner_tenant_id = UnicodeAttribute()
    owner_place = UnicodeAttribute()
    account_id = UnicodeAttribute()
    agreement_version = NumberAttribute(null=True)
    price_version = NumberAttribute()
    unit_minor = NumberAttribute()
    currency = UnicodeAttribute()
    licence_model = store.EnumAttribute(LicenceModel)
    next_price_version = NumberAttribute(null=True)
    next_unit_minor = NumberAttribute(null=True)
    next_price_from = DayAttribute(null=True)
    is_test = BooleanAttribute()
    started_at = UTCDateTimeAttribute()
    paid_from = DayAttribute()
    period_start = DayAttribute(null=True)
    seats = NumberAttribute()
    next_seats = NumberAttribute()
    cancelled_at = UTCDateTimeAttribute(null=True)
    ends_on = DayAttribute(null=True)
    pending = ChargesAttribute()
    version = NumberAttribute()
    operation_id = UnicodeAttribute()
    bill_lane = UnicodeAttribute(null=True)
    bill_place = UnicodeAttribute(null=True)

    by_owner = _ByOwner()
    by_bill = _ByBill()


class OrderItem(store.Item):
    """Append-only."""

    Meta = store.table("sales-orders")

    integration_id = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)  # moment, then id
    order_id = UnicodeAttribute()
    kind = store.EnumAttribute(OrderKind)
    owner_tenant_id = UnicodeAttribute()
    tenant_id = UnicodeAttribute()
    tenant_number = NumberAttribute()
    subscription_id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    licences = NumberAttribute()
    occurred_at = UTCDateTimeAttribute()


class BookItem(store.Item):
    """One row a month. Every step of its close is conditional on `head_hash`."""

    Meta = store.table("sales-months")

    book = UnicodeAttribute(hash_key=True)
    month = UnicodeAttribute(range_key=True)
    state = store.EnumAttribute(BookState)
    opening_hash = UnicodeAttribute()
    head_hash = UnicodeAttribute()
    first_number = NumberAttribute()
    next_number = NumberAttribute()
    next_seq = NumberAttribute()
    expected = NumberAttribute()
    billed = NumberAttribute()
    totals = store.JsonAttribute()
    started_at = UTCDateTimeAttribute()
    closed_at = UTCDateTimeAttribute(null=True)
    lease_by = UnicodeAttribute(null=True)
    lease_until = NumberAttribute(default=0)


class _ByOwnerLine(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # PynamoDB: untyped __init_subclass__
    """A developer's lines by month and integration."""

    Meta = store.index("by_owner", AllProjection())

    owner_tenant_id = UnicodeAttribute(hash_key=True)
    owner_place = UnicodeAttribute(range_key=True)


class LedgerItem(store.Item):
    """Append-only. `body` is the line as it was hashed; nothing is read from anywhere else."""

    Meta = store.table("sales-ledger")

    page = UnicodeAttribute(hash_key=True)  # month and thousand
    seq = NumberAttribute(range_key=True)
    body = UnicodeAttribute()
    hash = UnicodeAttribute()
    owner_tenant_id = UnicodeAttribute(null=True)
    owner_place = UnicodeAttribute(null=True)

    by_owner = _ByOwnerLine()


class _ByMonth(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # PynamoDB: untyped __init_subclass__
    """All invoices of a month, for the operator."""

    Meta = store.index("by_month", AllProjection())

    month = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(range_key=True)


class InvoiceItem(store.Item):
    Meta = store.table("invoices")

    tenant_id = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(range_key=True)
    month = UnicodeAttribute()
    currency = UnicodeAttribute()
    net_minor = NumberAttribute()
    vat_percent = NumberAttribute()
    vat_minor = NumberAttribute()
    total_minor = NumberAttribute()
    first_seq = NumberAttribute()
    last_seq = NumberAttribute()
    issued_on = DayAttribute()
    due_on = DayAttribute()
    customer = store.JsonAttribute()
    account_id = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    delivered_at = UTCDateTimeAttribute(null=True)

    by_month = _ByMonth()


class _ByMonthStatement(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # PynamoDB: untyped __init_subclass__
    """Every developer's statements of a month, for the operator."""

    Meta = store.index("by_month", AllProjection())

    month = UnicodeAttribute(hash_key=True)
    owner_tenant_id = UnicodeAttribute(range_key=True)


class StatementItem(store.Item):
    """Folded from the ledger, overwritten whole."""

    Meta = store.table("sales-statements")

    owner_tenant_id = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)  # month, integration, currency
    month = UnicodeAttribute()
    integration_id = UnicodeAttribute()
    integration_name = UnicodeAttribute()
    integration_number = NumberAttribute()
    currency = UnicodeAttribute()
    lines = NumberAttribute()
    licences = NumberAttribute()
    net_minor = NumberAttribute()
    credit_minor = NumberAttribute()
    share_minor = NumberAttribute()

    by_month = _ByMonthStatement()


def _plain(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _to_charge(entry: dict[str, Any]) -> Charge:
    days = {name: date.fromisoformat(entry[name]) for name in _DAYS}
    return Charge(**(entry | days | {"kind": ChargeKind(entry["kind"])}))
