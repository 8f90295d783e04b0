"""Rows of several tables in one call: each room says which of its rows is wanted and what it makes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from chalicelib.kit import store
from chalicelib.kit.errors import UnavailableError

__all__ = ["Wanted", "find_together"]

T = TypeVar("T")

_BATCH_ROWS = 100  # what BatchGetItem takes
_TRIES = 6


@dataclass(frozen=True, slots=True)
class Wanted(Generic[T]):
    """One row that is read together with others, of whatever table, and what its room makes of it."""

    item: type[store.Item]
    key: tuple[Any, Any] | tuple[Any]
    make: Callable[[Any], T]


def find_together(wanted: Sequence[Wanted[Any]]) -> list[Any]:
    """What each of the rows is, or None where there is none, in this order: a strongly consistent call per hundred."""
    if len(wanted) > _BATCH_ROWS:
        return find_together(wanted[:_BATCH_ROWS]) + find_together(wanted[_BATCH_ROWS:])
    if not wanted:
        return []
    asked: dict[str, list[dict[str, Any]]] = {}
    keys: list[dict[str, Any]] = []
    for one in wanted:
        keys.append(store.key_of(one.item, *one.key))
        asked.setdefault(one.item.Meta.table_name, []).append(keys[-1])
    rows = _batch({table: {"Keys": entries, "ConsistentRead": True} for table, entries in asked.items()})
    found = []
    for one, key in zip(wanted, keys, strict=True):
        row = next((row for row in rows.get(one.item.Meta.table_name, ()) if key.items() <= row.items()), None)
        found.append(one.make(one.item.from_raw_data(row)) if row is not None else None)
    return found


def _batch(asked: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    with store.faults():
        for _ in range(_TRIES):
            answer = store.shared_connection().dispatch("BatchGetItem", {"RequestItems": asked})
            for table_name, found in answer["Responses"].items():
                rows.setdefault(table_name, []).extend(found)
            asked = answer.get("UnprocessedKeys") or {}
            if not asked:
                return rows
    raise UnavailableError(log={"cause": "unprocessed keys"})
