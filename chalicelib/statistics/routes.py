"""Statistics as JSON and CSV."""

from __future__ import annotations

from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.gate import parse_query
from chalicelib.kit.guards import role
from chalicelib.kit.http import Router
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response
from chalicelib.statistics import service
from chalicelib.statistics.domain import ActivationStatistics
from chalicelib.statistics.schemas import ActivationsQuery, ActivationStatisticsRead

router = Router(__name__)

_READERS = role("developer", "viewer")


@router.route("/statistics/activations", methods=["GET"], guard=_READERS, query=ActivationsQuery,
              returns=ActivationStatisticsRead, problems=[NotFoundError])  # fmt: skip
def count_activations(ctx: Context, query: ActivationsQuery) -> ActivationStatistics:
    """Count activations per day, week or month, for one integration or all"""
    return service.count_activations(ctx, query)


@router.raw("/statistics/activations.csv", methods=["GET"], guard=_READERS, problems=[NotFoundError])
def download_activations(ctx: Context, request: Request) -> Response:
    """The same as CSV"""
    query = parse_query(ActivationsQuery, request.query)
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="activations-{query.interval}.csv"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(service.render_csv(ctx, query), 200, headers)
