"""Statistics as a page: a form that is an address to share, figures, a chart that is a table, a download."""

from __future__ import annotations

from urllib.parse import urlencode

from chalicelib.integrations import service as integrations
from chalicelib.kit.context import Context
from chalicelib.kit.errors import MalformedRequestError
from chalicelib.kit.gate import parse_query
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.i18n import mark, translate
from chalicelib.kit.pages import page_errors, pick_lang, show
from chalicelib.kit.pagination import MAX_LIMIT, PageQuery
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response
from chalicelib.statistics import service
from chalicelib.statistics.domain import ALL, ActivationStatistics, Interval
from chalicelib.statistics.schemas import ActivationsQuery

pages = Router(__name__, kind="page", errors=page_errors)

_HOME = "/portal/statistics"
_INTERVALS = {Interval.DAY: mark("Day"), Interval.WEEK: mark("Week"), Interval.MONTH: mark("Month")}


@pages.raw(_HOME, methods=["GET"], guard=role("developer", "viewer"))
def show_statistics(ctx: Context, request: Request) -> Response:
    lang = pick_lang(request)
    errors: dict[str, str] = {}
    try:
        query = parse_query(ActivationsQuery, request.query)
        counted = service.count_activations(ctx, query)
    except MalformedRequestError as error:
        # The page stays usable: what was wrong is said beside the field, the usual range is shown.
        for entry in error.extra.get("errors", []):
            errors[entry["pointer"].strip("/")] = translate(lang, entry["message"])
        query = ActivationsQuery()
        counted = service.count_activations(ctx, query)
    return show(
        ctx, request, "statistics/activations.html", title="Statistics", active=_HOME, status=400 if errors else 200,
        counted=counted, errors=errors, typed={name: request.query.get(name) or "" for name in ("from", "to")},
        intervals=[(str(key), translate(lang, text)) for key, text in _INTERVALS.items()],
        integrations=[(ALL, translate(lang, "All integrations")), *_choices(ctx)], csv_href=_csv_href(counted),
    )  # fmt: skip


def _choices(ctx: Context) -> list[tuple[str, str]]:
    """The caller's integrations; beyond the first hundred the address takes an id all the same."""
    found = integrations.list_integrations(ctx, PageQuery(limit=MAX_LIMIT)).items
    return sorted(((one.integration_id, one.name) for one in found), key=lambda choice: choice[1].casefold())


def _csv_href(counted: ActivationStatistics) -> str:
    asked = {
        "interval": str(counted.interval),
        "from": counted.first.isoformat(),
        "to": counted.last.isoformat(),
        "integration_id": counted.integration_id,
    }
    return f"/statistics/activations.csv?{urlencode(asked)}"
