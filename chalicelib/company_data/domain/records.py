"""How records of one resource of one company are numbered, marked and picked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.company_data.domain.searches import Where

Values = Mapping[str, Any]
"""A record in the dialect's spelling: texts, numbers, flags, ISO dates, and rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One per company and resource: `total` records exist, numbered 1..total without a gap, for none is ever removed.

    The first `template` records need no row until somebody changes them. `epoch` names the partition of the stored
    ones: a reset only names another. `last` is the last number given out, by series.
    """

    template: str = ""
    epoch: str = "0"
    previous: str = ""
    total: int = 0
    last: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mark:
    """What lists are picked by, without reading the record."""

    state: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class Stored:
    """A record with its place; version 0 is one that only the template knows."""

    ordinal: int
    key: str
    mark: Mark
    version: int
    values: Values


@dataclass(frozen=True, slots=True)
class Selection:
    page: int = 1
    limit: int = 100
    states: frozenset[str] | None = None
    since: datetime | None = None
    order_by: str = ""
    is_descending: bool = False
    where: tuple[Where, ...] = ()
    offset: int | None = None  # how many to leave out before the page, instead of whole pages

    @property
    def is_all(self) -> bool:
        return self.states is None and self.since is None

    def takes(self, mark: Mark) -> bool:
        return (self.states is None or mark.state in self.states) and (
            self.since is None or mark.modified >= self.since
        )

    def window(self, total: int) -> Sequence[int]:
        """Which of 0..total-1 are on the page, in the order they are shown.

        >>> list(Selection(page=2, limit=3).window(5)), list(Selection(limit=2, is_descending=True).window(5))
        ([3, 4], [4, 3])
        """
        order = range(total - 1, -1, -1) if self.is_descending else range(total)
        first = (self.page - 1) * self.limit if self.offset is None else self.offset
        return order[first : first + self.limit]

    @property
    def shown_page(self) -> int:
        return self.page if self.offset is None else self.offset // self.limit + 1


@dataclass(frozen=True, slots=True)
class RecordPage:
    records: Sequence[Values]
    total: int
    selection: Selection

    @property
    def pages(self) -> int:
        return -(-self.total // self.selection.limit)


_LAST_LETTERS = str.maketrans("åäö", "{|}")  # what comes after z, in this order


def place_of(value: Any) -> tuple[int, float, str]:
    """Where a value stands in a sorted list: numbers first, then words as Swedes sort them.

    >>> sorted(["ö", "10", "Z", "9", "å"], key=place_of)
    ['9', '10', 'Z', 'å', 'ö']
    """
    is_number = not isinstance(value, str) or (value.isascii() and value.isdecimal())
    return (0, float(value), "") if is_number else (1, 0, value.casefold().translate(_LAST_LETTERS))
