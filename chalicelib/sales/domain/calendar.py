"""Months, anchor days and parts of periods: everything by local dates, half-open, without clocks."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.config import load_data

__all__ = ["Month", "Period", "first_start_in", "local_day", "month_of", "next_start", "parse_month", "prorated"]


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month of the platform's time zone.

    >>> str(Month(2026, 12).next), Month(2027, 1).previous.last_day.isoformat()
    ('2027-01', '2026-12-31')
    """

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])

    @property
    def next(self) -> Month:
        return month_of(self.last_day + timedelta(days=1))

    @property
    def previous(self) -> Month:
        return month_of(self.first_day - timedelta(days=1))

    def until(self, last: Month) -> Iterator[Month]:
        """This month and those after it up to `last`, which is included."""
        month = self
        while month <= last:
            yield month
            month = month.next


@dataclass(frozen=True, slots=True)
class Period:
    """Days that are paid for together: from `start` up to, not including, `end`."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days


def month_of(day: date) -> Month:
    return Month(day.year, day.month)


def parse_month(text: str) -> Month:
    """Raises ValueError for anything but a month as ISO 8601 writes it, 2000 to 2100.

    >>> parse_month("2026-11")
    Month(year=2026, number=11)
    """
    year, dash, number = text.partition("-")
    is_written_so = len(year) == 4 and len(number) == 2 and dash and (year + number).isascii()  # noqa: PLR2004
    if not is_written_so or not (year + number).isdigit() or not 2000 <= int(year) <= 2100:  # noqa: PLR2004
        raise ValueError("must be a month such as 2026-11")
    return month_of(date(int(year), int(number), 1))


def local_day(moment: datetime) -> date:
    """The day it is on the platform's wall clock."""
    return moment.astimezone(ZoneInfo(load_data("platform")["time_zone"])).date()


def first_start_in(month: Month, anchor_day: int) -> date:
    """When the period of that month begins: on the anchor day, or on the last day of a month that lacks it.

    >>> [first_start_in(Month(2027, n), 31).day for n in (1, 2, 3, 4)]
    [31, 28, 31, 30]
    """
    return date(month.year, month.number, min(anchor_day, month.last_day.day))


def next_start(start: date, anchor_day: int) -> date:
    """The start of the period after the one that begins on `start`; 29 to 31 come back after a short month."""
    return first_start_in(month_of(start).next, anchor_day)


def prorated(amount_minor: int, part: int, whole: int) -> int:
    """`amount x part / whole` in whole minor units, half of one away from zero.

    >>> prorated(9995, 15, 30), prorated(-9995, 15, 30)
    (4998, -4998)
    """
    rounded = (2 * abs(amount_minor) * part + whole) // (2 * whole)
    return rounded if amount_minor >= 0 else -rounded
