"""Code exchange (cases CX): every check refused for its own reason, one family per code, reuse closes it."""

from __future__ import annotations

import pytest

from chalicelib.oauth.grants.authorization_code import CHECKS
from tests.factories import aws_calls
from tests.oauth.conftest import CHALLENGE, REDIRECT, VERIFIER

INVALID = {"error": "invalid_grant", "error_description": "Invalid authorization code"}


def test_a_code_is_exchanged_for_a_token_pair(world, app_a):
    code, _ = world.consent(app_a)
    answer = world.exchange(app_a, code)
    assert answer.status == 200
    assert set(answer.json) == {"access_token", "refresh_token", "scope", "expires_in", "token_type"}
    assert (answer.json["scope"], answer.json["expires_in"], answer.json["token_type"]) == (
        "customer invoice",
        3600,
        "bearer",
    )
    assert world.is_accepted(answer.json["access_token"])


def test_the_checks_stand_in_the_order_of_the_argument():
    assert [check.__name__ for check in CHECKS] == [
        "check_code_belongs_to_client", "check_code_is_unused", "check_code_not_expired",
        "check_redirect_uri_matches", "check_code_verifier",
    ]  # fmt: skip


def test_CX_02_another_clients_code_is_refused_and_not_burned(world, app_a, app_b):
    code, _ = world.consent(app_a)
    assert world.exchange(app_b, code).json == INVALID
    assert world.exchange(app_a, code).status == 200


def test_CX_02_another_client_cannot_revoke_by_presenting_a_used_code(world, app_a, app_b):
    code, _ = world.consent(app_a)
    tokens = world.exchange(app_a, code).json
    assert world.exchange(app_b, code).json == INVALID
    assert world.refresh(app_a, tokens["refresh_token"]).status == 200


@pytest.mark.parametrize("redirect_uri", [None, "", "https://app.example.com/other", REDIRECT + "/", REDIRECT + "?"])
def test_CX_03_another_redirect_uri_is_refused(world, app_a, redirect_uri):
    code, _ = world.consent(app_a)
    answer = world.exchange(app_a, code, redirect_uri=redirect_uri)
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
    assert world.exchange(app_a, code).status == 200


def test_CX_03_a_redirect_uri_is_needed_iff_it_was_sent(world, app_a):
    code, _ = world.consent(app_a, redirect_uri="")
    assert world.exchange(app_a, code).json["error"] == "invalid_grant"
    assert world.exchange(app_a, code, redirect_uri=None).status == 200


@pytest.mark.parametrize("verifier", [
    None, "", "short", CHALLENGE, VERIFIER[:-1], VERIFIER + "x", VERIFIER.lower(), "x" * 129, "å" * 43, " " * 43,
])  # fmt: skip
def test_CX_04_a_wrong_verifier_is_refused(world, app_a, verifier):
    code, _ = world.consent(app_a)
    answer = world.exchange(app_a, code, code_verifier=verifier)
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
    assert world.exchange(app_a, code).status == 200


def test_CX_05_a_verifier_without_a_challenge_is_a_downgrade(world, app_a):
    code, _ = world.consent(app_a, code_challenge="")
    assert world.exchange(app_a, code).json["error"] == "invalid_grant"
    assert world.exchange(app_a, code, code_verifier=None).status == 200


def test_CX_06_a_code_lives_for_sixty_seconds(world, app_a):
    first, _ = world.consent(app_a)
    second, _ = world.consent(app_a)
    world.clock.forward(seconds=58)
    assert world.exchange(app_a, first).status == 200
    world.clock.forward(seconds=3)
    assert world.exchange(app_a, second).json == INVALID


@pytest.mark.parametrize("seconds", [0, 1, 30, 59, 600])
def test_CX_08_second_use_of_a_code_revokes_its_tokens(world, app_a, seconds):
    code, _ = world.consent(app_a)
    tokens = world.exchange(app_a, code).json
    world.clock.forward(seconds=seconds)
    assert world.exchange(app_a, code).json == INVALID
    assert world.refresh(app_a, tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert not world.is_accepted(tokens["access_token"])


def test_CX_14_scope_at_the_exchange_changes_nothing(world, app_a):
    code, _ = world.consent(app_a, "invoice")
    assert world.exchange(app_a, code, scope="invoice customer").json["scope"] == "invoice"


@pytest.mark.parametrize("code", ["", "x", "A" * 32, "A" * 33, "å" * 32, "0" * 4000, "\x00" * 32])
def test_an_unknown_code_is_refused(world, app_a, code):
    answer = world.exchange(app_a, code)
    assert answer.status == 400
    assert answer.json["error"] == ("invalid_grant" if code else "invalid_request")


def test_a_code_of_an_activation_that_ended_is_dead(world, app_a):
    code, _ = world.consent(app_a)
    world.end_activation(app_a)
    assert world.exchange(app_a, code).json == INVALID


def test_an_exchange_is_one_read_and_one_transaction(world, app_a):
    code, _ = world.consent(app_a)
    world.connect(app_a)
    with aws_calls() as calls:
        assert world.exchange(app_a, code).status == 200
    assert calls == ["GetItem", "TransactWriteItems"]


def test_many_users_of_a_company_have_families_of_their_own(world, app_a):
    first, second = world.connect(app_a), world.connect(app_a)
    assert world.refresh(app_a, first["refresh_token"]).status == 200
    assert world.refresh(app_a, second["refresh_token"]).status == 200


def test_CX_15_a_code_is_bound_to_no_address(world, app_a):
    code, _ = world.consent(app_a)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    answer = world.token(app_a, {"X-Forwarded-For": "203.0.113.77, 198.51.100.9"}, **form)
    assert answer.status == 200
