"""Statistics on the wire."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from chalicelib.kit.gate import Wire
from chalicelib.statistics.domain import ALL, EARLIEST, LATEST, Interval

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


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


Day = Annotated[date | None, BeforeValidator(_parse_day)]


class ActivationsQuery(Wire):
    """Both days are included. Without them: the latest 30 days, 12 weeks or 12 months."""

    interval: Interval = Field(default=Interval.DAY, description="day, week (ISO 8601) or month")
    first: Day = Field(default=None, alias="from", description="first day, in the platform's time zone")
    last: Day = Field(default=None, alias="to", description="last day, included")
    integration_id: str = Field(default=ALL, max_length=60, description="one of yours, or all")


class PointRead(Wire):
    """`start` and `end` are days, both included; `net` is activated less deactivated."""

    start: date
    end: date
    activated: int
    reactivated: int
    deactivated: int
    net: int


class ActivationStatisticsRead(Wire):
    interval: Interval
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    time_zone: str
    integration_id: str
    points: tuple[PointRead, ...]
    totals: PointRead
