"""The pure parts: error names, PKCE forms, refresh token forms, what a process remembers, what other errors become."""

from __future__ import annotations

import base64
import re
import string
import zlib
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.integrations.domain import IntegrationStatus
from chalicelib.kit.errors import AppError, InternalError, NotFoundError, UnauthenticatedError, UnavailableError
from chalicelib.oauth import client_auth, errors
from chalicelib.oauth.errors import ClientNotTrustedError, InvalidClientError, InvalidScopeError, OAuthError
from chalicelib.oauth.pkce import is_challenge
from chalicelib.oauth.recent import Recent
from chalicelib.oauth.refresh_tokens import mint_refresh_token, new_family_id, parse_refresh_token
from chalicelib.oauth.repository.families import drop_families
from chalicelib.oauth.routes import render_oauth_error
from chalicelib.oauth.scope import parse_scope
from tests.factories import aws_calls


def every_oauth_error():
    return [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, OAuthError)]


def test_class_name_and_code_agree_by_rule():
    for kind in every_oauth_error():
        if kind in {OAuthError, errors.ServerFaultError}:
            assert kind.error == "server_error"
            continue
        words = re.findall(r"[A-Z][a-z]*", kind.__name__)
        assert words[-1] == "Error"
        assert kind.error == "_".join(word.lower() for word in words[:-1])
        assert kind().description == re.sub(r"[^\x20-\x21\x23-\x5B\x5D-\x7E]", "'", kind.title)


def test_the_error_that_never_redirects_is_of_another_kind():
    assert not issubclass(ClientNotTrustedError, OAuthError)
    error = InvalidScopeError("x").sent_to("https://app.example/cb", "s")
    assert (error.redirect_uri, error.state) == ("https://app.example/cb", "s")


@pytest.mark.parametrize(("error", "status", "code"), [
    (UnavailableError(), 503, "temporarily_unavailable"), (InternalError(), 500, "server_error"),
    (UnauthenticatedError(), 401, "invalid_client"), (NotFoundError("x"), 404, "invalid_request"),
    (errors.TemporarilyUnavailableError(), 503, "temporarily_unavailable"), (InvalidClientError(), 401, "invalid_client"),
])  # fmt: skip
def test_every_error_of_the_back_channel_is_an_oauth_error(error: AppError, status, code):
    answer = render_oauth_error(error, None, None)
    assert answer.status == status
    assert f'"error":"{code}"' in answer.body
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)


def test_challenges_have_one_form():
    assert is_challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    for bad in ("", "x" * 42, "x" * 44, "x" * 42 + "=", "x" * 42 + "+"):
        assert not is_challenge(bad)


def test_scopes_are_split_on_spaces_only():
    assert parse_scope("") == parse_scope("  ") == frozenset()
    assert parse_scope("a  b a") == {"a", "b"}
    for bad in ("a\tb", "a\nb", 'a"', "a\\", "é", " ".join(f"s{number}" for number in range(65))):
        with pytest.raises(InvalidScopeError):
            parse_scope(bad)


def test_refresh_tokens_are_a_function_of_family_and_generation(module_aws):
    now = datetime(2026, 12, 1, tzinfo=UTC)
    ids = {new_family_id(now + timedelta(days=number)) for number in range(2000)}
    assert len(ids) == 2000
    tokens = {mint_refresh_token(family_id, gen) for family_id in list(ids)[:50] for gen in (0, 1, 2**22 - 1)}
    assert len(tokens) == 150
    for token in tokens:
        parsed = parse_refresh_token(token)
        assert mint_refresh_token(parsed.family_id, parsed.gen) == token


def test_a_second_spelling_of_the_same_bytes_and_a_right_checksum_alone_are_no_token(module_aws):
    token = mint_refresh_token("fam_0123456789", 7)
    raw = base64.urlsafe_b64decode(token[2:] + "==")
    again = {token[:-1] + letter for letter in string.ascii_letters + string.digits + "-_"} - {token}
    assert any(base64.urlsafe_b64decode(other[2:] + "==") == raw for other in again)
    assert not [other for other in again if parse_refresh_token(other)]
    forged = bytes(24) + zlib.crc32(bytes(24)).to_bytes(4, "big")
    assert parse_refresh_token("ar" + base64.urlsafe_b64encode(forged).decode().rstrip("=")) is None


def test_what_a_process_remembers_is_bounded_and_nothing_is_not_remembered():
    asked = []

    def load(key):
        asked.append(key)
        return None if key == "nobody" else key

    recent = Recent(load, seconds=60, size=2)
    for key in ("a", "a", "b", "c", "a", "nobody", "nobody"):
        assert recent.get(key) == (None if key == "nobody" else key)
    assert asked == ["a", "b", "c", "a", "nobody", "nobody"]
    recent.cache_clear()
    recent.get("a")
    assert asked[-1] == "a"


def test_what_is_old_is_asked_again():
    asked = []
    recent = Recent(lambda key: asked.append(key) or key, seconds=0)
    recent.get("a")
    recent.get("a")
    assert asked == ["a", "a"]


def test_AZ_55_a_suspended_integration_gets_no_tokens(world, app_a, monkeypatch):
    from dataclasses import replace

    suspended = replace(app_a.integration, status=IntegrationStatus.SUSPENDED)
    tokens = world.connect(app_a)
    monkeypatch.setattr(
        client_auth, "clients", Recent(lambda _: client_auth.Client(suspended, is_licensed=True), seconds=5)
    )
    answer = world.refresh(app_a, tokens["refresh_token"])
    assert (answer.status, answer.json["error"]) == (400, "unauthorized_client")


def test_dropping_nothing_is_no_call(module_aws):
    with aws_calls() as calls:
        drop_families("act_x", frozenset())
    assert calls == []


def test_ending_twice_closes_what_is_still_open(world, app_a):
    first = world.connect(app_a)
    second = world.connect(app_a)
    world.revoke(app_a, first["refresh_token"])
    world.end_activation(app_a)
    world.end_activation(app_a)
    for tokens in (first, second):
        assert world.refresh(app_a, tokens["refresh_token"]).json["error"] == "invalid_grant"
