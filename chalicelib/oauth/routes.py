"""The back-channel endpoints: token, revocation, introspection, keys and metadata; JSON, and never a cookie.

`alike`: a client shows its own credentials in each request, so no session is looked for.
"""

from __future__ import annotations

from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError, InternalError, UnauthenticatedError, UnavailableError
from chalicelib.kit.guards import alike
from chalicelib.kit.http import Router
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response, json_response
from chalicelib.oauth import metadata as described
from chalicelib.oauth.attempts.domain import Step
from chalicelib.oauth.attempts.recorder import recording, step_of
from chalicelib.oauth.client_auth import authenticate_client
from chalicelib.oauth.cors import readable_by_browsers
from chalicelib.oauth.domain import ACCESS_TOKEN_LIFETIME, TokenAnswer
from chalicelib.oauth.errors import (
    GRANT_NOT_USED,
    InvalidClientError,
    InvalidRequestError,
    OAuthError,
    ServerFaultError,
    TemporarilyUnavailableError,
    UnauthorizedClientError,
    UnsupportedGrantTypeError,
)
from chalicelib.oauth.grants import GRANTS
from chalicelib.oauth.introspection import introspect_token
from chalicelib.oauth.legacy.migration import migrate_legacy_token
from chalicelib.oauth.requests import parse_request
from chalicelib.oauth.revocation import revoke_token
from chalicelib.oauth.scope import render_scope

_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def render_oauth_error(error: AppError, _ctx: Context, _request: Request) -> Response:
    """RFC 6749 §5.2. Our own trouble is 503, never `invalid_grant`: clients throw their tokens away on that."""
    shown = error if isinstance(error, OAuthError) else _translated(error)
    body = {"error": shown.error, "error_description": shown.description}
    # The status of the original: 404 and 405 stay what they are.
    return json_response(body, error.status, _NO_STORE | shown.headers)


def _translated(error: AppError) -> OAuthError:
    if isinstance(error, UnavailableError):
        return TemporarilyUnavailableError(error.detail, headers=error.headers)
    if isinstance(error, UnauthenticatedError):
        return InvalidClientError()
    if error.status >= InternalError.status:
        return ServerFaultError(headers=error.headers)
    return InvalidRequestError(error.detail, headers=error.headers)


router = Router("oauth.routes", kind="oauth", errors=render_oauth_error)


@router.raw("/oauth-v1/token", methods=["POST"], guard=alike)
def issue_tokens(ctx: Context, request: Request) -> Response:
    """Framing, then who is asking, then the grant."""
    asked = parse_request(request)
    with recording(ctx, step_of(asked.get("grant_type"))) as attempt:
        client = authenticate_client(ctx, asked)
        attempt.client_id = client.client_id
        with readable_by_browsers(client, request) as cors:
            grant = GRANTS.get(asked.require("grant_type"))
            if grant is None:
                raise UnsupportedGrantTypeError
            if asked.get("grant_type") not in client.grant_types:
                raise UnauthorizedClientError(log=GRANT_NOT_USED)  # RFC 6749 §5.2
            return _render_tokens(grant(ctx, client, asked), cors)


@router.raw("/oauth-v1/migrate", methods=["POST"], guard=alike)
def migrate(ctx: Context, request: Request) -> Response:
    """A token of the earlier system for a pair of ours, once."""
    asked = parse_request(request)
    with recording(ctx, Step.MIGRATION) as attempt:
        client = authenticate_client(ctx, asked)
        attempt.client_id = client.client_id
        return _render_tokens(migrate_legacy_token(ctx, client, asked), {})


@router.raw("/oauth-v1/revoke", methods=["POST"], guard=alike)
def revoke(ctx: Context, request: Request) -> Response:
    asked = parse_request(request)
    client = authenticate_client(ctx, asked)
    with readable_by_browsers(client, request) as cors:
        revoke_token(ctx, client, asked.require("token"))
        return json_response({"revoked": True}, headers=_NO_STORE | cors)


@router.raw("/oauth-v1/introspect", methods=["POST"], guard=alike)
def introspect(ctx: Context, request: Request) -> Response:
    asked = parse_request(request)
    client = authenticate_client(ctx, asked)
    if client.is_public:
        raise InvalidClientError  # RFC 7662 §2.1: this endpoint wants proof of who asks
    return json_response(introspect_token(ctx, client, asked.require("token")), headers=_NO_STORE)


@router.raw("/oauth-v1/jwks", methods=["GET"], guard=alike)
def get_jwks(_ctx: Context, request: Request) -> Response:
    return described.cacheable(request, described.jwks())


@router.raw("/.well-known/oauth-authorization-server", methods=["GET"], guard=alike)
def get_metadata(_ctx: Context, request: Request) -> Response:
    return described.cacheable(request, described.metadata())


@router.raw("/oauth-v1/.well-known/openid-configuration", methods=["GET"], guard=alike)
def get_metadata_at_the_other_address(_ctx: Context, request: Request) -> Response:
    """Real clients of the dialect ask here; it is the same document."""
    return described.cacheable(request, described.metadata())


def _render_tokens(answer: TokenAnswer, cors: dict[str, str]) -> Response:
    body: dict[str, object] = {"access_token": answer.access_token}
    if answer.refresh_token is not None:
        body["refresh_token"] = answer.refresh_token
    body["scope"] = render_scope(answer.scopes)
    body["expires_in"] = int(ACCESS_TOKEN_LIFETIME.total_seconds())
    body["token_type"] = "bearer"  # noqa: S105 - RFC 6749 §7.1
    return json_response(body, headers=_NO_STORE | cors)
