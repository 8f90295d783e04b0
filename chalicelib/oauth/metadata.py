"""Authorization server metadata (RFC 8414) and the published key set: derived from what is really there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from chalicelib.integrations import service as integrations
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response
from chalicelib.oauth import client_auth, keys, pkce
from chalicelib.oauth.domain import issuer
from chalicelib.oauth.grants import GRANTS

MAX_AGE_SECONDS = 3600  # shorter than PENDING_AT_LEAST: nobody meets a key that their copy lacks


def metadata() -> dict[str, Any]:
    base = f"{issuer()}/oauth-v1"
    methods = list(client_auth.METHODS)
    with_secret = [method for method in methods if method != "none"]
    return {
        "issuer": issuer(),
        "authorization_endpoint": f"{base}/auth",
        "token_endpoint": f"{base}/token",
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint": f"{base}/revoke",
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_endpoint": f"{base}/introspect",
        "introspection_endpoint_auth_methods_supported": with_secret,
        "jwks_uri": f"{base}/jwks",
        "grant_types_supported": list(GRANTS),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "code_challenge_methods_supported": [pkce.METHOD],
        "scopes_supported": list(integrations.scope_catalogue()),
        "authorization_response_iss_parameter_supported": True,
    }


def jwks() -> dict[str, Any]:
    return {"keys": [key.as_jwk() for key in keys.published_keys()]}


def cacheable(request: Request, document: Mapping[str, Any]) -> Response:
    """Public, kept for an hour, and 304 for a copy that is still the same (RFC 9110 §13.1.2)."""
    text = json.dumps(document, separators=(",", ":"))
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    headers = {"Cache-Control": f"public, max-age={MAX_AGE_SECONDS}", "ETag": etag}
    known = {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}
    if etag in known or "*" in known:
        return Response("", 304, headers)
    return Response(text, 200, {**headers, "Content-Type": "application/json; charset=utf-8"})
