"""Bearer tokens at our own resource server (RFC 6750): header only, verified without a call, revoked ones refused."""

from __future__ import annotations

import re

from chalicelib.kit.context import Actor, Context
from chalicelib.kit.errors import MalformedRequestError, UnauthenticatedError
from chalicelib.kit.request import Request
from chalicelib.oauth.attempts.recorder import record_old_token
from chalicelib.oauth.cutoffs import is_revoked, is_told_old
from chalicelib.oauth.tokens import verify_access_token

_BEARER = re.compile(r"bearer(?: +(.*))?", re.IGNORECASE)
_FORM = "application/x-www-form-urlencoded"


class InvalidTokenError(UnauthenticatedError):
    """RFC 6750 §3.1: the token is expired, revoked, malformed or not ours; which of them is not said."""

    title = "The access token is wrong or has expired"


def authenticate_bearer(request: Request, ctx: Context) -> Actor | None:
    """The caller an access token speaks for; None without a bearer token in the header.

    A token in the query or body is never looked at (RFC 9700 §4.3.2). Raises InvalidTokenError, MalformedRequestError
    when there is a second one, UnavailableError.
    """
    found = _BEARER.fullmatch(request.headers.get("authorization", "").strip())
    if found is None:
        return None
    _check_only_one(request)
    try:
        token = verify_access_token(ctx, found[1] or "")
    except ValueError as error:
        raise refuse_token(str(error)) from error
    if is_revoked(ctx, token):
        refused = refuse_token("revoked")
        if is_told_old(ctx, token):
            record_old_token(ctx, refused, token)
        raise refused
    return Actor(
        account_id=token.user_id,
        tenant_id=token.tenant_id,
        scopes=token.scopes,
        client_id=token.client_id,
        number=token.tenant_number,
    )


def _check_only_one(request: Request) -> None:
    # RFC 6750 §2: not more than one method in each request.
    in_body = request.content_type == _FORM and "access_token" in request.form()
    if "access_token" in request.query or in_body:
        raise MalformedRequestError(
            "Send the access token in the Authorization header only.",
            headers={"WWW-Authenticate": 'Bearer realm="anslut", error="invalid_request"'},
        )


def refuse_token(cause: str) -> InvalidTokenError:
    """The one answer for a token that is not accepted, whatever the cause."""
    return InvalidTokenError(
        "Refresh the access token, or ask the customer to connect again.",
        log={"cause": cause},
        headers={
            "WWW-Authenticate": 'Bearer realm="anslut", error="invalid_token", '
            'error_description="The access token is wrong or has expired"'
        },
    )
