"""Reading in fewer steps: rows of several tables in one BatchGetItem, and what a batch cannot do side by side.

A page that needs company, integration, subscription and latest price waits for one answer, not for four.
The rooms go on asking for their own rows: inside the block `store.find` and `store.latest` find them read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import Any

from chalicelib.kit import store, together
from chalicelib.kit.ahead import Latest, Row, Wanted, known
from chalicelib.kit.together import find_together

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
    """By what was asked for; None where there is no row."""
    each = list(dict.fromkeys(rows))
    read = find_together([together.Wanted(row.item, (row.hash_key, row.range_key), _itself) for row in each])
    return dict(zip(each, read, strict=True))


def _itself(item: Any) -> Any:
    return item
