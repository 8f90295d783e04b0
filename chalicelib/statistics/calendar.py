"""Where hours, days, ISO weeks and months begin and end in the platform's zone, clock changes included."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

SLICE = timedelta(minutes=15)  # every zone's offset is a multiple of it, so each local hour is a row of whole slices
_DAY = timedelta(days=1)
_LOOK = 8  # slices after the start of an hour that may belong to it; a change by half an hour breaks one in two


class Interval(StrEnum):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def slice_of(moment: datetime) -> datetime:
    """The quarter of an hour that holds it.

    >>> slice_of(datetime(2026, 11, 22, 8, 29, 59, tzinfo=UTC)).isoformat()
    '2026-11-22T08:15:00+00:00'
    """
    moment = moment.astimezone(UTC)
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def hour_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the local hour that holds it began; 02:00 in autumn begins twice.

    >>> hour_of(datetime(2026, 11, 22, 8, 29, tzinfo=UTC), ZoneInfo("Asia/Kolkata")).isoformat()
    '2026-11-22T07:30:00+00:00'
    """
    local = moment.astimezone(zone)
    passed = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return moment.astimezone(UTC) - passed


def slices_of(hour: datetime, zone: ZoneInfo) -> list[datetime]:
    """The slices of a local hour, which `hour_of` began."""
    near = (hour + number * SLICE for number in range(_LOOK))
    return [start for start in near if hour_of(start, zone) == hour]


def hours_of(day: date, zone: ZoneInfo) -> list[datetime]:
    """The hours of a local day: 23, 24 or 25 of them.

    >>> len(hours_of(date(2027, 3, 28), ZoneInfo("Europe/Stockholm")))
    23
    """
    start, end = day_bounds(day, zone)
    found: list[datetime] = []
    while start < end:
        hour = hour_of(start, zone)
        if not found or found[-1] != hour:
            found.append(hour)
        start += SLICE
    return found


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The local day as a half-open interval of instants: 23, 24 or 25 hours.

    >>> start, end = day_bounds(date(2027, 10, 31), ZoneInfo("Europe/Stockholm"))
    >>> (end - start).total_seconds() / 3600
    25.0
    """
    return _midnight(day, zone), _midnight(day + _DAY, zone)


def first_day(interval: Interval, day: date) -> date:
    """Where the interval that holds `day` begins.

    >>> first_day(Interval.WEEK, date(2027, 1, 1)).isocalendar()[:2]
    (2026, 53)
    """
    if interval is Interval.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if interval is Interval.MONTH else day


def last_day(interval: Interval, day: date) -> date:
    if interval is Interval.WEEK:
        return day + timedelta(days=6 - day.weekday())
    if interval is Interval.MONTH:
        return day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return day


def label(interval: Interval, start: date | datetime) -> str:
    """The interval as ISO 8601 writes it.

    >>> label(Interval.WEEK, date(2026, 12, 28)), label(Interval.MONTH, date(2028, 2, 1))
    ('2026-W53', '2028-02')
    """
    if interval is Interval.WEEK:
        year, week, _ = start.isocalendar()
        return f"{year}-W{week:02}"
    return f"{start:%Y-%m}" if interval is Interval.MONTH else start.isoformat()


def months_of(first: date, last: date) -> list[str]:
    """The calendar months that a range of days touches.

    >>> months_of(date(2026, 11, 30), date(2027, 1, 1))
    ['2026-11', '2026-12', '2027-01']
    """
    span = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in span]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    # Where clocks jump over midnight, the day begins with the jump: zoneinfo gives that instant for the missing hour.
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
