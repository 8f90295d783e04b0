"""The audit log: rows are only ever added."""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.backoffice.domain import AuditEntry, AuditFilter
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.pagination import Page, PageQuery, fetch_page


class AuditItem(store.Item):
    """Keyed by the company it concerns, so that the company can be shown its own; the range key sorts by time."""

    Meta = store.table("audit")

    tenant_id = UnicodeAttribute(hash_key=True)
    entry_key = UnicodeAttribute(range_key=True)
    entry_id = UnicodeAttribute()
    action = UnicodeAttribute()
    subject = UnicodeAttribute()
    reason = UnicodeAttribute()
    account_id = UnicodeAttribute()
    email = UnicodeAttribute()
    request_id = UnicodeAttribute()
    details = store.JsonAttribute(null=True)
    created_at = UTCDateTimeAttribute()


def add_entry(tx: store.Transaction, entry: AuditEntry) -> None:
    """Part `audit` of the transaction that does what the entry tells of."""
    tx.add("audit", _to_item(entry))


def record_entry(entry: AuditEntry) -> None:
    """One row, once: a repeat meets its own."""
    store.add(_to_item(entry), ours=lambda _: True)


def _to_item(entry: AuditEntry) -> AuditItem:
    key = f"{entry.created_at:%Y-%m-%dT%H:%M:%S.%fZ}#{entry.entry_id}"
    return store.to_item(AuditItem, entry, entry_key=key, details=dict(entry.details))


def list_entries(ctx: Context, tenant_id: str, query: PageQuery, wanted: AuditFilter | None = None) -> Page[AuditEntry]:
    """Newest first, one Query."""
    keys, about = _conditions(wanted)

    def run(**page: Any) -> Any:
        return AuditItem.query(tenant_id, keys, about, scan_index_forward=False, **page)

    name = f"audit:{tenant_id}:{wanted}"
    return fetch_page(ctx, name, query, run).map(_to_entry)


def list_many(tenant_id: str, wanted: AuditFilter, limit: int) -> list[AuditEntry]:
    """Newest first, as many Queries as it takes."""
    keys, about = _conditions(wanted)
    with store.faults():
        found = AuditItem.query(tenant_id, keys, about, scan_index_forward=False, limit=limit)
        return [_to_entry(item) for item in found]


def _conditions(query: AuditFilter | None) -> tuple[Any, Any]:
    """What the keys narrow down, and what a filter leaves out."""
    if query is None:
        return None, None
    about = AuditItem.action.startswith(f"{query.about}.") if query.about else None
    since = f"{query.since:%Y-%m-%d}" if query.since else "0"
    until = f"{query.until:%Y-%m-%d}~" if query.until else "9999"
    return AuditItem.entry_key.between(since, max(since, until)), _also(about, query.integration_id)


def _also(about: Any, integration_id: str | None) -> Any:
    """Entries of one integration: it is their subject, or their details name it."""
    if integration_id is None:
        return about
    named = (AuditItem.subject == integration_id) | AuditItem.details.contains(integration_id)
    return named if about is None else about & named


def _to_entry(item: AuditItem) -> AuditEntry:
    return store.to_entity(AuditEntry, item, details=item.details or {})
