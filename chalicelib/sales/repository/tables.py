"""Tables of sales: price versions, subscriptions with what they still owe, orders."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
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
from chalicelib.sales.domain import Charge, ChargeKind, OrderKind

__all__ = ["OrderItem", "PriceVersionItem", "SubscriptionItem"]

_DAYS = ("dated", "start", "end")


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
        return json.dumps([asdict(charge) for charge in value], default=_plain, separators=(",", ":"))

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


def _plain(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _to_charge(entry: dict[str, Any]) -> Charge:
    days = {name: date.fromisoformat(entry[name]) for name in _DAYS}
    return Charge(**(entry | days | {"kind": ChargeKind(entry["kind"])}))
