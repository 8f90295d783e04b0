"""The nightly recount (ST-17): days that are over are counted anew; what differs is mended and told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalicelib.kit.context import Context
from chalicelib.kit.log import log
from chalicelib.statistics import months, repository, rollup
from chalicelib.statistics.calendar import day_of, hours_of
from chalicelib.statistics.rollup import EVERY_LANE, Done

_NIGHTS = 3  # days that are counted again each night
_HISTORY = 400  # of the days before, one a night, in turn
NOTE = "recount"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recount:
    """`mended` names rows that differed from their facts."""

    at: datetime
    days: int
    mended: tuple[str, ...] = ()


def recount(ctx: Context) -> Recount:
    """Raises nothing for a difference: it is mended, logged as an error and kept for the operator."""
    rollup.roll_up(ctx)  # what nobody has counted yet is no difference
    today = day_of(ctx.now, rollup.zone())
    days = [today - timedelta(days=number) for number in range(1, _NIGHTS + 1)]
    days.append(days[-1] - timedelta(days=1 + today.toordinal() % _HISTORY))
    found = Recount(
        at=ctx.now,
        days=len(days),
        mended=tuple(name for day in sorted(days) for name in recount_day(day)),
    )
    if found.mended:
        log.error("statistics.recount_differed", extra={"mended": found.mended[:20], "number": len(found.mended)})
    told = {"at": found.at.isoformat(timespec="seconds"), "days": found.days, "mended": found.mended[:20]}
    repository.save_note(NOTE, json.dumps(told))
    return found


def recount_day(day: date) -> list[str]:
    """The rows of a day that differed: hours, the day, and months of the owners that have it or had it wrongly."""
    done = Done()
    told = repository.read_day(day)
    rollup.count_hours(day, hours_of(day, rollup.zone()), done)
    counted = repository.read_day(day)
    for lane in EVERY_LANE:
        row, before = counted.get(lane), told.get(lane)
        for owner in sorted(set(row.value if row else ()) | set(before.value if before else ())):
            if row and months.save_day(owner, day, row.value.get(owner, {}), row.version):
                done.changed.append(f"{owner} {day:%Y-%m}")
    return done.changed


def find_last() -> Recount | None:
    note = repository.read_note(NOTE)
    return parse(note) if note else None


def parse(note: str) -> Recount:
    told = json.loads(note)
    return Recount(at=datetime.fromisoformat(told["at"]), days=told["days"], mended=tuple(told["mended"]))
