"""What a reader is told: points without gaps, totals, the period before, countries and causes. Sums of whole days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.statistics.calendar import Interval, first_day, last_day
from chalicelib.statistics.domain import BY_COUNTRY, Counts, FactKind, add_counts, by_detail, net_of, number_of

_DAY = timedelta(days=1)
# Points that are meant when an end is left out.
_USUAL = {Interval.HOUR: 1, Interval.DAY: 30, Interval.WEEK: 12, Interval.MONTH: 12}
PERIODS = {"7d": 7, "30d": 30, "90d": 90, "12m": 365}
PERIOD_INTERVALS = {"7d": Interval.DAY, "30d": Interval.DAY, "90d": Interval.WEEK, "12m": Interval.MONTH}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A range of days, both ends included, seen in intervals."""

    interval: Interval
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Span:
        """As many days, just before."""
        return Span(interval=self.interval, first=self.first - timedelta(days=self.days), last=self.first - _DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One interval of an answer; `end` is its last day. At the edges of a range it covers the range's days only.

    `active` is how many companies have it active when the interval ends.
    """

    start: date  # an instant, where the interval is an hour
    end: date
    counts: Counts
    active: int = 0

    @property
    def activated(self) -> int:
        return number_of(self.counts, FactKind.ACTIVATED)

    @property
    def reactivated(self) -> int:
        return number_of(self.counts, FactKind.REACTIVATED)

    @property
    def deactivated(self) -> int:
        return number_of(self.counts, FactKind.ENDED)

    @property
    def expired(self) -> int:
        """Companies whose last connection died unused; they have it active still."""
        return number_of(self.counts, FactKind.EXPIRED)

    @property
    def net(self) -> int:
        return net_of(self.counts)

    @property
    def churn(self) -> float | None:
        """Deactivations by those that were active when the interval began; none where nobody was."""
        return _ratio(self.deactivated, self.active - self.net)

    @property
    def viewed(self) -> int:
        return number_of(self.counts, FactKind.VIEWED)

    @property
    def conversion(self) -> float | None:
        """Activations by views of the listing; none where nobody looked."""
        return _ratio(self.activated, self.viewed)

    @property
    def purchased(self) -> int:
        return number_of(self.counts, FactKind.PURCHASED)

    @property
    def cancelled(self) -> int:
        return number_of(self.counts, FactKind.CANCELLED)

    @property
    def launched(self) -> int:
        return number_of(self.counts, FactKind.LAUNCHED)

    @property
    def called(self) -> int:
        return number_of(self.counts, FactKind.CALLED)

    @property
    def failed(self) -> int:
        return number_of(self.counts, FactKind.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """`country_code` is empty where the company's country is not known."""

    country_code: str
    activated: int
    deactivated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    cause: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What was found: counts by day, by hour where asked, and the net of each month there ever was."""

    days: Mapping[date, Counts]
    months: Mapping[str, int]
    hours: Mapping[datetime, Counts] = field(default_factory=dict)

    def active_after(self, day: date) -> int:
        """How many are active when the day ends. The days of its month must be known."""
        month = f"{day:%Y-%m}"
        later = (net_of(counts) for other, counts in self.days.items() if other > day and f"{other:%Y-%m}" == month)
        return sum(net for name, net in self.months.items() if name <= month) - sum(later)

    def total(self, span: Span) -> Point:
        counts = add_counts(counts for day, counts in self.days.items() if span.first <= day <= span.last)
        return Point(start=span.first, end=span.last, counts=counts, active=self.active_after(span.last))


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationStatistics:
    """`points` without gaps: an interval in which nothing happened is there, with zeros."""

    span: Span
    integration_ids: tuple[str, ...]
    time_zone: str
    points: tuple[Point, ...]
    totals: Point
    before: Point
    active_now: int

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
    def countries(self) -> tuple[Country, ...]:
        """Most activations first."""
        names = by_detail(self.totals.counts, *BY_COUNTRY)
        activated = by_detail(self.totals.counts, FactKind.ACTIVATED)
        deactivated = by_detail(self.totals.counts, FactKind.ENDED)
        found = [
            Country(country_code=n, activated=activated.get(n, 0), deactivated=deactivated.get(n, 0)) for n in names
        ]
        return tuple(sorted(found, key=lambda one: (-one.activated, -one.deactivated, one.country_code)))

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Most frequent first."""
        found = by_detail(self.totals.counts, FactKind.FAILED)
        return tuple(
            Cause(cause=name, number=n) for name, n in sorted(found.items(), key=lambda one: (-one[1], one[0]))
        )


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


def period_span(period: str, interval: Interval | None, today: date) -> Span:
    """The latest 7, 30, 90 or 365 days, today among them.

    >>> period_span("7d", None, date(2026, 11, 22)).first.isoformat()
    '2026-11-16'
    """
    first = today - timedelta(days=PERIODS[period] - 1)
    return Span(interval=interval or PERIOD_INTERVALS[period], first=first, last=today)


def fill(span: Span, history: History, zone: ZoneInfo) -> tuple[Point, ...]:
    """The points of a span; gaps are zeros."""
    parts: list[tuple[date, date, Counts]]
    if span.interval is Interval.HOUR:
        parts = [
            (hour.astimezone(zone), hour.astimezone(zone), counts) for hour, counts in sorted(history.hours.items())
        ]
    else:
        sums: dict[date, list[Counts]] = {}
        for day, counts in history.days.items():
            if span.first <= day <= span.last:
                sums.setdefault(first_day(span.interval, day), []).append(counts)
        parts = [
            (start, end, add_counts(sums.get(first_day(span.interval, start), ()))) for start, end in _intervals(span)
        ]
    return tuple(_run(parts, history.active_after(span.first - _DAY)))


def _run(parts: Iterable[tuple[date, date, Counts]], active: int) -> Iterator[Point]:
    for start, end, counts in parts:
        active += net_of(counts)
        yield Point(start=start, end=end, counts=counts, active=active)


def _intervals(span: Span) -> Iterator[tuple[date, date]]:
    start = span.first
    while start <= span.last:
        end = min(last_day(span.interval, start), span.last)
        yield start, end
        start = end + _DAY


def _ratio(number: int, of: int) -> float | None:
    return round(number / of, 4) if of > 0 else None
