"""Lists by what is in the records: searched by fields, and in the order of one.

Seeded records are looked at in memory (`domain/columns.py`); those that were added or changed are read, at most
SEARCHED_MAX of them, whatever the company holds. Searching by the number needs neither: two calls.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Sequence
from typing import Any

from chalicelib.company_data import repository
from chalicelib.company_data.domain import (
    TEMPLATES,
    Head,
    How,
    RecordPage,
    RecordRejectedError,
    Resource,
    Selection,
    Stored,
    Values,
    Where,
    columns,
    templates,
)
from chalicelib.company_data.domain.picks import PERIOD
from chalicelib.company_data.domain.records import place_of

SEARCHED_MAX = 2000  # added or changed records that a search reads: a few calls, some two megabytes
SORTED_MAX = columns.WHOLE_MAX  # picked records that are sorted by a field which only whole records tell


def search(tenant_id: str, resource: Resource, selection: Selection) -> RecordPage:
    """One page of what fulfils every condition. Raises RecordRejectedError when too much would have to be looked at."""
    head = repository.find_head(tenant_id, resource.name)
    number = next((one for one in selection.where if resource.key == (one.field,) and one.how is How.IS), None)
    if number is not None:
        record = _one(tenant_id, resource, head, number.wanted)
        is_it = record is not None and selection.takes(record.mark) and _fulfils(selection.where, record.values)
        return _page(selection, [record.values] if record is not None and is_it else [])
    stored = {record.ordinal: record for record in _stored(tenant_id, resource, head)}
    view = _View(resource, head, stored)
    picked = view.pick(selection)
    ordinals = view.sort(picked, selection) if selection.order_by else picked
    values = [view.values(ordinals[place]) for place in selection.window(len(ordinals))]
    return RecordPage(values, len(ordinals), selection)


class _View:
    """The records of a company and resource as they are: seeded ones, with the stored ones in their places."""

    def __init__(self, resource: Resource, head: Head, stored: dict[int, Stored]) -> None:
        self.resource, self.stored = resource, stored
        self.seeds = TEMPLATES[head.template]
        self.known = min(self.seeds.counts[resource.name], head.total)

    def values(self, ordinal: int) -> Values:
        standing = self.stored.get(ordinal)
        return standing.values if standing else templates.seeded(self.seeds, self.resource, ordinal).values

    def value(self, ordinal: int, field: str) -> Any:
        standing = self.stored.get(ordinal)
        if standing is not None:
            return standing.values[field]
        if columns.has_column(self.seeds, self.resource, field):
            return self._column(field)[ordinal - 1]
        return self.values(ordinal)[field]

    def pick(self, selection: Selection) -> list[int]:
        """In the order they were made."""
        marks = [templates.seeded_mark(self.resource, rest) for rest in range(PERIOD)]
        rests = {rest for rest, mark in enumerate(marks) if selection.takes(mark)}
        found: Sequence[int] = [n for n in range(1, self.known + 1) if n % PERIOD in rests and n not in self.stored]
        for one in selection.where:
            values = self._column(one.field)
            found = [ordinal for ordinal in found if one.takes(values[ordinal - 1])]
        added = [
            ordinal
            for ordinal, record in self.stored.items()
            if selection.takes(record.mark) and _fulfils(selection.where, record.values)
        ]
        return sorted([*found, *added])

    def sort(self, picked: Collection[int], selection: Selection) -> list[int]:
        field = selection.order_by

        def place(ordinal: int) -> tuple[Any, ...]:
            return (place_of(self.value(ordinal, field)), ordinal)

        if not columns.has_column(self.seeds, self.resource, field):
            self._check_few(len(picked), field)
            return sorted(picked, key=place)
        wanted = set(picked)
        seeded = columns.order(self.seeds.name, self.resource.name, field)
        found = [ordinal for ordinal in seeded if ordinal in wanted and ordinal not in self.stored]
        for ordinal in wanted & self.stored.keys():
            insort(found, ordinal, key=place)
        return found

    def _column(self, field: str) -> Sequence[Any]:
        return columns.column(self.seeds.name, self.resource.name, field)

    def _check_few(self, count: int, field: str) -> None:
        if count > SORTED_MAX:
            number = self.resource.key[-1].lower()
            raise RecordRejectedError(
                f"{count} records are too many to sort by {field.lower()}: at most {SORTED_MAX}. "
                f"Pick fewer by a parameter, or sort by {number}."
            )


def _stored(tenant_id: str, resource: Resource, head: Head) -> list[Stored]:
    found = repository.list_after(tenant_id, resource.name, head, 0, SEARCHED_MAX + 1)
    if len(found) > SEARCHED_MAX:
        raise RecordRejectedError(
            f"More than {SEARCHED_MAX} {resource.plural.lower()} were added or changed: they can be listed by "
            f"{resource.key[-1].lower()}, filter and lastmodified only, in the order of {resource.key[-1].lower()}."
        )
    return found


def _one(tenant_id: str, resource: Resource, head: Head, key: str) -> Stored | None:
    ordinal = templates.seeded_ordinal(TEMPLATES[head.template], resource, key)
    is_seeded = ordinal is not None
    ordinal = ordinal or repository.find_ordinal(tenant_id, resource.name, head, key)
    if ordinal is None:
        return None
    stored = repository.find_record(tenant_id, resource.name, head, ordinal)
    return stored or (templates.seeded(TEMPLATES[head.template], resource, ordinal) if is_seeded else None)


def _fulfils(where: Sequence[Where], values: Values) -> bool:
    return all(one.takes(values[one.field]) for one in where)


def _page(selection: Selection, records: list[Values]) -> RecordPage:
    return RecordPage([records[place] for place in selection.window(len(records))], len(records), selection)
