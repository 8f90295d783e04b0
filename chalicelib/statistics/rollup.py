"""What the event functions run: a fact is captured once, and whatever it touches is counted anew from all its facts."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from chalicelib.config import load_data, settings
from chalicelib.kit.context import Context
from chalicelib.kit.log import log
from chalicelib.kit.outbox import Event
from chalicelib.statistics import fold, repository
from chalicelib.statistics.domain import (
    ALL,
    Fact,
    FactKind,
    Interval,
    day_bounds,
    day_of,
    first_day,
    is_plausible,
    last_day,
    total,
)
from chalicelib.statistics.repository import Dirty

_KINDS = {
    "activation.activated": FactKind.ACTIVATED,
    "activation.reactivated": FactKind.REACTIVATED,
    "activation.ended": FactKind.ENDED,
}
_BATCH = 250  # partitions a lane: what is done is written off before more is read
_BUDGET = timedelta(minutes=4)  # the function has five; what is left is first in the next run


def capture(ctx: Context, event: Event) -> None:
    """Remember what happened; a second delivery changes nothing, and other kinds of events are none of ours."""
    kind = _KINDS.get(event.event_type)
    if kind is None:
        return
    fact = Fact(
        event_id=event.event_id,
        kind=kind,
        owner_tenant_id=event.data["owner_tenant_id"],
        integration_id=event.data["integration_id"],
        tenant_id=event.data["tenant_id"],
        occurred_at=event.occurred_at,
    )
    # The embedded stage travels in time: there no moment is impossible.
    if settings().is_embedded or is_plausible(fact.occurred_at, ctx.now):
        repository.add_fact(fact, stamp=ctx.request_id)
        return
    repository.quarantine_fact(fact)
    log.error("statistics.quarantined", extra={"event_id": fact.event_id, "occurred_at": fact.occurred_at.isoformat()})


def roll_up() -> int:
    """Count everything that has new facts, oldest first; the number of partitions done.

    May die anywhere and may run twice at once: a partition is written off only after all its rows are right.
    """
    deadline = time.monotonic() + _BUDGET.total_seconds()
    zone = ZoneInfo(load_data("platform")["time_zone"])
    done: set[tuple[str, str]] = set()
    while True:
        waiting = [d for d in repository.list_dirty(_BATCH) if (d.place, d.stamp) not in done]
        if not waiting:
            return len(done)
        by_owner = sorted(waiting, key=lambda dirty: dirty.partition.owner_tenant_id)
        groups = [list(group) for _, group in groupby(by_owner, key=lambda dirty: dirty.partition.owner_tenant_id)]
        for group in sorted(groups, key=lambda group: group[0].place):
            if time.monotonic() > deadline:
                log.warning("statistics.unfinished", extra={"done": len(done)})
                return len(done)
            count_owner(group, zone)
            done |= {(dirty.place, dirty.stamp) for dirty in group}


def count_owner(dirty: Sequence[Dirty], zone: ZoneInfo) -> None:
    """All rows that these partitions of one owner touch, from the bottom up: slices, days, weeks and months."""
    owner = dirty[0].partition.owner_tenant_id
    touched: dict[date, set[str]] = defaultdict(set)
    for entry in dirty:
        counted = fold.count_facts(repository.read_facts(entry.partition))
        for integration_id, counts in counted.items():
            repository.save_slice(entry.partition, integration_id, counts)
        touched[day_of(entry.partition.slice_start, zone)] |= counted.keys()
    for day, integrations in sorted(touched.items()):
        sums = fold.sum_by_integration(repository.read_slices(owner, *day_bounds(day, zone)))
        for integration_id in (*sorted(integrations), ALL):
            repository.save_bucket(owner, integration_id, Interval.DAY, day, sums[integration_id])
    for interval in (Interval.WEEK, Interval.MONTH):
        starts = {(name, first_day(interval, day)) for day, names in touched.items() for name in (*names, ALL)}
        for integration_id, start in sorted(starts):
            days = repository.read_buckets(owner, integration_id, Interval.DAY, start, last_day(interval, start))
            repository.save_bucket(owner, integration_id, interval, start, total(days.values()))
    for entry in dirty:
        repository.clear_dirty(entry)
