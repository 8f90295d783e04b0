"""Sign-in at an OpenID Connect provider: discovery, the code with PKCE, and what an ID token must prove.

OpenID Connect Core 1.0 §3.1, RFC 7636, RFC 9207. Every request goes out through `kit.egress`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from chalicelib.kit.egress import Fetched, FetchError

__all__ = ["Claims", "OidcError", "Provider", "Ticket", "new_ticket"]

SCOPE = "openid profile email"
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")  # never one that a public key could be mistaken for the secret of
LEEWAY_SECONDS = 60  # two clocks
KEPT = timedelta(hours=1)  # discovery and keys; a key that is not known is looked for at once
_LOOK_AGAIN = timedelta(seconds=30)  # but not at each token that names an invented key
_TEXT_MAX = 255  # OpenID Connect Core §2: a subject has at most 255 characters
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_OK = 200

Headers = Mapping[str, str]
Fetch = Callable[[str, Headers, bytes | None], Fetched]


class OidcError(Exception):
    """The provider did not vouch for anybody; `reason` is for our log. `is_unreachable` tells its trouble from a no."""

    def __init__(self, reason: str, *, is_unreachable: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_unreachable = is_unreachable


@dataclass(frozen=True, slots=True)
class Ticket:
    """What one sign-in began with; the browser that began it brings it back, and nobody else can."""

    state: str
    nonce: str
    verifier: str = field(repr=False)

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def new_ticket() -> Ticket:
    return Ticket(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))


@dataclass(frozen=True, slots=True)
class Claims:
    """Who the provider says it is. `email` is empty unless the provider says that it has verified it."""

    issuer: str
    subject: str
    email: str
    name: str


@dataclass(slots=True)
class Provider:
    """A provider as one of its clients sees it. Made once per process: it remembers discovery and keys for an hour."""

    issuer: str
    client_id: str
    redirect_uri: str
    fetch: Fetch
    client_secret: str = field(default="", repr=False)
    _metadata: tuple[datetime, dict[str, Any]] | None = None
    _keys: tuple[datetime, dict[str, Any]] | None = None

    def authorization_url(self, ticket: Ticket, now: datetime) -> str:
        """Where the browser goes. Raises OidcError."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": SCOPE,
            "state": ticket.state,
            "nonce": ticket.nonce,
            "code_challenge": ticket.challenge,
            "code_challenge_method": "S256",
        }
        endpoint = str(self._discovered(now)["authorization_endpoint"])
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def redeem(self, code: str, ticket: Ticket, now: datetime) -> Claims:
        """Exchange a code for what its ID token proves. Raises OidcError."""
        metadata = self._discovered(now)
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri,
            "code_verifier": ticket.verifier,
        }  # fmt: skip
        headers = self._authentication(metadata, form)
        answer = self._ask(str(metadata["token_endpoint"]), headers, urlencode(form).encode())
        claims = self._verified(str(answer.get("id_token") or ""), ticket.nonce, now)
        if not claims.get("email") and metadata.get("userinfo_endpoint"):
            claims = self._with_userinfo(metadata, str(answer.get("access_token") or ""), claims)
        return _to_claims(self.issuer, claims)

    def check_answer_is_ours(self, iss: str | None) -> None:
        """RFC 9207: an answer that names another issuer was mixed up. Raises OidcError."""
        if iss is not None and iss != self.issuer:
            raise OidcError("iss of the answer is another")

    def _authentication(self, metadata: Mapping[str, Any], form: dict[str, str]) -> dict[str, str]:
        """RFC 6749 §2.3.1; the secret goes into the form only for a provider that takes it nowhere else."""
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if not self.client_secret:
            form["client_id"] = self.client_id
            return {}
        if "client_secret_basic" not in methods and "client_secret_post" in methods:
            form.update(client_id=self.client_id, client_secret=self.client_secret)
            return {}
        pair = f"{quote(self.client_id, safe='')}:{quote(self.client_secret, safe='')}"
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}

    def _discovered(self, now: datetime) -> dict[str, Any]:
        if self._metadata is None or now >= self._metadata[0] + KEPT:
            found = self._ask(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration", {})
            if found.get("issuer") != self.issuer or not all(isinstance(found.get(name), str) for name in _NEEDED):
                raise OidcError("discovery is of another issuer or lacks an address")
            self._metadata = (now, found)
        return self._metadata[1]

    def _verified(self, id_token: str, nonce: str, now: datetime) -> dict[str, Any]:
        """OpenID Connect Core §3.1.3.7. Time is the request's own, so it is compared here."""
        import jwt

        try:
            key = self._key(str(jwt.get_unverified_header(id_token).get("kid") or ""), now)
            claims: dict[str, Any] = jwt.decode(
                id_token, key, algorithms=list(ALGORITHMS), audience=self.client_id, issuer=self.issuer,
                options={
                    "require": ["iss", "sub", "aud", "exp", "iat", "nonce"], "verify_exp": False, "verify_iat": False,
                    "verify_nbf": False,
                },
            )  # fmt: skip
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise OidcError(f"the ID token is refused: {type(error).__name__}") from error
        _check_times(claims, now.timestamp())
        if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
            raise OidcError("the nonce is another")
        if claims.get("azp", self.client_id) != self.client_id:
            raise OidcError("the ID token was made for another client")
        return claims

    def _key(self, kid: str, now: datetime) -> Any:
        """The key a token names, looked for anew when it is not known. Raises OidcError."""
        found = _find_key(self._keys[1], kid) if self._keys else None
        kept = KEPT if found else _LOOK_AGAIN
        if self._keys is None or now >= self._keys[0] + kept:
            self._keys = (now, self._ask(str(self._discovered(now)["jwks_uri"]), {}))
            found = _find_key(self._keys[1], kid)
        if found is None:
            raise OidcError("no key of that name")
        return found

    def _with_userinfo(self, metadata: Mapping[str, Any], token: str, claims: dict[str, Any]) -> dict[str, Any]:
        """OpenID Connect Core §5.3.2: an answer about another subject must not be used."""
        more = self._ask(str(metadata["userinfo_endpoint"]), {"Authorization": f"Bearer {token}"})
        if more.get("sub") != claims["sub"]:
            raise OidcError("userinfo is about somebody else")
        return {**more, **claims}

    def _ask(self, url: str, headers: Mapping[str, str], body: bytes | None = None) -> dict[str, Any]:
        sent = {"Accept": "application/json", "User-Agent": "Anslut-Sign-In/1", **headers}
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            answer = self.fetch(url, sent, body)
        except FetchError as error:
            raise OidcError(f"unreachable: {error.reason}", is_unreachable=True) from error
        if answer.status != _OK:
            raise OidcError(f"answered {answer.status}", is_unreachable=answer.status >= 500)  # noqa: PLR2004 - its fault
        try:
            found = json.loads(answer.body)
        except ValueError as error:
            raise OidcError("answered no JSON") from error
        if not isinstance(found, dict):
            raise OidcError("answered no object")
        return found


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    moments = (claims["exp"], claims["iat"], claims.get("nbf", 0))
    if not all(isinstance(moment, (int, float)) for moment in moments):
        raise OidcError("a time is no number")
    expires, issued, begins = moments
    if now >= expires + LEEWAY_SECONDS or now < max(issued, begins) - LEEWAY_SECONDS:
        raise OidcError("the ID token is too old or not yet good")


def _find_key(keys: Mapping[str, Any], kid: str) -> Any:
    """The signing key of that name; without a name the only one there is."""
    from jwt import PyJWK, PyJWTError

    listed = keys.get("keys")
    signing = [
        key for key in (listed if isinstance(listed, list) else [])
        if isinstance(key, dict) and key.get("use", "sig") == "sig" and key.get("kty") != "oct"
    ]  # fmt: skip
    named = [key for key in signing if key.get("kid") == kid] if kid else signing
    if len(named) != 1:
        return None
    try:
        return PyJWK(named[0])
    except PyJWTError:
        return None


def _to_claims(issuer: str, claims: Mapping[str, Any]) -> Claims:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _TEXT_MAX:
        raise OidcError("no subject")
    is_verified = claims.get("email_verified") in {True, "true"} if "email" in claims else False
    return Claims(
        issuer=issuer,
        subject=subject,
        email=str(claims["email"]) if is_verified else "",
        name=str(claims.get("name") or "")[:_TEXT_MAX],
    )
