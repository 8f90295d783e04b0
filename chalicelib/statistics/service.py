"""What a developer or the operator asks: numbers per interval without gaps, or as CSV; and what is tallied."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from chalicelib.accounts.domain import is_sandbox
from chalicelib.config import load_data
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration, IntegrationStatus
from chalicelib.kit.context import Context
from chalicelib.kit.errors import MalformedRequestError, NotFoundError
from chalicelib.kit.pagination import MAX_LIMIT, PageQuery
from chalicelib.statistics import progress, recount, repository, tallies
from chalicelib.statistics.answer import ActivationStatistics, Span, fill, period_span, usual_span
from chalicelib.statistics.calendar import Interval, day_of, label
from chalicelib.statistics.domain import LONGEST, PLATFORM, FactKind
from chalicelib.statistics.reading import read_history
from chalicelib.statistics.schemas import ActivationsQuery, SpanQuery

__all__ = [
    "ActivationStatistics",
    "count_activations",
    "count_call",
    "count_latest",
    "count_launch",
    "count_platform",
    "count_refusal",
    "count_view",
    "find_state",
    "list_choices",
    "render_csv",
]

_NUMBERS = (
    "activated", "reactivated", "deactivated", "net", "expired", "active", "churn", "viewed", "conversion",
    "launched", "purchased", "cancelled", "called", "failed",
)  # fmt: skip
_CSV_HEAD = ("interval", "from", "to", *_NUMBERS, "integration_ids", "integrations")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class State:
    """What the operator may know of the counting: how far it is, and what the last recount found."""

    progress: progress.Progress | None
    recount: recount.Recount | None


def count_latest(ctx: Context) -> ActivationStatistics:
    """The latest thirty days of all the caller's integrations: one call."""
    return count_activations(ctx, ActivationsQuery())


def count_activations(
    ctx: Context, query: ActivationsQuery, known: Sequence[Integration] | None = None
) -> ActivationStatistics:
    """Raises NotFoundError for somebody else's integration, MalformedRequestError for an impossible range.

    `known` are integrations of the caller that need not be asked for again.
    """
    span = _span_of(ctx, query)
    wanted = tuple(query.integration_id)
    if wanted:
        _require_own(ctx, wanted, list_choices(ctx) if known is None else known)
    return _count(ctx, ctx.caller.tenant_id, wanted, span)


def count_platform(ctx: Context, query: SpanQuery) -> ActivationStatistics:
    """Everybody's numbers together, for the operator. Raises MalformedRequestError for an impossible range."""
    return _count(ctx, PLATFORM, (), _span_of(ctx, query))


def find_state() -> State:
    """One Query."""
    notes = repository.read_notes()
    told, found = notes.get(progress.NOTE), notes.get(recount.NOTE)
    return State(progress.parse(told) if told else None, recount.parse(found) if found else None)


def list_choices(ctx: Context) -> list[Integration]:
    """The caller's integrations by name; beyond the first hundred one is asked for by its id all the same."""
    found = integrations.list_integrations(ctx, PageQuery(limit=MAX_LIMIT)).items
    return sorted(found, key=lambda one: one.name.casefold())


def _require_own(ctx: Context, wanted: Iterable[str], known: Iterable[Integration]) -> None:
    """Raises NotFoundError unless all are the caller's."""
    names = {one.integration_id for one in known}
    for integration_id in wanted:
        if integration_id not in names:
            integrations.get_integration(ctx, integration_id)


def count_view(ctx: Context, integration_id: str) -> None:
    """Somebody looked at the listing; its own people do not count. Raises NotFoundError."""
    integration = integrations.get_public(integration_id)
    if integration.status is not IntegrationStatus.PUBLISHED:
        raise NotFoundError
    if ctx.actor is None or ctx.actor.tenant_id != integration.tenant_id:
        tallies.add(ctx, integration.tenant_id, integration_id, FactKind.VIEWED)


def count_launch(ctx: Context, owner_tenant_id: str, integration_id: str) -> None:
    """A customer went to the integration."""
    tallies.add(ctx, owner_tenant_id, integration_id, FactKind.LAUNCHED)


def count_call(ctx: Context, client_id: str, cause: str = "") -> None:
    """A client called the API, or was refused for a `cause`, which is an error code. Test companies do not count."""
    if ctx.actor is not None and is_sandbox(ctx.actor.tenant_id):
        return
    tallies.add_call(ctx, client_id, cause)


def count_refusal(ctx: Context, client_id: str, cause: str) -> None:
    """An attempt to connect was refused, for one of the flight recorder's causes."""
    tallies.add_call(ctx, client_id, cause)


def render_csv(counted: ActivationStatistics, names: Iterable[str] = ()) -> str:
    """RFC 4180, one line per interval."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_CSV_HEAD)
    about = [_plain_cell(" ".join(counted.integration_ids) or "all"), _plain_cell(", ".join(names))]
    for point in counted.points:
        numbers = [getattr(point, name) for name in _NUMBERS]
        cells = ["" if number is None else number for number in numbers]
        writer.writerow(
            [label(counted.interval, point.start), point.start.isoformat(), point.end.isoformat(), *cells, *about]
        )
    return text.getvalue()


def _count(ctx: Context, owner: str, wanted: tuple[str, ...], span: Span) -> ActivationStatistics:
    zone = _zone()
    today = day_of(ctx.now, zone)
    history = read_history(owner, wanted, span, today, zone)
    return ActivationStatistics(
        span=span,
        integration_ids=wanted,
        time_zone=zone.key,
        points=fill(span, history, zone),
        totals=history.total(span),
        before=history.total(span.before),
        active_now=sum(history.months.values()),
    )


def _span_of(ctx: Context, query: SpanQuery) -> Span:
    today = day_of(ctx.now, _zone())
    if query.period and query.first is None and query.last is None:
        span = period_span(query.period, query.interval, today)
    else:
        span = usual_span(query.interval or Interval.DAY, query.first, query.last, today)
    if span.first > span.last:
        raise _refused("from", "The first day must not be after the last.")
    longest = LONGEST[span.interval]
    if span.days > longest:
        message = (
            "Hours are shown for one day." if longest == 1 else f"Ask for at most {longest} days at this interval."
        )
        raise _refused("from", message)
    return span


def _zone() -> ZoneInfo:
    return ZoneInfo(load_data("platform")["time_zone"])


def _refused(name: str, message: str) -> MalformedRequestError:
    return MalformedRequestError(message, extra={"errors": [{"pointer": f"/{name}", "message": message}]})


def _plain_cell(text: str) -> str:
    """A spreadsheet must not run somebody's name as a formula (OWASP: CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) else text
