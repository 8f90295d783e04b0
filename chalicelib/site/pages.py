"""Pages that explain: the API reference and the meaning of every error code."""

from __future__ import annotations

from chalicelib.kit.context import Context
from chalicelib.kit.guards import public
from chalicelib.kit.http import Router
from chalicelib.kit.pages import page_errors, show
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response
from chalicelib.site import service
from chalicelib.site.reference import list_areas

pages = Router(__name__, kind="page", errors=page_errors)


@pages.raw("/docs/problems", methods=["GET"], guard=public)
def show_problems(ctx: Context, request: Request) -> Response:
    return show(
        ctx,
        request,
        "site/problems.html",
        title="Error codes",
        active="/docs/problems",
        sections=service.problem_sections(),
    )


@pages.raw("/docs/api", methods=["GET"], guard=public)
def show_api(ctx: Context, request: Request) -> Response:
    areas = list_areas(service.operations())
    return show(ctx, request, "site/api.html", title="API reference", active="/docs/api", areas=areas)


@pages.raw("/docs/api/{operation_id}", methods=["GET"], guard=public)
def show_operation(ctx: Context, request: Request, operation_id: str) -> Response:
    operation = service.get_operation(operation_id)
    areas = list_areas(service.operations())
    return show(
        ctx, request, "site/operation.html", title="API reference", active="/docs/api", operation=operation,
        beside=areas[operation.area],
    )  # fmt: skip
