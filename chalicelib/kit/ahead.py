"""What a request has read beforehand: `store.find` and `store.latest` look here first. Filled by `kit.reads`."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

__all__ = ["Latest", "Row", "Wanted", "known", "recall"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row by its key."""

    item: Any
    hash_key: Any
    range_key: Any = None


@dataclass(frozen=True, slots=True)
class Latest:
    """The last row of a partition, in the order of its range key."""

    item: Any
    hash_key: Any


Wanted = Row | Latest
NOT_READ = object()
known: ContextVar[Mapping[Wanted, Any]] = ContextVar("known", default={})  # noqa: B039 - only ever replaced


def recall(wanted: Wanted) -> Any:
    """The row, None when there is none, NOT_READ when nobody asked for it beforehand."""
    read = known.get()
    return read.get(wanted, NOT_READ) if read else NOT_READ
