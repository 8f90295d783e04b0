"""Rows of warnings to come, by the day they are due, and the moment a secret was last used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.integrations.domain import Integration, SecretWarning
from chalicelib.integrations.repository.items import IntegrationItem, uses_of
from chalicelib.kit import store

__all__ = ["SecretWarningItem", "add_warnings", "fetch_due_warnings", "note_use", "remove_warning"]

_KEPT_FOR = timedelta(days=14)  # a schedule that stood still for longer has nothing useful left to say


class SecretWarningItem(store.Item):
    """One mail to come. Whether it is still true is asked of the integration on the day."""

    Meta = store.table("secret-warnings")

    due_day = UnicodeAttribute(hash_key=True)
    warning_key = UnicodeAttribute(range_key=True)  # due moment, secret, days: in the order they are due
    tenant_id = UnicodeAttribute()
    integration_id = UnicodeAttribute()
    secret_id = UnicodeAttribute()
    days = NumberAttribute()
    secret_expires_at = UTCDateTimeAttribute()
    expires_at = TTLAttribute()


def add_warnings(tx: store.Transaction, integration: Integration, warnings: Iterator[SecretWarning]) -> None:
    for one in warnings:
        row = SecretWarningItem(
            f"{one.due_at:%Y-%m-%d}", f"{one.due_at:%H:%M:%S.%f}#{one.secret_id}#{one.days}",
            tenant_id=integration.tenant_id, integration_id=integration.integration_id, secret_id=one.secret_id,
            days=one.days, secret_expires_at=one.expires_at, expires_at=one.due_at + _KEPT_FOR,
        )  # fmt: skip
        tx.put(f"warning {one.secret_id} {one.days}", row)


def fetch_due_warnings(day: str, until: datetime | None) -> list[SecretWarningItem]:
    """Those of one day, of today only up to the moment: one Query."""
    bound = SecretWarningItem.warning_key < f"{until:%H:%M:%S.%f}" if until else None
    with store.faults():
        return list(SecretWarningItem.query(day, bound, consistent_read=True))


def remove_warning(tx: store.Transaction, row: SecretWarningItem) -> None:
    """Part `warning`, refused when somebody else has dealt with it."""
    key = (row.due_day, row.warning_key)
    tx.delete("warning", SecretWarningItem, key, SecretWarningItem.due_day.exists())


def note_use(integration: Integration, secret_id: str, now: datetime) -> None:
    """One conditional update of one attribute; version and every other field stay. Raises RefusedError if it lost."""
    key = (integration.tenant_id, integration.integration_id)
    uses = IntegrationItem.secret_uses
    known = uses_of(integration)
    store.update(IntegrationItem, key, [uses.set(known | {secret_id: now})], uses == known)
