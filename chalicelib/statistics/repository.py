"""Facts, marks of what to count, and series of counts. Counts are replaced whole, never added to."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute

from chalicelib.kit import store
from chalicelib.statistics.domain import SHARDS, Owners, Partition, slot_name
from chalicelib.statistics.packing import Batch

_SLOTS, _DAYS, _NOTES = "slots", "days", "notes"
_BATCH, _TALLY = "batch#", "tally#"


class FactItem(store.Item):
    """Append-only: packed facts (`15#batch#…`), and counters of what is too frequent for a row each (`15#tally#…`)."""

    Meta = store.table("statistics-facts")

    partition = UnicodeAttribute(hash_key=True)  # UTC hour, shard
    fact_id = UnicodeAttribute(range_key=True)  # minute of the quarter first
    packed = BinaryAttribute(null=True, legacy_encoding=False)
    number = NumberAttribute(null=True)


class MarkItem(store.Item):
    """A quarter of an hour with facts that no fold has seen, or a day to close. `stamp` changes each time."""

    Meta = store.table("statistics-dirty")

    lane = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)
    stamp = UnicodeAttribute()
    lanes = UnicodeSetAttribute(null=True)


class SeriesItem(store.Item):
    """Counts: of a day and its hours by lane, of an owner's months by day, of everything an owner has by month."""

    Meta = store.table("statistics-buckets")

    series = UnicodeAttribute(hash_key=True)
    start = UnicodeAttribute(range_key=True)
    packed = BinaryAttribute(legacy_encoding=False)
    version = NumberAttribute()


TABLES: tuple[type[store.Item], ...] = (FactItem, MarkItem, SeriesItem)


@dataclass(frozen=True, slots=True)
class Mark:
    place: str
    stamp: str
    lanes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Row:
    """A stored row of counts; version 0 says there is none yet."""

    series: str
    start: str
    value: dict[str, Any] = field(default_factory=dict)
    version: int = 0


@dataclass(frozen=True, slots=True)
class Slots:
    """What was written down in some quarters of an hour."""

    batches: list[bytes]
    tallies: Owners


def add_batch(batch: Batch) -> None:
    """Whoever delivers the same again writes the same row again."""
    place = f"{batch.partition.minute}#{_BATCH}{batch.batch_id}"
    store.save(FactItem(batch.partition.key, place, packed=batch.packed))


def add_tally(partition: Partition, name: str, number: int) -> None:
    """Count on. A lost answer that the SDK repeats counts twice: good enough for views and calls, never for money."""
    place = f"{partition.minute}#{_TALLY}{name}"
    store.update(FactItem, (partition.key, place), [FactItem.number.add(number)])


def quarantine(event_id: str, body: str) -> None:
    """Keep what cannot be counted where no fold looks."""
    store.save(FactItem("quarantine", event_id, packed=zlib.compress(body.encode())))


def read_slots(slots: Iterable[str]) -> Slots:
    """All facts of some quarters of an hour, one after the other: one Query an hour and shard."""
    found = Slots([], {})
    by_hour: dict[str, list[str]] = {}
    for partition in (Partition(slot, 0) for slot in slots):
        by_hour.setdefault(partition.hour, []).append(partition.minute)
    for hour, minutes in by_hour.items():
        for shard in range(SHARDS):
            for row in _query_facts(f"{hour}#{shard}", min(minutes), max(minutes)):
                _, sort, rest = row["fact_id"]["S"].split("#", 2)
                if sort == "batch":
                    found.batches.append(row["packed"]["B"])
                else:
                    owner, integration_id, key = rest.split("#", 2)
                    counts = found.tallies.setdefault(owner, {}).setdefault(integration_id, {})
                    counts[key] = counts.get(key, 0) + int(row["number"]["N"])
    return found


def _query_facts(partition: str, first: str, last: str) -> Iterable[dict[str, Any]]:
    """Rows as they come from DynamoDB: PynamoDB would make an item of each."""
    table = FactItem._get_connection()  # noqa: SLF001 - PynamoDB's way to the plain answer
    places = FactItem.fact_id.between(f"{first}#", f"{last}#~")
    start: dict[str, Any] | None = None
    while True:
        with store.faults():
            answer = table.query(partition, range_key_condition=places, consistent_read=True, exclusive_start_key=start)
        yield from answer["Items"]
        start = answer.get("LastEvaluatedKey")
        if not start:
            return


