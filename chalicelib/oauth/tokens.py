"""Access tokens: ES256 JWTs (RFC 9068) of at most 1 KB, with a company number and without personal data."""

from __future__ import annotations

import base64
from functools import cache

from chalicelib.activations.domain import ConsentKind
from chalicelib.kit.compact import encoder
from chalicelib.kit.context import Context
from chalicelib.oauth.domain import (
    ACCESS_TOKEN_LIFETIME,
    AccessToken,
    TokenAnswer,
    TokenFamily,
    TokenSubject,
    audience,
    issuer,
)
from chalicelib.oauth.keys import current_signer, is_signature
from chalicelib.oauth.refresh_tokens import mint_refresh_token
from chalicelib.oauth.scope import render_scope
from chalicelib.oauth.token_checks import check_access_token, parse_access_token

_to_json = encoder()


def mint_access_token(ctx: Context, subject: TokenSubject, scopes: frozenset[str], family_id: str = "") -> str:
    """Sign for `subject`; `fam` lets a resource server refuse a token whose family was closed (D3)."""
    issued_at = int(ctx.now.timestamp())
    claims = {
        "iss": issuer(),
        "aud": audience(),
        # RFC 9068 §2.2: the person, or the client where nobody but the client acts.
        "sub": subject.account_id if subject.kind is ConsentKind.USER else subject.client_id,
        "client_id": subject.client_id,
        "iat": issued_at,
        "exp": issued_at + int(ACCESS_TOKEN_LIFETIME.total_seconds()),
        "jti": ctx.new_id("at"),
        "scope": render_scope(scopes),
        "tenantId": subject.tenant_number,
        "tid": subject.tenant_id,
        "userId": subject.user_id,
    }
    if family_id:
        claims["fam"] = family_id
    signer = current_signer()
    signing_input = f"{_header(signer.kid)}.{_encoded(_to_json(claims).encode())}"
    return f"{signing_input}.{_encoded(signer.sign(signing_input.encode()))}"


def mint_pair(ctx: Context, family: TokenFamily, scopes: frozenset[str]) -> TokenAnswer:
    """An access token with `scopes` and the refresh token of the family's present generation."""
    return TokenAnswer(
        access_token=mint_access_token(ctx, family, scopes, family.family_id),
        scopes=scopes,
        refresh_token=mint_refresh_token(family.family_id, family.gen),
    )


def verify_access_token(ctx: Context, token: str) -> AccessToken:
    """The claims of a token of ours that is valid now. Raises ValueError, saying which check failed; no call to AWS."""
    parsed = parse_access_token(token)
    if not is_signature(parsed.kid, parsed.signing_input, parsed.signature):
        raise ValueError("signature")
    check_access_token(parsed, ctx.now, iss=issuer(), aud=audience())
    return parsed.as_access_token()


@cache
def _header(kid: str) -> str:
    return _encoded(_to_json({"alg": "ES256", "typ": "at+jwt", "kid": kid}).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
