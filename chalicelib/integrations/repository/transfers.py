"""Rows of offers: one at each of the two companies, so that each finds its own, and the hand-over itself."""

from __future__ import annotations

from collections.abc import Callable

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.integrations.domain import Integration, NameTakenError, Transfer, TransferEndedError, warnings_of
from chalicelib.integrations.repository.client_secrets import add_warnings
from chalicelib.integrations.repository.integrations import key_item, reservations, to_item
from chalicelib.integrations.repository.items import IntegrationItem, IntegrationKeyItem
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.outbox import Event, publish
from chalicelib.kit.pagination import Page, PageQuery, fetch_page

__all__ = [
    "TransferItem",
    "add_transfer",
    "fetch_incoming",
    "find_incoming",
    "find_outgoing",
    "hand_over",
    "remove_transfer",
]


class TransferItem(store.Item):
    """`place` is `in#` or `out#` and the integration's id. The TTL only sweeps: `ends_at` is what counts."""

    Meta = store.table("integration-transfers")

    tenant_id = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)
    integration_id = UnicodeAttribute()
    name = UnicodeAttribute()
    from_tenant_id = UnicodeAttribute()
    from_company = UnicodeAttribute()
    to_tenant_id = UnicodeAttribute()
    to_number = NumberAttribute()
    to_company = UnicodeAttribute()
    offered_by = UnicodeAttribute()
    offered_at = UTCDateTimeAttribute()
    ends_at = UTCDateTimeAttribute()
    expires_at = TTLAttribute()


def add_transfer(tx: store.Transaction, offer: Transfer) -> None:
    """Part `offer`, refused while another one is open."""
    mine, theirs = (_row(offer, *key) for key in _keys(offer))
    tx.put("offer", mine, store.absent(TransferItem) | (TransferItem.ends_at <= offer.offered_at))
    tx.put("offer to them", theirs)


def remove_transfer(tx: store.Transaction, offer: Transfer) -> None:
    """Part `offer`, refused when it is gone."""
    mine, theirs = _keys(offer)
    tx.delete("offer", TransferItem, mine, TransferItem.offered_at == offer.offered_at)
    tx.delete("offer to them", TransferItem, theirs)


def find_outgoing(tenant_id: str, integration_id: str) -> Transfer | None:
    return _find(tenant_id, f"out#{integration_id}")


def find_incoming(tenant_id: str, integration_id: str) -> Transfer | None:
    return _find(tenant_id, f"in#{integration_id}")


def fetch_incoming(ctx: Context, tenant_id: str, query: PageQuery) -> Page[Transfer]:
    """One Query."""
    page = fetch_page(
        ctx,
        "transfers",
        query,
        lambda **kw: TransferItem.query(tenant_id, TransferItem.place.startswith("in#"), consistent_read=True, **kw),
    )
    return page.map(_to_entity)


def hand_over(
    before: Integration,
    after: Integration,
    offer: Transfer,
    events: list[Event],
    operation_id: str,
    also: Callable[[store.Transaction], None],
) -> None:
    """The row and all it reserved move to the other company, or nothing does.

    Raises NameTakenError when that company has one of that name, TransferEndedError when offer or integration changed.
    """
    tx = store.Transaction()
    old_key = (before.tenant_id, before.integration_id)
    tx.delete("integration", IntegrationItem, old_key, IntegrationItem.version == before.version)
    tx.add("integration there", to_item(after, operation_id))
    old, new = reservations(before), reservations(after)
    for part in [part for part in old if new.get(part) != old[part]]:
        tx.delete(f"old {part}", IntegrationKeyItem, (old[part],))
    for part, reservation in new.items():
        row = key_item(reservation, after)
        if part == "name":
            tx.add(part, row)
        else:
            tx.put(part, row)
    remove_transfer(tx, offer)
    add_warnings(tx, after, warnings_of(before, after))
    also(tx)
    for event in events:
        publish(tx, event)
    try:
        tx.commit()
    except store.RefusedError as refused:
        if set(refused.parts) == {"name"}:
            raise NameTakenError(f"Your company has an integration named {after.name!r}: rename one.") from refused
        raise TransferEndedError("It was changed or withdrawn in the meantime. Look at it again.") from refused


def _find(tenant_id: str, place: str) -> Transfer | None:
    item = store.find(TransferItem, tenant_id, place) if len(place) < 60 else None  # noqa: PLR2004 - longer is no id
    return _to_entity(item) if item else None


def _keys(offer: Transfer) -> tuple[tuple[str, str], tuple[str, str]]:
    return (offer.from_tenant_id, f"out#{offer.integration_id}"), (offer.to_tenant_id, f"in#{offer.integration_id}")


def _row(offer: Transfer, tenant_id: str, place: str) -> TransferItem:
    return store.to_item(
        TransferItem, offer, tenant_id=tenant_id, place=place, ends_at=offer.expires_at, expires_at=offer.expires_at
    )


def _to_entity(item: TransferItem) -> Transfer:
    return store.to_entity(Transfer, item, expires_at=item.ends_at, to_number=int(item.to_number))
