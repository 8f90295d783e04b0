"""Prices, subscriptions and orders in DynamoDB. One conditional write of the subscription's row decides each change."""

from __future__ import annotations

import re
import zlib

from chalicelib.kit import store
from chalicelib.kit.ahead import Latest, Row, Wanted
from chalicelib.kit.context import Context
from chalicelib.kit.pagination import Page, PageQuery, fetch_page
from chalicelib.sales.domain import Month, Order, PriceVersion, Subscription, month_of
from chalicelib.sales.repository.tables import OrderItem, PriceVersionItem, SubscriptionItem

__all__ = [
    "LANES",
    "add_credit",
    "add_order",
    "find",
    "find_latest_price",
    "forget_subscriptions",
    "list_by_owner",
    "list_by_tenant",
    "list_orders",
    "price_read",
    "put",
    "put_price",
    "subscription_read",
    "to_subscription",
]

LANES = 8  # partitions of the list of what a close looks at: 8 x 1,000 writes a second
_ID = re.compile(r"int_[a-z0-9]{1,40}")  # a longer key is an error to DynamoDB, not a row that is not there
_WHOLE = (
    "tenant_number", "integration_number", "agreement_version", "price_version", "unit_minor", "next_price_version",
    "next_unit_minor", "seats", "next_seats", "version",
)  # fmt: skip


def find_latest_price(integration_id: str) -> PriceVersion | None:
    found = store.latest(PriceVersionItem, integration_id)
    return _to_price(found) if found else None


def subscription_read(tenant_id: str, integration_id: str) -> Wanted | None:
    """What `find` will ask for."""
    return Row(SubscriptionItem, tenant_id, integration_id) if _ID.fullmatch(integration_id) else None


def price_read(integration_id: str) -> Wanted | None:
    """What `find_latest_price` will ask for."""
    return Latest(PriceVersionItem, integration_id) if _ID.fullmatch(integration_id) else None


def put_price(tx: store.Transaction, price: PriceVersion) -> None:
    """Part "price": refused when this number was given to another price meanwhile."""
    item = store.to_item(PriceVersionItem, price)
    same = (
        (PriceVersionItem.unit_minor == price.unit_minor)
        & (PriceVersionItem.currency == price.currency)
        & (PriceVersionItem.licence_model == price.licence_model)
        & (PriceVersionItem.trial_days == price.trial_days)
    )
    tx.put("price", item, PriceVersionItem.integration_id.does_not_exist() | same)


def find(tenant_id: str, integration_id: str) -> Subscription | None:
    if not _ID.fullmatch(integration_id):
        return None
    item = store.find(SubscriptionItem, tenant_id, integration_id)
    return to_subscription(item) if item else None


def put(tx: store.Transaction, subscription: Subscription, standing: Subscription | None) -> None:
    """Part "subscription": refused when the row is no longer the one that was read."""
    unchanged = (
        SubscriptionItem.tenant_id.does_not_exist()
        if standing is None
        else SubscriptionItem.version == standing.version
    )
    tx.put("subscription", to_item(subscription), unchanged)


def add_order(tx: store.Transaction, order: Order) -> None:
    place = f"{order.occurred_at:%Y-%m-%dT%H:%M:%S.%fZ}#{order.order_id}"
    tx.add(f"order:{order.order_id}", store.to_item(OrderItem, order, place=place))


def add_credit(tx: store.Transaction, order: Order) -> None:
    """Part "credit": refused when this very credit was given before, however long ago."""
    tx.add("credit", store.to_item(OrderItem, order, integration_id=f"credits#{order.tenant_id}", place=order.order_id))


def list_by_tenant(ctx: Context, tenant_id: str, query: PageQuery) -> Page[Subscription]:
    page = fetch_page(
        ctx, "subscriptions", query, lambda **kw: SubscriptionItem.query(tenant_id, consistent_read=True, **kw)
    )
    return page.map(to_subscription)


def list_by_owner(
    ctx: Context, owner_tenant_id: str, integration_id: str | None, query: PageQuery
) -> Page[Subscription]:
    """Of one integration, or of all the developer has."""
    condition = SubscriptionItem.owner_place.startswith(f"{integration_id}#") if integration_id else None
    page = fetch_page(
        ctx,
        f"subscriptions to {integration_id or 'all'}",
        query,
        lambda **kw: SubscriptionItem.by_owner.query(owner_tenant_id, condition, **kw),
    )
    return page.map(to_subscription)


def forget_subscriptions(tenant_id: str) -> None:
    """What a test company bought for test: it owes nothing. Repeatable; one that was meant stays for ever."""
    with store.faults():
        found = list(SubscriptionItem.query(tenant_id, consistent_read=True))
    for row in found:
        if row.is_test:
            store.remove(SubscriptionItem, (row.tenant_id, row.integration_id))


def list_orders(ctx: Context, integration_id: str, query: PageQuery) -> Page[Order]:
    """An integration's orders, oldest first: one Query a page."""
    page = fetch_page(ctx, f"orders of {integration_id}", query, lambda **kw: OrderItem.query(integration_id, **kw))
    return page.map(_to_order)


def to_item(subscription: Subscription) -> SubscriptionItem:
    month = _billed_next(subscription)
    tenant_id, integration_id = subscription.tenant_id, subscription.integration_id
    return store.to_item(
        SubscriptionItem,
        subscription,
        owner_place=f"{integration_id}#{tenant_id}",
        bill_lane=lane_of(tenant_id) if month else None,
        bill_place=f"{month}#{tenant_id}#{integration_id}" if month else None,
    )


def to_subscription(item: SubscriptionItem) -> Subscription:
    whole = {name: None if (value := getattr(item, name)) is None else int(value) for name in _WHOLE}
    return store.to_entity(Subscription, item, **whole)


def lane_of(tenant_id: str) -> str:
    return f"lane-{zlib.crc32(tenant_id.encode()) % LANES}"


def _billed_next(subscription: Subscription) -> Month | None:
    """The month whose close must look at it: of its oldest charge, else of its next period; None when all is done."""
    if subscription.is_test:
        return None
    if subscription.pending:
        return month_of(min(charge.dated for charge in subscription.pending))
    start = subscription.next_period_start
    return month_of(start) if subscription.is_live_on(start) else None


def _to_order(item: OrderItem) -> Order:
    return store.to_entity(Order, item, tenant_number=int(item.tenant_number), licences=int(item.licences))


def _to_price(item: PriceVersionItem) -> PriceVersion:
    whole = {name: int(getattr(item, name)) for name in ("version", "unit_minor", "trial_days")}
    return store.to_entity(PriceVersion, item, **whole)
