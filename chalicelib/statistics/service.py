"""What a developer asks: activations per interval, for one integration or all, as points without gaps or as CSV."""

from __future__ import annotations

import csv
import io
from zoneinfo import ZoneInfo

from chalicelib.config import load_data
from chalicelib.integrations import service as integrations
from chalicelib.kit.context import Context
from chalicelib.kit.errors import MalformedRequestError
from chalicelib.statistics import repository
from chalicelib.statistics.domain import (
    ALL,
    LONGEST,
    ActivationStatistics,
    Interval,
    Span,
    day_of,
    fill,
    label,
    usual_span,
)
from chalicelib.statistics.schemas import ActivationsQuery

_CSV_HEAD = (
    "interval",
    "from",
    "to",
    "activated",
    "reactivated",
    "deactivated",
    "net",
    "integration_id",
    "integration",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def count_activations(ctx: Context, query: ActivationsQuery) -> ActivationStatistics:
    """Raises NotFoundError for somebody else's integration, MalformedRequestError for an impossible range."""
    zone = ZoneInfo(load_data("platform")["time_zone"])
    span = usual_span(query.interval, query.first, query.last, day_of(ctx.now, zone))
    _check_span(span)
    if query.integration_id != ALL:
        integrations.get_integration(ctx, query.integration_id)
    # Whole weeks and months are stored; a range that cuts one is added up from days, so totals agree in every interval.
    stored = span.interval if span.is_whole else Interval.DAY
    found = repository.read_buckets(ctx.caller.tenant_id, query.integration_id, stored, span.first, span.last)
    return ActivationStatistics(
        span=span, integration_id=query.integration_id, time_zone=zone.key, points=fill(span, found)
    )


def count_latest(ctx: Context) -> ActivationStatistics:
    """The latest thirty days of all the caller's integrations: one call."""
    return count_activations(ctx, ActivationsQuery())


def render_csv(ctx: Context, query: ActivationsQuery) -> str:
    """RFC 4180, one line per interval. Raises like `count_activations`."""
    counted = count_activations(ctx, query)
    name = "" if query.integration_id == ALL else integrations.get_integration(ctx, query.integration_id).name
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_CSV_HEAD)
    for point in counted.points:
        writer.writerow(
            [
                label(counted.interval, point.start),
                point.start.isoformat(),
                point.end.isoformat(),
                *(point.activated, point.reactivated, point.deactivated, point.net),
                _plain_cell(counted.integration_id),
                _plain_cell(name),
            ]
        )
    return text.getvalue()


def _check_span(span: Span) -> None:
    if span.first > span.last:
        raise _refused("from", "The first day must not be after the last.")
    if span.days > LONGEST[span.interval]:
        raise _refused("from", f"Ask for at most {LONGEST[span.interval]} days at this interval.")


def _refused(name: str, message: str) -> MalformedRequestError:
    return MalformedRequestError(message, extra={"errors": [{"pointer": f"/{name}", "message": message}]})


def _plain_cell(text: str) -> str:
    """A spreadsheet must not run somebody's name as a formula (OWASP: CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) else text
