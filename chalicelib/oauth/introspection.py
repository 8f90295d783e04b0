"""Introspection (RFC 7662): what a client's own token is worth right now; anything else is just not active."""

from __future__ import annotations

from typing import Any

from chalicelib.integrations.domain import Integration
from chalicelib.kit.context import Context
from chalicelib.oauth.cutoffs import is_cut_off, is_revoked
from chalicelib.oauth.domain import REFRESH_GRACE, REFRESH_IDLE_LIFETIME, AccessToken, TokenFamily, audience, issuer
from chalicelib.oauth.refresh_tokens import RefreshToken, parse_refresh_token
from chalicelib.oauth.repository import families
from chalicelib.oauth.scope import render_scope
from chalicelib.oauth.tokens import verify_access_token

_INACTIVE = {"active": False}  # RFC 7662 §2.2: and not a word more


def introspect_token(ctx: Context, client: Integration, token: str) -> dict[str, Any]:
    refresh_token = parse_refresh_token(token)
    if refresh_token is not None:
        return _of_refresh_token(ctx, client, refresh_token)
    try:
        access_token = verify_access_token(ctx, token)
    except ValueError:
        return _INACTIVE
    if access_token.client_id != client.client_id or is_revoked(ctx, access_token):
        return _INACTIVE
    return _of_access_token(access_token)


def _of_access_token(token: AccessToken) -> dict[str, Any]:
    return {
        "active": True,
        "token_type": "bearer",
        "scope": render_scope(token.scopes),
        "client_id": token.client_id,
        "sub": token.sub,
        "exp": int(token.expires_at.timestamp()),
        "iat": int(token.issued_at.timestamp()),
        "jti": token.jti,
        "iss": issuer(),
        "aud": audience(),
        "tenantId": token.tenant_number,
        "userId": token.user_id,
    }


def _of_refresh_token(ctx: Context, client: Integration, token: RefreshToken) -> dict[str, Any]:
    family = families.find_family(token.family_id)
    if family is None or family.client_id != client.client_id or not family.is_live(ctx.now):
        return _INACTIVE
    if is_cut_off(ctx, family):
        return _INACTIVE
    in_grace = token.gen == family.gen - 1 and ctx.now - family.rotated_at <= REFRESH_GRACE
    if token.gen != family.gen and not in_grace:
        return _INACTIVE
    expires_at = min(family.expires_at, family.rotated_at + REFRESH_IDLE_LIFETIME)
    return _described(family) | {"exp": int(expires_at.timestamp()), "iat": int(family.rotated_at.timestamp())}


def _described(family: TokenFamily) -> dict[str, Any]:
    return {
        "active": True,
        "token_type": "refresh_token",
        "scope": render_scope(family.scopes),
        "client_id": family.client_id,
        "sub": family.account_id,
        "iss": issuer(),
        "tenantId": family.tenant_number,
        "userId": family.user_id,
    }
