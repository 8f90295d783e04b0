"""One question to the series, whoever asks: rows by their keys, one call for what a page shows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.statistics import repository
from chalicelib.statistics.answer import History, Span
from chalicelib.statistics.calendar import Interval, hours_of, months_of
from chalicelib.statistics.domain import Counts, Integrations, add_counts, lane_of, net_of
from chalicelib.statistics.repository import Row

_DAY = timedelta(days=1)

Rows = Mapping[tuple[str, str], Row]


def read_history(owner: str, wanted: Collection[str], span: Span, today: date, zone: ZoneInfo) -> History:
    """Days of the span and of the one before it. `wanted` integrations only, or all where none is named.

    Days that may not be closed yet are read from everybody's row of the day, the others from the owner's months.
    """
    open_days = [today - _DAY, today, today + _DAY]
    months = dict.fromkeys([*months_of(span.before.first, span.last), *months_of(open_days[0], open_days[-1])])
    lane = lane_of(owner)
    hours = {hour: repository.hour_key(lane, span.first, hour) for hour in _hours(span, zone)}
    keys = [
        repository.totals_key(owner),
        *(repository.month_key(owner, month) for month in months),
        *(repository.day_key(lane, day) for day in open_days),
        *hours.values(),
    ]
    rows = repository.read_rows(keys)
    closed = _closed_days(rows, owner, months, wanted)
    opened = {
        day: _pick(rows[repository.day_key(lane, day)].value.get(owner, {}), wanted)
        for day in open_days
        if repository.day_key(lane, day) in rows
    }
    net = _net_by_month(rows, owner, wanted)
    for day, counts in opened.items():
        month = f"{day:%Y-%m}"
        net[month] = net.get(month, 0) + net_of(counts) - net_of(closed.get(day, {}))
    return History(
        days=closed | opened,
        months=net,
        hours={hour: _pick(_value(rows, key).get(owner, {}), wanted) for hour, key in hours.items()},
    )


def _hours(span: Span, zone: ZoneInfo) -> list[datetime]:
    return hours_of(span.first, zone) if span.interval is Interval.HOUR else []


def _closed_days(rows: Rows, owner: str, months: Collection[str], wanted: Collection[str]) -> dict[date, Counts]:
    return {
        date.fromisoformat(f"{month}-{day}"): _pick(integrations, wanted)
        for month in months
        for day, (_, integrations) in _value(rows, repository.month_key(owner, month)).items()
    }


def _net_by_month(rows: Rows, owner: str, wanted: Collection[str]) -> dict[str, int]:
    totals = _value(rows, repository.totals_key(owner))
    return {month: net_of(_pick(integrations, wanted)) for month, (_, integrations) in totals.items()}


def _value(rows: Rows, key: tuple[str, str]) -> dict[str, Any]:
    return rows[key].value if key in rows else {}


def _pick(integrations: Integrations, wanted: Collection[str]) -> Counts:
    return add_counts(
        counts for integration_id, counts in integrations.items() if not wanted or integration_id in wanted
    )
