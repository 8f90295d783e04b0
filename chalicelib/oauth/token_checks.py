"""What an access token must be before it is believed: strict form first, then an ordered table of checks (RFC 8725).

PyJWT does the arithmetic of signatures only: it accepts padding, ignores `typ` and reads the clock by itself.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from chalicelib.oauth.domain import AccessToken

MAX_LENGTH = 4096
LEEWAY = timedelta(seconds=60)  # for clocks that run ahead; expiry is exact, for it is our own clock that set it

_FORM = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})")
_HEADER_MEMBERS = {"alg", "typ", "kid"}  # so no jwk, jku, x5u, x5c, crit or b64 can mean anything (RFC 8725 §3.10)
_TYPES = {"at+jwt", "application/at+jwt"}  # RFC 9068 §4; media types ignore case


@dataclass(frozen=True, slots=True)
class ParsedToken:
    """Well-formed, and of our form; nothing is believed yet."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signing_input: bytes
    signature: bytes

    @property
    def kid(self) -> str:
        return str(self.header["kid"])

    def as_access_token(self) -> AccessToken:
        claims = self.claims
        return AccessToken(
            jti=claims["jti"],
            client_id=claims["client_id"],
            tenant_id=claims["tid"],
            tenant_number=claims["tenantId"],
            user_id=claims["userId"],
            sub=claims["sub"],
            scopes=frozenset(claims["scope"].split()),
            issued_at=datetime.fromtimestamp(claims["iat"], UTC),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            family_id=claims.get("fam", ""),
        )


def parse_access_token(token: str) -> ParsedToken:
    """Raises ValueError naming what is wrong. The header is checked here: nothing in it chooses how we verify."""
    found = _FORM.fullmatch(token) if len(token) <= MAX_LENGTH else None
    if found is None:
        raise ValueError("form")
    header, claims = _json_object(found[1]), _json_object(found[2])
    for name, check in HEADER_CHECKS:
        if not check(header):
            raise ValueError(name)
    return ParsedToken(header, claims, f"{found[1]}.{found[2]}".encode(), _decoded(found[3]))


def check_access_token(token: ParsedToken, now: datetime, *, iss: str, aud: str) -> None:
    """Raises ValueError naming the first check of the table that failed."""
    expected = Expected(iss, aud, now.timestamp(), (now + LEEWAY).timestamp())
    for name, check in CLAIM_CHECKS:
        if not check(token.claims, expected):
            raise ValueError(name)


@dataclass(frozen=True, slots=True)
class Expected:
    iss: str
    aud: str
    now: float
    latest_start: float


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


HEADER_CHECKS: tuple[tuple[str, Callable[[Mapping[str, Any]], bool]], ...] = (
    ("header members", lambda header: set(header) == _HEADER_MEMBERS),
    ("alg", lambda header: header["alg"] == "ES256"),
    ("typ", lambda header: isinstance(header["typ"], str) and header["typ"].lower() in _TYPES),
    ("kid", lambda header: _is_text(header["kid"])),
)

CLAIM_CHECKS: tuple[tuple[str, Callable[[Mapping[str, Any], Expected], bool]], ...] = (
    ("iss", lambda claims, expected: claims.get("iss") == expected.iss),
    ("aud", lambda claims, expected: claims.get("aud") == expected.aud),
    ("exp", lambda claims, expected: _is_integer(claims.get("exp")) and claims["exp"] > expected.now),
    ("iat", lambda claims, expected: _is_integer(claims.get("iat")) and claims["iat"] <= expected.latest_start),
    ("nbf", lambda claims, expected: "nbf" not in claims or _has_begun(claims["nbf"], expected)),
    ("jti", lambda claims, _: _is_text(claims.get("jti"))),
    ("sub", lambda claims, _: _is_text(claims.get("sub"))),
    ("client_id", lambda claims, _: _is_text(claims.get("client_id"))),
    ("scope", lambda claims, _: isinstance(claims.get("scope"), str)),
    ("tenantId", lambda claims, _: _is_integer(claims.get("tenantId"))),
    ("tid", lambda claims, _: _is_text(claims.get("tid"))),
    ("userId", lambda claims, _: _is_text(claims.get("userId"))),
    ("fam", lambda claims, _: isinstance(claims.get("fam", ""), str)),
)


def _has_begun(nbf: object, expected: Expected) -> bool:
    return isinstance(nbf, int) and not isinstance(nbf, bool) and nbf <= expected.latest_start


def _json_object(segment: str) -> dict[str, Any]:
    try:
        value = json.loads(
            _decoded(segment).decode("utf-8"), object_pairs_hook=_once_each, parse_constant=_refuse_constant
        )
    except (UnicodeDecodeError, RecursionError) as error:
        raise ValueError("json") from error
    if not isinstance(value, dict):
        raise ValueError("json")  # noqa: TRY004 - every refusal here is a ValueError, by contract
    return value


def _decoded(segment: str) -> bytes:
    """Strict base64url: no padding, and no second spelling of the same bytes (RFC 7515 §2)."""
    raw = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != segment:
        raise ValueError("base64url")
    return raw


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
