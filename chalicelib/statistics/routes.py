"""Statistics as JSON and CSV, and the picture by which a listing's views are counted."""

from __future__ import annotations

from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.gate import parse_query
from chalicelib.kit.guards import public, role
from chalicelib.kit.http import Router
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response
from chalicelib.statistics import service
from chalicelib.statistics.answer import ActivationStatistics
from chalicelib.statistics.schemas import ActivationsQuery, ActivationStatisticsRead, SpanQuery

router = Router(__name__)

_READERS = role("developer", "viewer")
_OPERATOR = role("operator")
_SEEN = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


@router.route("/statistics/activations", methods=["GET"], guard=_READERS, query=ActivationsQuery,
              returns=ActivationStatisticsRead, problems=[NotFoundError])  # fmt: skip
def count_activations(ctx: Context, query: ActivationsQuery) -> ActivationStatistics:
    """Count activations per hour, day, week or month, for one integration, several or all"""
    return service.count_activations(ctx, query)


@router.raw("/statistics/activations.csv", methods=["GET"], guard=_READERS, problems=[NotFoundError])
def download_activations(ctx: Context, request: Request) -> Response:
    """The same as CSV"""
    query = parse_query(ActivationsQuery, request.query)
    known = service.list_choices(ctx) if query.integration_id else []
    names = [one.name for one in known if one.integration_id in query.integration_id]
    return _csv(service.count_activations(ctx, query, known), names)


@router.route("/statistics/platform", methods=["GET"], guard=_OPERATOR, query=SpanQuery,
              returns=ActivationStatisticsRead)  # fmt: skip
def count_platform(ctx: Context, query: SpanQuery) -> ActivationStatistics:
    """Count everybody's activations together, for the operator"""
    return service.count_platform(ctx, query)


@router.raw("/statistics/platform.csv", methods=["GET"], guard=_OPERATOR)
def download_platform(ctx: Context, request: Request) -> Response:
    """The same as CSV"""
    return _csv(service.count_platform(ctx, parse_query(SpanQuery, request.query)))


@router.raw("/statistics/seen/{integration_id}", methods=["GET"], guard=public, problems=[NotFoundError])
def count_view(ctx: Context, request: Request, integration_id: str) -> Response:  # noqa: ARG001 - as all raw views
    """An invisible picture in a listing: the page itself may come from a cache, this never does"""
    service.count_view(ctx, integration_id)
    return Response(_SEEN, 200, {"Content-Type": "image/svg+xml", "Cache-Control": "no-store"})


def _csv(counted: ActivationStatistics, names: list[str] | None = None) -> Response:
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="activations-{counted.interval}.csv"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(service.render_csv(counted, names or []), 200, headers)
