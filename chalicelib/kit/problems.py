"""Errors rendered once, as RFC 9457 problem documents."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.config import settings
from chalicelib.kit.errors import AppError, InternalError
from chalicelib.kit.response import Response

__all__ = ["problem", "render_problem"]


def problem(error: AppError, request_id: str) -> dict[str, Any]:
    """The members of RFC 9457 §3.1; `instance` is the request id that support asks for."""
    if isinstance(error, InternalError):
        kind, title = "about:blank", "Internal Server Error"
    else:
        kind, title = f"{settings().origin}/docs/problems#{error.code}", error.title
    body: dict[str, Any] = {"type": kind, "title": title, "status": error.status, "instance": request_id}
    if error.detail and not isinstance(error, InternalError):
        body["detail"] = error.detail
    return error.extra | body | {"code": error.code}  # an extra member never stands for one of RFC 9457


def render_problem(error: AppError, request_id: str) -> Response:
    headers = {"Content-Type": "application/problem+json", "Cache-Control": "no-store"}
    if error.status == 401:  # noqa: PLR2004 - RFC 9110 §15.5.2: a 401 names the scheme
        headers["WWW-Authenticate"] = 'Bearer realm="anslut"'
    return Response(json.dumps(problem(error, request_id)), error.status, headers | error.headers)
