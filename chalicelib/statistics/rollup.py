"""The fold (D10): hours from facts, days from hours, months from days, each replaced whole by a function of its parts.

May die anywhere and may run twice at once: what was marked stays marked until all its rows are right, and a row that
somebody else has replaced since it was read is left to the next run.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from chalicelib.config import load_data
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.log import log
from chalicelib.statistics import months, packing, progress, repository
from chalicelib.statistics.calendar import SLICE, day_bounds, day_of, hour_of, slice_of, slices_of
from chalicelib.statistics.domain import (
    ALL,
    LANES,
    PLATFORM,
    Owners,
    add_counts,
    add_owners,
    lane_of,
    slot_name,
    slot_start,
)
from chalicelib.statistics.repository import Mark, Row

EVERY_LANE = (*(f"{number:02}" for number in range(LANES)), PLATFORM)
_MARKS = 1_000  # quarters of an hour a round: what is done is written off before more is read
_BUDGET = timedelta(minutes=4)  # the function has five; what is left is first in the next run


@dataclass(slots=True)
class Done:
    """What a run did; `refused` days were changed by another run meanwhile and wait for the next."""

    slots: int = 0
    rows: int = 0
    days: int = 0
    refused: int = 0
    unfinished: bool = False
    changed: list[str] = field(default_factory=list)


def zone() -> ZoneInfo:
    return ZoneInfo(load_data("platform")["time_zone"])


def roll_up(ctx: Context) -> Done:
    """Count everything that is new, oldest first, and close the days that are over."""
    deadline = time.monotonic() + _BUDGET.total_seconds()
    done = Done()
    seen: set[tuple[str, str]] = set()
    recent = _tallied_slots(ctx.now)
    while not done.unfinished:
        waiting = [mark for mark in repository.list_slots(_MARKS) if (mark.place, mark.stamp) not in seen]
        fresh = {mark.place for mark in waiting}
        waiting = sorted([*waiting, *(Mark(slot, "") for slot in recent if slot not in fresh)], key=lambda m: m.place)
        if not waiting:
            break
        recent, left = [], len(waiting)
        for day, marks in groupby(waiting, key=lambda mark: day_of(slot_start(mark.place), zone())):
            if time.monotonic() > deadline:
                done.unfinished = True
                break
            group = list(marks)
            count_marks(ctx, day, group, done)
            seen |= {(mark.place, mark.stamp) for mark in group}
            left -= len(group)
            if any(not mark.stamp for mark in group):
                # Oldest first: all before this day's end is counted; a run that is cut short goes on from there.
                progress.tell(min(ctx.now - SLICE, day_bounds(day, zone())[1]), ctx.now, left)
    if not done.unfinished:
        _close_days(day_of(ctx.now, zone()), deadline, done)
    log.info("statistics.rolled_up", extra={"slots": done.slots, "rows": done.rows, "refused": done.refused})
    return done


def count_marks(ctx: Context, day: date, marks: list[Mark], done: Done) -> None:
    """The rows of a day that these quarters touch; then the marks go."""
    hours = sorted({hour_of(slot_start(mark.place), zone()) for mark in marks})
    try:
        lanes = count_hours(day, hours, done)
    except store.RefusedError:
        done.refused += 1
        return
    if lanes:
        repository.mark_day(day, lanes, ctx.request_id)
    for mark in marks:
        if mark.stamp:
            repository.clear_slot(mark)
    done.slots += len(marks)


def count_hours(day: date, hours: Iterable[datetime], done: Done) -> set[str]:
    """Count hours of a day anew; the lanes that have facts in them. Raises RefusedError when another run was first.

    Rows are read before the facts they are made from: whoever replaces one in between has seen at least as much.
    """
    standing = repository.read_day(day)
    by_lane: dict[str, dict[str, Owners]] = defaultdict(dict)
    for hour in hours:
        for lane, mine in _split(count_slots(slices_of(hour, zone()))).items():
            by_lane[lane][repository.hour_key(lane, day, hour)[1]] = mine
        for lane in EVERY_LANE:  # facts never go, but a row may hold what no fact says (ST-17): it is emptied
            start = repository.hour_key(lane, day, hour)[1]
            if start in standing:
                by_lane[lane].setdefault(start, {})
    for lane, fresh in sorted(by_lane.items()):
        _save_lane(lane, day, standing, fresh, done)
    return set(by_lane)


def count_slots(slots: Iterable[datetime]) -> Owners:
    """Everybody's counts of these quarters of an hour, the platform's among them."""
    found = repository.read_slots(slot_name(start) for start in slots)
    owners = add_owners((packing.count_packed(found.batches), found.tallies))
    if owners:
        owners[PLATFORM] = {ALL: add_counts(counts for mine in owners.values() for counts in mine.values())}
    return owners


def _save_lane(lane: str, day: date, standing: Mapping[str, Row], fresh: Mapping[str, Owners], done: Done) -> None:
    series = repository.day_key(lane, day)[0]
    hours = {start: row.value for start, row in standing.items() if start.startswith(f"{lane}#")} | dict(fresh)
    for start, value in (*sorted(fresh.items()), (lane, add_owners(hours.values()))):
        row = standing.get(start) or Row(series, start)
        if row.value != value:
            repository.save_row(row, value)
            done.rows += 1
            done.changed.append(f"{series} {start}")


def _split(owners: Owners) -> dict[str, Owners]:
    lanes: dict[str, Owners] = {}
    for owner, integrations in owners.items():
        lanes.setdefault(lane_of(owner), {})[owner] = integrations
    return lanes


def _tallied_slots(now: datetime) -> list[str]:
    """Quarters in which a tally may have grown since: nobody marks them, so a note says how far we are."""
    last = slice_of(now)
    told = progress.find()
    start = told.counted_until if told else last - SLICE
    return [slot_name(start + number * SLICE) for number in range((last - start) // SLICE + 1)]


def _close_days(today: date, deadline: float, done: Done) -> None:
    """Months follow when a day is over; until then pages read it from its own row."""
    for mark in repository.list_days(today):
        if time.monotonic() > deadline:
            done.unfinished = True
            return
        day = date.fromisoformat(mark.place)
        if months.close_day(day, mark.lanes):
            repository.clear_day(mark)
            done.days += 1
        else:
            done.refused += 1
