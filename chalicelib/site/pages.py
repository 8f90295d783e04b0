"""Pages that explain: the API reference, the meaning of every error code, what pages are made of."""

from __future__ import annotations

from dataclasses import replace

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


@pages.raw("/status", methods=["GET"], guard=public)
def show_status(ctx: Context, request: Request) -> Response:
    return show(ctx, request, "site/status.html", title="Service status", look=service.look_around(ctx.now))


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


@pages.raw("/docs/components", methods=["GET"], guard=public)
def show_components(ctx: Context, request: Request) -> Response:
    return show(ctx, request, "layout/components.html", title="Components", sample=service.component_samples(ctx.now))


@pages.raw("/docs/components/{status}", methods=["GET"], guard=public)
def show_error_sample(ctx: Context, request: Request, status: str) -> Response:
    """The page of an error as it looks; nothing went wrong, so it is answered with 200 and alarms nobody."""
    wanted = service.find_error_sample(status)
    page = show(ctx, request, "layout/error.html", title="Components", status=wanted, private_frame=True, detail="")
    return replace(page, status=200)
