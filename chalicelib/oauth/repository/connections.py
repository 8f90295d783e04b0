"""Families listed by client through an index that a refresh touches once a day, and the marks of the daily warning."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from pynamodb.attributes import TTLAttribute, UnicodeAttribute

from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.pagination import Page, PageQuery, fetch_page
from chalicelib.oauth.connections.domain import Connection
from chalicelib.oauth.repository.families import FamilyItem

_TOLD_KEPT_FOR = timedelta(days=60)


class WarningItem(store.Item):
    """That the developer was told of the connections of one client that rest since one day."""

    Meta = store.table("connection-warnings")

    client_day = UnicodeAttribute(hash_key=True)
    expires_at = TTLAttribute()


def list_by_client(
    ctx: Context, client_id: str, query: PageQuery, days: tuple[date, date] | None = None
) -> Page[Connection]:
    """Most recently used first."""
    page = fetch_page(
        ctx, f"connections of {client_id} {bool(days)}", query,
        lambda **kwargs: FamilyItem.by_client.query(client_id, _between(days), scan_index_forward=False, **kwargs),
    )  # fmt: skip
    return page.map(_to_connection)


def iterate_resting(client_id: str, days: tuple[date, date]) -> Iterator[Connection]:
    with store.faults():
        for item in FamilyItem.by_client.query(client_id, _between(days)):
            yield _to_connection(item)


def is_told(client_id: str, day: date) -> bool:
    return store.find(WarningItem, _client_day(client_id, day)) is not None


def tell(tx: store.Transaction, client_id: str, day: date, now: datetime) -> None:
    """Part "told": refused when it was told before."""
    tx.add("told", WarningItem(_client_day(client_id, day), expires_at=now + _TOLD_KEPT_FOR))


def _client_day(client_id: str, day: date) -> str:
    return f"{client_id}#{day.isoformat()}"


def _between(days: tuple[date, date] | None) -> Any:
    return FamilyItem.rested_on.between(days[0].isoformat(), days[1].isoformat()) if days else None


def _to_connection(item: FamilyItem) -> Connection:
    return store.to_entity(
        Connection, item, scopes=frozenset(item.scopes), tenant_number=int(item.tenant_number),
        rested_on=date.fromisoformat(item.rested_on),
    )  # fmt: skip
