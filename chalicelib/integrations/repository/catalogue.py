"""The operator's changes to scopes and categories: one row, read by every process at most once a minute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.integrations.domain import Catalogue, Remembered, changes_of, merged
from chalicelib.kit import store

__all__ = ["CatalogueItem", "read_catalogue", "save_catalogue"]

_NAME = "platform"
_NONE: dict[str, Any] = {"scopes": {"order": [], "entries": {}}, "categories": {"order": [], "entries": {}}}


class CatalogueItem(store.Item):
    """Only what differs from the data files, and the orders: well under the 400 kB of a row with 200 entries each."""

    Meta = store.table("catalogue")

    name = UnicodeAttribute(hash_key=True)
    version = NumberAttribute()
    changes = store.JsonAttribute()


def read_catalogue() -> Catalogue:
    """One call, strongly consistent."""
    row = store.find(CatalogueItem, _NAME)
    return merged(row.changes, int(row.version)) if row else merged(_NONE, 0)


def save_catalogue(after: Catalogue, also: Callable[[store.Transaction], None]) -> None:
    """Replace the version before. Raises store.RefusedError (part `catalogue`) when somebody was faster."""
    before = after.version - 1
    condition = CatalogueItem.version == before if before else store.absent(CatalogueItem)
    with store.transaction() as tx:
        tx.put("catalogue", CatalogueItem(_NAME, version=after.version, changes=changes_of(after)), condition)
        also(tx)


Remembered.read = staticmethod(read_catalogue)
