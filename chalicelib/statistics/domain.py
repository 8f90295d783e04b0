"""Facts, counts and calendar: what happened, how it is counted, and where days, ISO weeks and months begin and end."""

from __future__ import annotations

import calendar
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

ALL = "all"  # the series of all integrations of a developer together
SLICE = timedelta(minutes=15)  # every zone's offset is a multiple of it, so each local day is a row of whole slices
SHARDS = 4  # partitions of one owner's slice: 4 x 1,000 writes a second
LANES = 4  # partitions of the list of what must be counted again
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
# A message may wait 14 days in a queue before somebody sends it on; a clock may be wrong, but not by a day.
PAST_TOLERANCE, FUTURE_TOLERANCE = timedelta(days=15), timedelta(hours=24)
_DAY = timedelta(days=1)


class Interval(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


# Points an answer may have: a chart of more is noise. Weeks and months reach back ten years.
LONGEST = {Interval.DAY: 400, Interval.WEEK: 3_660, Interval.MONTH: 3_660}
_USUAL = {Interval.DAY: 30, Interval.WEEK: 12, Interval.MONTH: 12}


class FactKind(StrEnum):
    ACTIVATED = "activated"
    REACTIVATED = "reactivated"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something happened, once: `event_id` is its natural key, however often it is told."""

    event_id: str
    kind: FactKind
    owner_tenant_id: str
    integration_id: str
    tenant_id: str
    occurred_at: datetime

    @property
    def partition(self) -> Partition:
        return Partition(self.owner_tenant_id, slice_of(self.occurred_at), zlib.crc32(self.event_id.encode()) % SHARDS)

    @property
    def fact_id(self) -> str:
        """What counting needs, in the key itself: one short attribute a row is read."""
        return f"{self.integration_id}#{self.kind}#{self.event_id}"


class Partition(NamedTuple):
    """The facts of one owner, quarter of an hour and shard: the unit that is read whole and counted anew."""

    owner_tenant_id: str
    slice_start: datetime
    shard: int

    @property
    def key(self) -> str:
        return f"{self.owner_tenant_id}#{self.slice_start:%Y-%m-%dT%H:%MZ}#{self.shard}"


class Counts(NamedTuple):
    activated: int = 0
    reactivated: int = 0
    ended: int = 0

    @property
    def facts(self) -> int:
        """How many facts were seen. Facts are only ever added, so a greater number is a later look."""
        return self.activated + self.reactivated + self.ended

    def plus(self, other: Counts) -> Counts:
        return Counts(self[0] + other[0], self[1] + other[1], self[2] + other[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One interval of an answer; `end` is its last day. At the edges of a range it covers the range's days only."""

    start: date
    end: date
    counts: Counts

    @property
    def activated(self) -> int:
        return self.counts.activated

    @property
    def reactivated(self) -> int:
        return self.counts.reactivated

    @property
    def deactivated(self) -> int:
        return self.counts.ended

    @property
    def net(self) -> int:
        return self.counts.activated - self.counts.ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A range of days, both ends included, seen in intervals."""

    interval: Interval
    first: date
    last: date

    @property
    def is_whole(self) -> bool:
        """Whether it begins and ends where intervals do, so that their stored buckets can be read."""
        return first_day(self.interval, self.first) == self.first and last_day(self.interval, self.last) == self.last

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationStatistics:
    """`points` without gaps: an interval in which nothing happened is there, with zeros."""

    span: Span
    integration_id: str
    time_zone: str
    points: tuple[Point, ...]

    @property
    def interval(self) -> Interval:
        return self.span.interval

    @property
    def first(self) -> date:
        return self.span.first

    @property
    def last(self) -> date:
        return self.span.last

    @property
    def totals(self) -> Point:
        return Point(start=self.first, end=self.last, counts=total(point.counts for point in self.points))


def is_plausible(occurred_at: datetime, now: datetime) -> bool:
    """ST-19: 1970 and 2100 are clocks gone wrong."""
    return now - PAST_TOLERANCE <= occurred_at <= now + FUTURE_TOLERANCE


def slice_of(moment: datetime) -> datetime:
    """The quarter of an hour that holds it.

    >>> slice_of(datetime(2026, 11, 22, 8, 29, 59, tzinfo=UTC)).isoformat()
    '2026-11-22T08:15:00+00:00'
    """
    moment = moment.astimezone(UTC)
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


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


def label(interval: Interval, start: date) -> str:
    """The interval as ISO 8601 writes it.

    >>> label(Interval.WEEK, date(2026, 12, 28)), label(Interval.MONTH, date(2028, 2, 1))
    ('2026-W53', '2028-02')
    """
    if interval is Interval.WEEK:
        year, week, _ = start.isocalendar()
        return f"{year}-W{week:02}"
    return f"{start:%Y-%m}" if interval is Interval.MONTH else start.isoformat()


def usual_span(interval: Interval, first: date | None, last: date | None, today: date) -> Span:
    """What is meant when an end is left out: the latest 30 days, 12 weeks or 12 months, in whole intervals."""
    if last is None:
        last = last_day(interval, today)
        last = max(last, first) if first is not None else last
    if first is None:
        first = first_day(interval, last)
        for _ in range(_USUAL[interval] - 1):
            first = first_day(interval, first - _DAY)
    return Span(interval=interval, first=first, last=last)


def fill(span: Span, found: Mapping[date, Counts]) -> tuple[Point, ...]:
    """The points of a span from buckets of any finer or equal interval: their counts are added up, gaps are zeros."""
    sums: dict[date, Counts] = {}
    for day, counts in found.items():
        start = first_day(span.interval, day)
        sums[start] = sums.get(start, Counts()).plus(counts)
    return tuple(
        Point(start=start, end=end, counts=sums.get(first_day(span.interval, start), Counts()))
        for start, end in _intervals(span)
    )


def total(parts: Iterable[Counts]) -> Counts:
    summed = Counts()
    for counts in parts:
        summed = summed.plus(counts)
    return summed


def _intervals(span: Span) -> Iterator[tuple[date, date]]:
    start = span.first
    while start <= span.last:
        end = min(last_day(span.interval, start), span.last)
        yield start, end
        start = end + _DAY


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    # Where clocks jump over midnight, the day begins with the jump: zoneinfo gives that instant for the missing hour.
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
