"""Facts, the list of what to count again, slices and buckets. Counts are overwritten whole, never added to."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.kit import store
from chalicelib.statistics.domain import LANES, Counts, Fact, Interval, Partition
from chalicelib.statistics.fold import Row

_MINUTE = "%Y-%m-%dT%H:%MZ"
_LAST = "~"  # sorts behind every character of an id


class FactItem(store.Item):
    """Append-only. The key holds what counting reads; the rest is for whoever recounts or asks who it was."""

    Meta = store.table("statistics-facts")

    partition = UnicodeAttribute(hash_key=True)
    fact_id = UnicodeAttribute(range_key=True)
    tenant_id = UnicodeAttribute()
    occurred_at = UnicodeAttribute()


class DirtyItem(store.Item):
    """A partition with facts that no fold has seen. `stamp` changes with each of them."""

    Meta = store.table("statistics-dirty")

    lane = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)  # slice first: the oldest is counted first
    stamp = UnicodeAttribute()


class SliceItem(store.Item):
    """Counts of one integration in one partition of facts."""

    Meta = store.table("statistics-slices")

    owner_day = UnicodeAttribute(hash_key=True)  # owner and UTC day
    place = UnicodeAttribute(range_key=True)  # slice, shard, integration
    activated = NumberAttribute()
    reactivated = NumberAttribute()
    ended = NumberAttribute()
    facts = NumberAttribute()


class BucketItem(store.Item):
    """Counts of a local day, ISO week or month; the page reads a series with one Query."""

    Meta = store.table("statistics-buckets")

    series = UnicodeAttribute(hash_key=True)  # owner, integration or "all", interval
    start = UnicodeAttribute(range_key=True)
    activated = NumberAttribute()
    reactivated = NumberAttribute()
    ended = NumberAttribute()
    facts = NumberAttribute()


@dataclass(frozen=True, slots=True)
class Dirty:
    partition: Partition
    lane: str
    place: str
    stamp: str


def add_fact(fact: Fact, stamp: str) -> None:
    """Store the fact, then say that its partition must be counted; `stamp` is another one each time.

    In this order and in two writes: whoever dies in between gets the message again, finds the fact and says it then.
    """
    _add(fact, fact.partition.key)
    partition = fact.partition
    place = f"{partition.slice_start:{_MINUTE}}#{partition.owner_tenant_id}#{partition.shard}"
    store.save(DirtyItem(_lane(partition.owner_tenant_id), place, stamp=stamp))


def quarantine_fact(fact: Fact) -> None:
    """Keep a fact with an impossible moment where no fold looks."""
    _add(fact, f"quarantine#{fact.owner_tenant_id}")


def list_dirty(limit: int) -> list[Dirty]:
    """What to count again, oldest slices first; at most `limit` a lane."""
    found: list[Dirty] = []
    for number in range(LANES):
        with store.faults():
            items = list(DirtyItem.query(f"lane-{number}", consistent_read=True, limit=limit))
        found += [Dirty(_partition(item.place), item.lane, item.place, item.stamp) for item in items]
    return sorted(found, key=lambda dirty: dirty.place)


def clear_dirty(dirty: Dirty) -> None:
    """Counted, unless a fact has come since it was listed: then it stays for the next run."""
    with suppress(store.RefusedError):
        store.remove(DirtyItem, (dirty.lane, dirty.place), DirtyItem.stamp == dirty.stamp)


def read_facts(partition: Partition) -> Iterator[Row]:
    """Rows as they come from DynamoDB: making an item of each would cost ten times what counting does."""
    table = FactItem._get_connection()  # noqa: SLF001 - PynamoDB's way to the plain answer
    start: dict[str, Any] | None = None
    while True:
        with store.faults():
            answer = table.query(
                partition.key,
                attributes_to_get=["fact_id"],
                consistent_read=True,
                exclusive_start_key=start,
            )
        yield from answer["Items"]
        start = answer.get("LastEvaluatedKey")
        if not start:
            return


def save_slice(partition: Partition, integration_id: str, counts: Counts) -> None:
    key = (_owner_day(partition.owner_tenant_id, partition.slice_start.date()),
           f"{partition.slice_start:%H:%M}#{partition.shard}#{integration_id}")  # fmt: skip
    item = SliceItem(*key)
    _overwrite(item, counts)


def read_slices(owner_tenant_id: str, start: datetime, end: datetime) -> list[tuple[str, Counts]]:
    """(integration, counts) of all slices in a half-open interval of instants: one Query per UTC day it touches."""
    found: list[tuple[str, Counts]] = []
    day = start.date()
    while day <= end.date():
        floor = datetime(day.year, day.month, day.day, tzinfo=UTC)
        low = f"{max(start, floor):%H:%M}"
        high = f"{end:%H:%M}" if end.date() == day else _LAST
        if high > low:
            # The upper bound is the bare minute, which sorts before every slice that begins with it: half-open.
            with store.faults():
                items = SliceItem.query(
                    _owner_day(owner_tenant_id, day), SliceItem.place.between(low, high), consistent_read=True
                )
                found += [(item.place.split("#", 2)[2], _counts(item)) for item in items]
        day += timedelta(days=1)
    return found


def save_bucket(owner_tenant_id: str, integration_id: str, interval: Interval, start: date, counts: Counts) -> None:
    _overwrite(BucketItem(_series(owner_tenant_id, integration_id, interval), start.isoformat()), counts)


def read_buckets(
    owner_tenant_id: str, integration_id: str, interval: Interval, first: date, last: date
) -> dict[date, Counts]:
    """Buckets that begin in a range of days, both ends included: one Query."""
    with store.faults():
        items = BucketItem.query(
            _series(owner_tenant_id, integration_id, interval),
            BucketItem.start.between(first.isoformat(), last.isoformat()),
            consistent_read=True,
        )
        return {date.fromisoformat(item.start): _counts(item) for item in items}


def _add(fact: Fact, partition: str) -> None:
    item = FactItem(partition, fact.fact_id, tenant_id=fact.tenant_id, occurred_at=fact.occurred_at.isoformat())
    with suppress(store.RefusedError):  # told before
        store.add(item)


def _overwrite(item: SliceItem | BucketItem, counts: Counts) -> None:
    """Unless a later look at more facts has been written: of two runs at once the one that knows less gives way."""
    item.activated, item.reactivated, item.ended = counts
    item.facts = counts.facts
    seen: Any = type(item).facts
    fresher: Condition = seen.does_not_exist() | (seen <= counts.facts)
    with suppress(store.RefusedError):
        store.save(item, fresher)


def _counts(item: SliceItem | BucketItem) -> Counts:
    return Counts(int(item.activated), int(item.reactivated), int(item.ended))


def _lane(owner_tenant_id: str) -> str:
    return f"lane-{zlib.crc32(owner_tenant_id.encode()) % LANES}"


def _partition(place: str) -> Partition:
    minute, owner_tenant_id, shard = place.split("#")
    return Partition(owner_tenant_id, datetime.strptime(minute, _MINUTE).replace(tzinfo=UTC), int(shard))


def _owner_day(owner_tenant_id: str, day: date) -> str:
    return f"{owner_tenant_id}#{day.isoformat()}"


def _series(owner_tenant_id: str, integration_id: str, interval: Interval) -> str:
    return f"{owner_tenant_id}#{integration_id}#{interval}"
