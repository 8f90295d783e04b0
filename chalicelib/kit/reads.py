"""Reading in fewer steps: rows of several tables in one BatchGetItem, and what a batch cannot do side by side.

A page that needs company, integration, subscription and latest price waits for one answer, not for four.
The rooms go on asking for their own rows: inside the block `store.find` and `store.latest` find them read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import Any

from chalicelib.kit import store
from chalicelib.kit.ahead import Latest, Row, Wanted, known

__all__ = ["Latest", "Row", "Wanted", "at_once", "read_ahead"]


@contextmanager
def read_ahead(*wanted: Wanted | None) -> Iterator[None]:
    """Read these now, consistently and in one step; inside the block they cost nothing more.

    Nothing is read that is None (an id that cannot be one). For reading only: what is written is decided by conditions,
    as always. Raises UnavailableError.
    """
    rows = [one for one in wanted if isinstance(one, Row)]
    latest = [one for one in wanted if isinstance(one, Latest)]
    found: dict[Wanted, Any] = {}
    batch, *queries = at_once(partial(_read_rows, rows), *(partial(_read_latest, one) for one in latest))
    found.update(batch)
    found.update(zip(latest, queries, strict=True))
    token = known.set({**known.get(), **found})
    try:
        yield
    finally:
        known.reset(token)


def at_once(first: Callable[[], Any], *others: Callable[[], Any]) -> list[Any]:
    """The results of several reads that do not need each other, in the time of the slowest."""
    if not others:
        return [first()]
    with ThreadPoolExecutor(len(others)) as threads:
        waiting = [threads.submit(copy_context().run, other) for other in others]
        return [first(), *(one.result() for one in waiting)]


def _read_latest(wanted: Latest) -> Any:
    return store.latest(wanted.item, wanted.hash_key)


def _read_rows(rows: list[Row]) -> dict[Wanted, Any]:
    """By what was asked for; a row that DynamoDB left out of a full answer is asked for again when it is needed."""
    if not rows:
        return {}
    asked: dict[tuple[str, str], Row] = {}
    tables: dict[str, Any] = {}
    for row in rows:
        name, key = row.item.Meta.table_name, _key_of(row)
        if asked.setdefault((name, _spelt(key)), row) is row:
            tables.setdefault(name, {"Keys": [], "ConsistentRead": True})["Keys"].append(key)
    answer = store.batch_get(tables)
    left_out = {
        (name, _spelt(key)) for name, rest in (answer.get("UnprocessedKeys") or {}).items() for key in rest["Keys"]
    }
    found: dict[Wanted, Any] = {row: None for place, row in asked.items() if place not in left_out}
    for (name, spelt), row in asked.items():
        names = json.loads(spelt)
        for raw in answer["Responses"].get(name, ()):
            if all(raw.get(attribute) == value for attribute, value in names.items()):
                found[row] = row.item.from_raw_data(raw)
    return found


def _key_of(row: Row) -> dict[str, Any]:
    key: dict[str, Any] = store.key_of(row.item, row.hash_key, row.range_key)
    return key


def _spelt(key: dict[str, Any]) -> str:
    return json.dumps(key, sort_keys=True)
