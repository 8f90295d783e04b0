"""Statistics as pages: a form that is an address to share, figures, charts that are tables, a download."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode

from chalicelib.kit.context import Context
from chalicelib.kit.errors import MalformedRequestError
from chalicelib.kit.gate import parse_query
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.i18n import mark, translate
from chalicelib.kit.pages import page_errors, pick_lang, show
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response
from chalicelib.oauth.service import CAUSES
from chalicelib.statistics import service
from chalicelib.statistics.answer import ActivationStatistics
from chalicelib.statistics.calendar import Interval
from chalicelib.statistics.domain import ALL
from chalicelib.statistics.schemas import ActivationsQuery, Period, SpanQuery

pages = Router(__name__, kind="page", errors=page_errors)

_HOME = "/portal/statistics"
_OPERATOR_HOME = "/operator/statistics"
_INTERVALS = {
    Interval.HOUR: mark("Hour"),
    Interval.DAY: mark("Day"),
    Interval.WEEK: mark("Week"),
    Interval.MONTH: mark("Month"),
}
_PERIODS = {
    Period.WEEK: mark("7 days"),
    Period.MONTH: mark("30 days"),
    Period.QUARTER: mark("90 days"),
    Period.YEAR: mark("12 months"),
}

_CAUSES = {str(cause): text for cause, text in CAUSES.items()} | {
    "rate-limit-reached": mark("More than 25 calls within five seconds")
}

Q = TypeVar("Q", bound=SpanQuery)


@pages.raw(_HOME, methods=["GET"], guard=role("developer", "viewer"))
def show_statistics(ctx: Context, request: Request) -> Response:
    known = service.list_choices(ctx)
    query, counted, errors = _ask(request, ActivationsQuery, lambda query: service.count_activations(ctx, query, known))
    chosen = list(counted.integration_ids)
    lang = pick_lang(request)
    return show(
        ctx, request, "statistics/activations.html", title="Statistics", active=_HOME, status=400 if errors else 200,
        choices=[(one.integration_id, one.name) for one in known], chosen=chosen, first_choice=(chosen or [ALL])[0],
        all_choices=[(ALL, translate(lang, "All integrations")), *((one.integration_id, one.name) for one in known)],
        state=None, **_shown(request, query, counted, errors, home=_HOME, csv="/statistics/activations.csv"),
    )  # fmt: skip


@pages.raw(_OPERATOR_HOME, methods=["GET"], guard=role("operator"))
def show_platform_statistics(ctx: Context, request: Request) -> Response:
    query, counted, errors = _ask(request, SpanQuery, lambda query: service.count_platform(ctx, query))
    return show(
        ctx, request, "statistics/activations.html", title="Statistics", active=_OPERATOR_HOME,
        status=400 if errors else 200, choices=[], chosen=[], first_choice=ALL, all_choices=[],
        state=service.find_state(),
        **_shown(request, query, counted, errors, home=_OPERATOR_HOME, csv="/statistics/platform.csv"),
    )  # fmt: skip


def _ask(
    request: Request, model: type[Q], count: Callable[[Q], ActivationStatistics]
) -> tuple[Q, ActivationStatistics, dict[str, str]]:
    """The page stays usable: what was wrong is said beside the field, the usual range is shown."""
    try:
        query = parse_query(model, request.query)
        return query, count(query), {}
    except MalformedRequestError as error:
        lang = pick_lang(request)
        found = {entry["pointer"].strip("/").split("/")[0]: entry["message"] for entry in error.extra.get("errors", [])}
        query = model()
        return query, count(query), {name: translate(lang, text) for name, text in found.items()}


def _shown(
    request: Request, query: SpanQuery, counted: ActivationStatistics, errors: Mapping[str, str], *, home: str, csv: str
) -> dict[str, Any]:
    lang = pick_lang(request)
    ids = [("integration_id", one) for one in counted.integration_ids]
    days = [("from", counted.first.isoformat()), ("to", counted.last.isoformat())]
    is_custom = query.first is not None or query.last is not None
    return {
        "counted": counted,
        "errors": errors,
        "typed": {name: request.query.get(name) or "" for name in ("from", "to")},
        "intervals": [(str(key), translate(lang, text)) for key, text in _INTERVALS.items()],
        "periods": [
            (
                translate(lang, text),
                f"{home}?{urlencode([('period', str(key)), *ids])}",
                query.period == key and not is_custom,
            )
            for key, text in _PERIODS.items()
        ],
        "words": _CAUSES,
        "home": home,
        "csv_href": f"{csv}?{urlencode([('interval', str(counted.interval)), *days, *ids])}",
        "share_href": f"{home}?{urlencode([('interval', str(counted.interval)), *days, *ids])}",
    }
