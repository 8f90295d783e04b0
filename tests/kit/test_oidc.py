"""Answers of an OpenID Connect provider that must not be believed: one that lies, handed in where the network is."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.kit.context import new_context
from chalicelib.kit.egress import Fetched, FetchError
from chalicelib.kit.oidc import OidcError, Provider, Ticket, new_ticket

ISSUER, NOW = "https://login.example", new_context().now
KEY, OTHER_KEY = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())


@dataclass
class Liar:
    """Answers as a provider would, but for what a test changes."""

    claims: dict[str, Any]
    key: Any = KEY
    algorithm: str = "ES256"
    kid: str | None = "a"
    metadata: dict[str, Any] | None = None
    userinfo: dict[str, Any] | None = None
    verifier: str = ""
    authorization: str = ""
    form: dict[str, str] | None = None
    looked_for_keys: int = 0

    def __call__(self, url: str, headers: Any, body: bytes | None) -> Fetched:
        return Fetched(200, (), json.dumps(self.answer(urlsplit(url).path, headers, body)).encode())

    def answer(self, path: str, headers: Any, body: bytes | None) -> dict[str, Any]:
        if path == "/.well-known/openid-configuration":
            ends = {f"{name}_endpoint": f"{ISSUER}/{name}" for name in ("authorization", "token", "userinfo")}
            return {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys", **ends, **(self.metadata or {})}
        if path == "/keys":
            self.looked_for_keys += 1
            return {
                "keys": [{**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key())), "kid": "a", "use": "sig"}]
            }
        if path == "/userinfo":
            return self.userinfo or {}
        self.form = {name: values[0] for name, values in parse_qs((body or b"").decode()).items()}
        self.authorization = headers.get("Authorization", "")
        signed = jwt.encode(self.claims, self.key, self.algorithm, headers={"kid": self.kid} if self.kid else {})
        return {"id_token": signed, "access_token": "at", "token_type": "Bearer"}


def good(ticket: Ticket, **changes: Any) -> dict[str, Any]:
    moment = int(NOW.timestamp())
    claims = {
        "iss": ISSUER, "aud": "anslut", "sub": "s1", "iat": moment, "exp": moment + 60, "nonce": ticket.nonce,
        "email": "a@example.se", "email_verified": True,
    } | changes  # fmt: skip
    return {name: value for name, value in claims.items() if value is not None}


def redeem(liar: Liar, ticket: Ticket, secret: str = "") -> Any:
    return Provider(ISSUER, "anslut", "https://portal.test/back", liar, secret).redeem("code", ticket, NOW)


def test_the_verifier_is_what_the_challenge_was_made_of():
    ticket = new_ticket()
    liar = Liar(good(ticket))
    provider = Provider(ISSUER, "anslut", "https://portal.test/back", liar)
    sent = {
        name: values[0] for name, values in parse_qs(urlsplit(provider.authorization_url(ticket, NOW)).query).items()
    }
    assert (sent["response_type"], sent["code_challenge_method"], sent["scope"]) == (
        "code",
        "S256",
        "openid profile email",
    )
    assert provider.redeem("code", ticket, NOW).subject == "s1"
    digest = hashlib.sha256(liar.form["code_verifier"].encode()).digest()
    assert sent["code_challenge"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert (sent["state"], sent["nonce"]) == (ticket.state, ticket.nonce)
    assert (liar.form["client_id"], liar.authorization) == ("anslut", ""), "a client without a secret says who it is"


def test_a_secret_is_shown_the_way_the_provider_takes_it():
    ticket = new_ticket()
    liar = Liar(good(ticket))
    redeem(liar, ticket, "s:1")
    assert liar.authorization == "Basic YW5zbHV0OnMlM0Ex"
    assert "client_secret" not in liar.form
    liar.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    redeem(liar, ticket, "s:1")
    assert (liar.authorization, liar.form["client_secret"]) == ("", "s:1")


AGES = int(NOW.timestamp())
LIES = [
    {"iss": "https://other.example"}, {"aud": "another"}, {"aud": ["another"]}, {"nonce": "another"}, {"nonce": None},
    {"exp": AGES - 61}, {"exp": None}, {"exp": "soon"}, {"iat": AGES + 120}, {"iat": None}, {"nbf": AGES + 120},
    {"azp": "another"}, {"sub": None}, {"sub": ""}, {"sub": "x" * 256},
]  # fmt: skip


@pytest.mark.parametrize("lie", LIES, ids=[f"{place}-{next(iter(lie))}" for place, lie in enumerate(LIES)])
def test_a_token_that_proves_less_is_refused(lie):
    ticket = new_ticket()
    with pytest.raises(OidcError):
        redeem(Liar(good(ticket, **lie)), ticket)


def test_a_token_signed_by_another_key_or_by_none_is_refused():
    ticket = new_ticket()
    for forged in (
        Liar(good(ticket), key=OTHER_KEY), Liar(good(ticket), key="", algorithm="none"),
        Liar(good(ticket), key="a secret that is long enough for HMAC", algorithm="HS256"), Liar(good(ticket), kid="b"),
    ):  # fmt: skip
        with pytest.raises(OidcError):
            redeem(forged, ticket)
    assert redeem(Liar(good(ticket), kid=None), ticket).subject == "s1", "one key needs no name"


def test_invented_key_names_do_not_make_us_ask_again_and_again():
    ticket = new_ticket()
    liar = Liar(good(ticket), kid="invented")
    provider = Provider(ISSUER, "anslut", "https://portal.test/back", liar)
    for seconds in (0, 1, 29, 31):
        with pytest.raises(OidcError):
            provider.redeem("code", ticket, NOW + timedelta(seconds=seconds))
    assert liar.looked_for_keys == 2


def test_discovery_of_another_issuer_and_answers_of_another_are_refused():
    ticket = new_ticket()
    for metadata in ({"issuer": f"{ISSUER}/"}, {"token_endpoint": None}, {"jwks_uri": 7}):
        with pytest.raises(OidcError):
            redeem(Liar(good(ticket), metadata=metadata), ticket)
    provider = Provider(ISSUER, "anslut", "https://portal.test/back", Liar({}))
    provider.check_answer_is_ours(None)
    provider.check_answer_is_ours(ISSUER)
    with pytest.raises(OidcError):
        provider.check_answer_is_ours("https://other.example")


def test_an_address_may_come_from_userinfo_but_only_of_the_same_person():
    ticket = new_ticket()
    claims = good(ticket, email=None, email_verified=None)
    about = {"sub": "s1", "email": "b@example.se", "email_verified": True}
    assert redeem(Liar(claims, userinfo=about), ticket).email == "b@example.se"
    with pytest.raises(OidcError):
        redeem(Liar(claims, userinfo={**about, "sub": "s2"}), ticket)


def test_what_is_no_answer_is_told_from_a_no():
    def failing(*_: Any) -> Fetched:
        raise FetchError("timeout")

    for fetch, is_unreachable in (
        (failing, True), (lambda *_: Fetched(502), True), (lambda *_: Fetched(400), False),
        (lambda *_: Fetched(200, (), b"<html>"), False), (lambda *_: Fetched(200, (), b"[]"), False),
    ):  # fmt: skip
        with pytest.raises(OidcError) as refused:
            Provider(ISSUER, "anslut", "https://portal.test/back", fetch).authorization_url(new_ticket(), NOW)
        assert refused.value.is_unreachable is is_unreachable
