"""Seats in DynamoDB: one row a company and integration, so that one condition keeps holders within what was bought."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.expressions.condition import size

from chalicelib.kit import store
from chalicelib.kit.ahead import Row, Wanted
from chalicelib.licences.domain import Seats

__all__ = [
    "SeatsItem",
    "find_holders",
    "find_seats",
    "free_seat",
    "list_seats",
    "put_seats",
    "remove_seats",
    "take_seat",
]

_ID = re.compile(r"int_[a-z0-9]{1,40}")  # a longer key is an error to DynamoDB, not a row that is not there


class SeatsItem(store.Item):
    Meta = store.table("seats")

    tenant_id = UnicodeAttribute(hash_key=True)
    integration_id = UnicodeAttribute(range_key=True)
    subscription_id = UnicodeAttribute()
    bought = NumberAttribute()
    holders = UnicodeSetAttribute(null=True)


def find_seats(tenant_id: str, integration_id: str) -> Seats | None:
    item = store.find(SeatsItem, tenant_id, integration_id) if _ID.fullmatch(integration_id) else None
    return _to_seats(item) if item else None


def seats_read(tenant_id: str, integration_id: str) -> Wanted | None:
    """What `find_seats` will ask for."""
    return Row(SeatsItem, tenant_id, integration_id) if _ID.fullmatch(integration_id) else None


def list_seats(tenant_id: str) -> list[Seats]:
    """Those of all integrations a company buys: one Query."""
    with store.faults():
        return [_to_seats(item) for item in SeatsItem.query(tenant_id, consistent_read=True)]


def find_holders(integration_id: str, tenant_ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """Who sits on the licences of these companies, by company: one call for each hundred."""
    rows = store.get_many(SeatsItem, [(tenant_id, integration_id) for tenant_id in tenant_ids])
    return {row.tenant_id: frozenset(row.holders or ()) for row in rows}


def put_seats(tx: store.Transaction, seats: Seats, standing: Seats | None) -> None:
    """Part "seats": refused when somebody was seated, or more were bought, since `standing` was read."""
    item = store.to_item(SeatsItem, seats, holders=set(seats.holders) or None)
    if standing is None:
        unchanged = SeatsItem.tenant_id.does_not_exist()
    else:
        same = SeatsItem.holders == set(standing.holders) if standing.holders else SeatsItem.holders.does_not_exist()
        unchanged = same & (SeatsItem.bought == standing.bought)
        unchanged &= SeatsItem.subscription_id == standing.subscription_id
    tx.put("seats", item, unchanged)


def remove_seats(tenant_id: str) -> None:
    """A test company's. Repeatable."""
    with store.faults():
        keys = [(row.tenant_id, row.integration_id) for row in SeatsItem.query(tenant_id, consistent_read=True)]
    for key in keys:
        store.remove(SeatsItem, key)


def take_seat(tx: store.Transaction, seats: Seats, account_id: str) -> None:
    """Part "seats": refused when none is free, or the person has one. The condition decides, whatever was read."""
    count = size(SeatsItem.holders)  # type: ignore[no-untyped-call]  # PynamoDB
    has_room = SeatsItem.holders.does_not_exist() | (count < SeatsItem.bought)
    is_new = SeatsItem.holders.does_not_exist() | ~SeatsItem.holders.contains(account_id)
    same = SeatsItem.subscription_id == seats.subscription_id
    tx.update(
        "seats", SeatsItem, (seats.tenant_id, seats.integration_id), [SeatsItem.holders.add({account_id})],
        same & has_room & is_new,
    )  # fmt: skip


def free_seat(tx: store.Transaction, seats: Seats, account_id: str) -> None:
    """Part "seats": refused when the person has none."""
    tx.update(
        "seats", SeatsItem, (seats.tenant_id, seats.integration_id), [SeatsItem.holders.delete({account_id})],
        SeatsItem.holders.contains(account_id),
    )  # fmt: skip


def _to_seats(item: SeatsItem) -> Seats:
    return store.to_entity(Seats, item, bought=int(item.bought), holders=frozenset(item.holders or ()))
