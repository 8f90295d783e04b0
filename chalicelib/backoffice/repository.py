"""The audit log: rows are only ever added."""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.backoffice.domain import AuditEntry
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
    created_at = UTCDateTimeAttribute()


def add_entry(tx: store.Transaction, entry: AuditEntry) -> None:
    """Part `audit` of the transaction that does what the entry tells of."""
    key = f"{entry.created_at:%Y-%m-%dT%H:%M:%S.%fZ}#{entry.entry_id}"
    tx.add("audit", store.to_item(AuditItem, entry, entry_key=key))


def list_entries(ctx: Context, tenant_id: str, query: PageQuery) -> Page[AuditEntry]:
    """Newest first, one Query."""

    def run(**page: Any) -> Any:
        return AuditItem.query(tenant_id, scan_index_forward=False, **page)

    return fetch_page(ctx, f"audit:{tenant_id}", query, run).map(lambda item: store.to_entity(AuditEntry, item))
