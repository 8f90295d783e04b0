"""Statistics on the wire."""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from chalicelib.kit.gate import Wire
from chalicelib.statistics.calendar import Interval
from chalicelib.statistics.domain import ALL, EARLIEST, LATEST, MOST_INTEGRATIONS

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class Period(StrEnum):
    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"
    YEAR = "12m"


def _parse_day(value: Any) -> Any:
    """Only ISO dates: pydantic would also take a number of seconds. An empty field of a form is none."""
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("must be a date such as 2026-11-22")
    day = date.fromisoformat(value)
    if not EARLIEST <= day <= LATEST:
        raise ValueError(f"must be between {EARLIEST} and {LATEST}")
    return day


def _split(value: Any) -> Any:
    """`a,b` or the name repeated; `all` beside others says nothing."""
    words = [value] if isinstance(value, str) else value
    ids = [part for word in words for part in word.split(",")] if all(isinstance(w, str) for w in words) else words
    return [part for part in dict.fromkeys(ids) if part and part != ALL]


Day = Annotated[date | None, BeforeValidator(_parse_day)]
Ids = Annotated[
    list[Annotated[str, Field(max_length=60)]], BeforeValidator(_split), Field(max_length=MOST_INTEGRATIONS)
]


class SpanQuery(Wire):
    """A period up to today, or days of your own, both included. Without either: 30 days, 12 weeks or 12 months."""

    interval: Interval | None = Field(default=None, description="hour, day, week (ISO 8601) or month")
    period: Period | None = Field(default=None, description="up to today; `from` and `to` go before it")
    first: Day = Field(default=None, alias="from", description="first day, in the platform's time zone")
    last: Day = Field(default=None, alias="to", description="last day, included")


class ActivationsQuery(SpanQuery):
    integration_id: Ids = Field(default_factory=list, description="one of yours, several, or all")


class PointRead(Wire):
    """`start` and `end` are days, both included, or the instant an hour begins. `net` is activated less deactivated.

    `expired` counts companies whose last connection died unused, which still have it active; `active` is how many do
    at the end; `churn` is deactivated by active at the start, `conversion` activated by viewed, null where there is
    nothing to divide by. Test companies are not counted.
    """

    start: datetime | date
    end: datetime | date
    activated: int
    reactivated: int
    deactivated: int
    expired: int
    net: int
    active: int
    churn: float | None
    viewed: int
    conversion: float | None
    launched: int
    purchased: int
    cancelled: int
    called: int
    failed: int


class CountryRead(Wire):
    country_code: str
    activated: int
    deactivated: int


class CauseRead(Wire):
    cause: str
    number: int


class ActivationStatisticsRead(Wire):
    """`before` are the totals of as many days just before."""

    interval: Interval
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    time_zone: str
    integration_ids: tuple[str, ...]
    active_now: int
    points: tuple[PointRead, ...]
    totals: PointRead
    before: PointRead
    countries: tuple[CountryRead, ...]
    causes: tuple[CauseRead, ...]
