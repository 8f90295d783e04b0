"""Access tokens (cases JW): what we sign, and everything else that must not be believed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.utils import raw_to_der_signature

from chalicelib.integrations import service as integrations
from chalicelib.oauth import keys
from chalicelib.oauth.rotation import withdraw_signing_key
from chalicelib.oauth.tokens import verify_access_token

DAY = 86_400


def encoded(value) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.fixture
def token(world, app_a):
    return world.connect(app_a)["access_token"]


class Forge:
    """Signs whatever it is given with the real key: only the checks stand between it and the API."""

    def __init__(self, world, token):
        head, body, _ = token.split(".")
        self.world = world
        self.header = json.loads(base64.urlsafe_b64decode(head + "=="))
        self.claims = json.loads(base64.urlsafe_b64decode(body + "=="))

    def sign(self, header=None, claims=None, *, raw_claims: bytes | None = None) -> str:
        body = encoded(raw_claims if raw_claims is not None else claims if claims is not None else self.claims)
        head = encoded(self.header if header is None else header)
        return f"{head}.{body}.{encoded(keys.current_signer().sign(f'{head}.{body}'.encode()))}"

    def with_header(self, **changes) -> str:
        merged = {name: value for name, value in (self.header | changes).items() if value is not ...}
        return self.sign(header=merged)

    def with_claims(self, **changes) -> str:
        return self.sign(claims={n: v for n, v in (self.claims | changes).items() if v is not ...})


@pytest.fixture
def forge(world, token):
    return Forge(world, token)


@pytest.fixture
def refuses(world):
    def check(token: str) -> None:
        started = time.perf_counter()
        with pytest.raises(ValueError):
            verify_access_token(world.clock.ctx(), token)
        assert time.perf_counter() - started < 1
        answer = world.http.get("/3/companyinformation", headers={"Authorization": f"Bearer {token}"})
        assert answer.status == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]

    return check


def test_the_forge_itself_makes_good_tokens(world, forge):
    assert verify_access_token(world.clock.ctx(), forge.sign()).client_id == forge.claims["client_id"]


@pytest.mark.parametrize(
    "alg", ["none", "None", "nOnE", "", ..., 1, ["ES256"], "ES384", "HS256", "RS256", "es256", "ES256K"]
)
def test_JW_01_another_algorithm(forge, refuses, alg):
    refuses(forge.with_header(alg=alg))
    unsigned = forge.with_header(alg=alg).rpartition(".")[0]
    refuses(unsigned + ".")
    refuses(unsigned)


def test_JW_02_the_public_key_is_no_secret(forge, refuses):
    published = next(key for key in keys.published_keys() if key.kid == forge.header["kid"])
    public = keys._public_key(published.x, published.y)
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    secrets = [
        public.public_bytes(serialization.Encoding.PEM, spki), public.public_bytes(serialization.Encoding.DER, spki),
        json.dumps(published.as_jwk()).encode(), published.kid.encode(),
    ]  # fmt: skip
    for secret in secrets:
        for alg, digest in (("HS256", hashlib.sha256), ("HS384", hashlib.sha384), ("HS512", hashlib.sha512)):
            head, body = encoded(forge.header | {"alg": alg}), encoded(forge.claims)
            refuses(f"{head}.{body}.{encoded(hmac.digest(secret, f'{head}.{body}'.encode(), digest))}")


def test_JW_04_signatures_that_are_none(token, refuses):
    head, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    bad = [
        bytes(64), bytes(32) + raw[32:], raw[:32] + bytes(32), raw[:63], raw + b"\0", b"",
        raw_to_der_signature(raw, ec.SECP256R1()), order.to_bytes(32, "big") * 2, b"\xff" * 64, raw[32:] + raw[:32],
    ]  # fmt: skip
    for value in bad:
        refuses(f"{head}.{encoded(value)}")


def test_JW_05_a_token_does_not_bring_its_own_key(forge, refuses):
    mine = ec.generate_private_key(ec.SECP256R1())
    jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(mine.public_key()))
    for extra in (
        {"jwk": jwk},
        {"jku": "https://evil.example/jwks"},
        {"x5u": "https://evil.example"},
        {"x5c": ["MIIB"]},
    ):
        refuses(jwt.encode(forge.claims, mine, "ES256", headers=forge.header | extra))
        refuses(forge.with_header(**extra))
    refuses(jwt.encode(forge.claims, mine, "ES256", headers=forge.header))


@pytest.mark.parametrize(
    "extra", [{"crit": ["x"]}, {"crit": []}, {"b64": False}, {"crit": ["b64"], "b64": False}, {"zip": "DEF"}]
)
def test_JW_07_critical_headers(forge, refuses, extra):
    refuses(forge.with_header(**extra))


@pytest.mark.parametrize("typ", ["JWT", ..., "logout+jwt", "", 1, None, ["at+jwt"], "at+jwt ", "at-jwt"])
def test_JW_08_another_type(forge, refuses, typ):
    refuses(forge.with_header(typ=typ))


@pytest.mark.parametrize("typ", ["at+JWT", "AT+JWT", "application/at+jwt"])
def test_JW_08_the_type_ignores_case(world, forge, typ):
    assert verify_access_token(world.clock.ctx(), forge.with_header(typ=typ))


def test_JW_09_expiry_is_exact(world, forge, refuses):
    now = int(world.clock.ctx().now.timestamp())
    assert verify_access_token(world.clock.ctx(), forge.with_claims(exp=now + 5))
    for exp in (now, now - 1, 0, -1, ..., None, "soon", str(now + 60), now + 0.5, True, [now + 60]):
        refuses(forge.with_claims(exp=exp))


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_JW_10_clocks_may_differ_by_a_minute(world, forge, refuses, name):
    now = int(world.clock.ctx().now.timestamp())
    assert verify_access_token(world.clock.ctx(), forge.with_claims(**{name: now + 8}))
    refuses(forge.with_claims(**{name: now + 65}))
    for value in ("now", None, True, 1.5, []):
        refuses(forge.with_claims(**{name: value}))


@pytest.mark.parametrize("change", [
    lambda _: ..., lambda value: value[:-1], lambda value: value + "x", lambda value: value + "/", lambda value: value.upper(),
    lambda value: [value], lambda _: None, lambda _: {}, lambda _: "",
])  # fmt: skip
@pytest.mark.parametrize("name", ["iss", "aud"])
def test_JW_11_issuer_and_audience_are_exact(forge, refuses, name, change):
    refuses(forge.with_claims(**{name: change(forge.claims[name])}))


@pytest.mark.parametrize(("name", "value"), [
    ("sub", ...), ("sub", 1), ("sub", ""), ("client_id", ...), ("client_id", 7), ("jti", ...), ("jti", None), ("scope", ...),
    ("scope", ["invoice"]), ("tenantId", ...), ("tenantId", "1"), ("tenantId", True), ("tid", ...), ("userId", ...), ("fam", 1),
])  # fmt: skip
def test_JW_13_claims_are_there_and_of_their_type(forge, refuses, name, value):
    refuses(forge.with_claims(**{name: value}))


def test_JW_14_odd_forms(forge, token, refuses):
    head, body, signature = token.split(".")
    duplicate = json.dumps(forge.claims)[:-1] + f', "exp": {int(time.time()) + DAY}}}'
    odd = [
        forge.sign(raw_claims=duplicate.encode()), forge.sign(raw_claims=b'{"exp": NaN}'), forge.sign(raw_claims=b"\xff\xfe"),
        forge.sign(raw_claims=b"[]"), forge.sign(raw_claims=b"null"), forge.sign(raw_claims=b"[" * 2000), forge.sign(raw_claims=b""),
        "A" * 1_000_000, "." * 1000, f"{head}.{body}.{signature}=", f"{head}.{body}.{signature}==", f"{head}=.{body}.{signature}",
        f"{head}. {body}.{signature}", f"{head}.{body}", f"{head}.{body}.{signature}.x", "", " ", "é.é.é", token[:-1] + "+", token + ".",
    ]  # fmt: skip
    last = signature[-1]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = alphabet[alphabet.index(last) ^ 1]  # the same 64 bytes, spelled with another last letter
    odd.append(f"{head}.{body}.{signature[:-1]}{twin}")
    for value in odd:
        refuses(value)


def test_JW_16_what_we_sign(world):
    catalogue = " ".join(integrations.scope_catalogue())
    app = world.register(catalogue, name="x" * 60)
    published = {key.kid for key in keys.published_keys()}
    for _ in range(3):
        token = world.connect(app, catalogue)["access_token"]
        assert len(token) <= 1024
        header, claims = jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})
        assert header == {"alg": "ES256", "typ": "at+jwt", "kid": header["kid"]}
        assert header["kid"] in published
        assert set(claims) == {
            "iss", "aud", "sub", "client_id", "iat", "exp", "jti", "scope", "tenantId", "tid", "userId", "fam",
        }  # fmt: skip
        assert claims["exp"] - claims["iat"] == 3600
        assert isinstance(claims["tenantId"], int)
        assert not {world.customer.account.email, world.customer.account.name} & {
            str(value) for value in claims.values()
        }


def test_an_independent_library_verifies_it_with_the_published_keys(world, token):
    from joserfc import jwt as joserfc_jwt
    from joserfc.jwk import KeySet

    published = world.http.get("/oauth-v1/jwks").json
    decoded = joserfc_jwt.decode(token, KeySet.import_key_set(published), algorithms=["ES256"])
    assert decoded.header["typ"] == "at+jwt"
    options = {"audience": "https://portal.test/3", "issuer": "https://portal.test"}
    by_pyjwt = next(key for key in jwt.PyJWKSet.from_dict(published).keys if key.key_id == decoded.header["kid"])
    assert jwt.decode(token, by_pyjwt.key, algorithms=["ES256"], **options) == decoded.claims


def test_JW_19_a_withdrawn_key_signs_nothing_that_counts(world, app_a, token):
    kid = jwt.get_unverified_header(token)["kid"]
    withdraw_signing_key(world.clock.ctx(), kid)
    assert not world.is_accepted(token)
    fresh = world.connect(app_a)["access_token"]
    assert jwt.get_unverified_header(fresh)["kid"] != kid
    assert world.is_accepted(fresh)


def test_JW_25_a_key_of_another_purpose_signs_no_token(forge, refuses):
    refuses(forge.with_header(kid="webhooks"))
    refuses(forge.with_header(kid=...))
    refuses(forge.with_header(kid=7))


def test_the_bearer_check_asks_aws_nothing(world, token, monkeypatch):
    monkeypatch.setattr("chalicelib.oauth.cutoffs.SEEN_SECONDS", 3600)
    from tests.factories import aws_calls

    world.is_accepted(token)
    with aws_calls() as calls:
        assert world.http.get("/3/me", headers={"Authorization": f"Bearer {token}"}).status == 403
    assert calls == []