def mark_slot(slot: str, stamp: str) -> None:
    """Say that facts have come; after they are written, so that whoever sees the mark finds them."""
    store.save(MarkItem(_SLOTS, slot, stamp=stamp))


def mark_day(day: date, lanes: Iterable[str], stamp: str) -> None:
    """Say that these lanes' rows of the day have changed: its owners' months follow when the day is over."""
    store.update(MarkItem, (_DAYS, day.isoformat()), [MarkItem.stamp.set(stamp), MarkItem.lanes.add(set(lanes))])


def list_slots(limit: int) -> list[Mark]:
    return _list_marks(_SLOTS, limit=limit)


def list_days(before: date) -> list[Mark]:
    """Days before this one that wait to be closed, oldest first."""
    return _list_marks(_DAYS, before=before.isoformat())


def clear_slot(mark: Mark) -> None:
    _clear(_SLOTS, mark)


def clear_day(mark: Mark) -> None:
    _clear(_DAYS, mark)


def read_note(name: str) -> str | None:
    """A word a run leaves for the next: how far tallies are counted, what the recount found."""
    item = store.find(MarkItem, _NOTES, name)
    return item.stamp if item else None


def read_notes() -> dict[str, str]:
    """All of them: one Query."""
    return {mark.place: mark.stamp for mark in _list_marks(_NOTES)}


def save_note(name: str, text: str) -> None:
    store.save(MarkItem(_NOTES, name, stamp=text))


def read_day(day: date) -> dict[str, Row]:
    """The rows of the day (`07`, a lane) and of its hours (`07#2026-11-22T08:00Z`): one Query."""
    with store.faults():
        items = SeriesItem.query(_day_series(day), consistent_read=True)
        return {item.start: _row(item) for item in items}


def read_rows(keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Row]:
    """Rows that exist among these keys: one call for a hundred."""
    return {(item.series, item.start): _row(item) for item in store.get_many(SeriesItem, keys)}


def find_row(series: str, start: str) -> Row:
    item = store.find(SeriesItem, series, start)
    return _row(item) if item else Row(series, start)


def save_row(row: Row, value: Mapping[str, Any]) -> Row:
    """Replace what was read. Raises RefusedError when somebody has replaced it since."""
    item = SeriesItem(row.series, row.start, packed=_pack(value), version=row.version + 1)
    unchanged = SeriesItem.version == row.version if row.version else store.absent(SeriesItem)
    store.save(item, unchanged)
    return Row(row.series, row.start, dict(value), row.version + 1)


def day_key(lane: str, day: date) -> tuple[str, str]:
    return _day_series(day), lane


def hour_key(lane: str, day: date, hour: datetime) -> tuple[str, str]:
    return _day_series(day), f"{lane}#{slot_name(hour)}"


def month_key(owner_tenant_id: str, month: str) -> tuple[str, str]:
    return f"owner#{owner_tenant_id}", month


def totals_key(owner_tenant_id: str) -> tuple[str, str]:
    return f"owner#{owner_tenant_id}", "totals"


def _day_series(day: date) -> str:
    return f"day#{day.isoformat()}"


def _list_marks(lane: str, *, before: str = "~", limit: int | None = None) -> list[Mark]:
    with store.faults():
        items = list(MarkItem.query(lane, MarkItem.place < before, consistent_read=True, limit=limit))
    return [Mark(item.place, item.stamp, frozenset(item.lanes or ())) for item in items]


def _clear(lane: str, mark: Mark) -> None:
    """Done, unless more has come since it was listed: then it stays for the next run."""
    with suppress(store.RefusedError):
        store.remove(MarkItem, (lane, mark.place), MarkItem.stamp == mark.stamp)


def _row(item: SeriesItem) -> Row:
    return Row(item.series, item.start, json.loads(zlib.decompress(item.packed)), int(item.version))


def _pack(value: Mapping[str, Any]) -> bytes:
    return zlib.compress(json.dumps(value, separators=(",", ":"), sort_keys=True).encode(), 6)
