"""Health and the API description."""

from __future__ import annotations

from chalicelib.kit.context import Context
from chalicelib.kit.guards import alike
from chalicelib.kit.http import Router
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response, json_response
from chalicelib.site import service

router = Router(__name__)

_HOUR = {"Cache-Control": "public, max-age=3600"}


@router.raw("/healthz", methods=["GET"], guard=alike)
def get_health(ctx: Context, request: Request) -> Response:  # noqa: ARG001 - every raw view is called alike
    return json_response(service.health())


@router.raw("/openapi.json", methods=["GET"], guard=alike)
def get_openapi(ctx: Context, request: Request) -> Response:  # noqa: ARG001 - as above
    return json_response(service.openapi_document(), headers=_HOUR)
