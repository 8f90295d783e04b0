"""Errors in the dialect: both spellings of every key on every error, for clients read one or the other."""

from __future__ import annotations

from chalicelib.company_api.domain import LicenceMissingError
from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError, InternalError, RejectedError, UnauthenticatedError
from chalicelib.kit.guards import InsufficientScopeError
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response, json_response

TOKEN_MISSING = 2000311
TOKEN_REFUSED = 2003275
LICENCE_MISSING = 2001101
SCOPE_MISSING = 2000663
_REJECTED = 400  # the dialect has no 422
_OURS = 2000000  # and the status: 2000404, 2000429 and so on; the dialect has no code of its own for these


def render_dialect_error(error: AppError, _ctx: Context, request: Request) -> Response:
    message = error.title if isinstance(error, InternalError) or not error.detail else error.detail
    if isinstance(error, RejectedError) and error.errors:
        message = " ".join(f"{entry['pointer'].strip('/')}: {entry['message']}." for entry in error.errors[:5])
    code = _code(error, request)
    information = {"error": 1, "message": message, "code": code, "Error": 1, "Message": message, "Code": code}
    body: dict[str, object] = {"ErrorInformation": information}
    headers = {"Pragma": "no-cache", **error.headers}
    if isinstance(error, UnauthenticatedError):
        body = {"message": "unauthorized", **body}
        headers = {"WWW-Authenticate": 'Bearer realm="anslut"', **headers}
    return json_response(body, _REJECTED if isinstance(error, RejectedError) else error.status, headers)


def _code(error: AppError, request: Request) -> int:
    if isinstance(error, UnauthenticatedError):
        return TOKEN_REFUSED if request.headers.get("authorization", "").lower().startswith("bearer") else TOKEN_MISSING
    if isinstance(error, InsufficientScopeError):
        return SCOPE_MISSING
    if isinstance(error, LicenceMissingError):
        return LICENCE_MISSING
    return _OURS + (_REJECTED if isinstance(error, RejectedError) else error.status)
