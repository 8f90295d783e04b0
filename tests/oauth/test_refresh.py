"""Refresh (cases RT): rotation, the grace of the direct predecessor, reuse, limits; one call each."""

from __future__ import annotations

import re

import pytest

from chalicelib.kit.secrets import hash_secret
from chalicelib.oauth.refresh_tokens import MAX_GEN, mint_refresh_token, parse_refresh_token
from chalicelib.oauth.repository import TABLES
from chalicelib.oauth.repository.families import FamilyItem, find_family
from tests.factories import aws_calls

INVALID = {"error": "invalid_grant", "error_description": "Invalid refresh token"}


def family_of(refresh_token):
    return parse_refresh_token(refresh_token).family_id


def test_RT_01_each_use_gives_a_new_pair(world, app_a):
    first = world.connect(app_a)
    second = world.refresh(app_a, first["refresh_token"])
    assert second.status == 200
    assert second.json["refresh_token"] != first["refresh_token"]
    assert second.json["access_token"] != first["access_token"]
    assert second.json["scope"] == first["scope"]
    assert world.is_accepted(second.json["access_token"])


def test_RT_02_another_client_is_refused_and_touches_nothing(world, app_a, app_b):
    token = world.connect(app_a)["refresh_token"]
    assert world.refresh(app_b, token).json == INVALID
    assert world.refresh(app_a, token).status == 200


def test_RT_04_a_narrower_scope_is_for_the_access_token_only(world, app_a):
    tokens = world.connect(app_a)
    narrowed = world.refresh(app_a, tokens["refresh_token"], scope="invoice").json
    assert narrowed["scope"] == "invoice"
    assert world.refresh(app_a, narrowed["refresh_token"]).json["scope"] == "customer invoice"


@pytest.mark.parametrize(
    "scope", ["invoice companyinformation", "INVOICE", "invo", "invoice salary", "x" * 3000, 'a"b', "é"]
)
def test_RT_05_a_wider_scope_is_refused_and_the_token_unused(world, app_a, scope):
    token = world.connect(app_a)["refresh_token"]
    assert world.refresh(app_a, token, scope=scope).json["error"] == "invalid_scope"
    assert find_family(family_of(token)).gen == 0
    assert world.refresh(app_a, token).status == 200


def test_RT_06_reuse_closes_the_family_and_its_access_tokens(world, app_a):
    first = world.connect(app_a)
    second = world.refresh(app_a, first["refresh_token"]).json
    world.clock.forward(seconds=61)
    assert world.refresh(app_a, first["refresh_token"]).json == INVALID
    assert world.refresh(app_a, second["refresh_token"]).json == INVALID
    assert not world.is_accepted(second["access_token"])
    assert find_family(family_of(first["refresh_token"])).revoked_reason == "refresh_token_reused"


@pytest.mark.parametrize("seconds", [0, 1, 30, 59])
def test_RT_07_RT_08_a_lost_answer_is_given_again(world, app_a, seconds):
    first = world.connect(app_a)
    lost = world.refresh(app_a, first["refresh_token"]).json
    world.clock.forward(seconds=seconds)
    again = world.refresh(app_a, first["refresh_token"])
    assert again.status == 200
    assert again.json["refresh_token"] == lost["refresh_token"]
    assert world.is_accepted(again.json["access_token"])
    assert world.refresh(app_a, lost["refresh_token"]).status == 200


def test_RT_07_the_repeat_may_not_widen_the_scope(world, app_a):
    first = world.connect(app_a, "invoice")
    world.refresh(app_a, first["refresh_token"])
    assert world.refresh(app_a, first["refresh_token"], scope="customer").json["error"] == "invalid_scope"
    assert world.refresh(app_a, first["refresh_token"], scope="invoice").status == 200


def test_RT_10_only_the_direct_predecessor_has_grace(world, app_a):
    first = world.connect(app_a)["refresh_token"]
    second = world.refresh(app_a, first).json["refresh_token"]
    third = world.refresh(app_a, second).json["refresh_token"]
    world.clock.forward(seconds=5)
    assert world.refresh(app_a, first).json == INVALID
    assert world.refresh(app_a, third).json == INVALID


def test_RT_14_a_guess_touches_nothing(world, app_a):
    token = world.connect(app_a)["refresh_token"]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_. \x00é"
    guesses = {token[:at] + letter + token[at + 1 :] for at in range(len(token)) for letter in letters} - {token}
    assert not [guess for guess in guesses if parse_refresh_token(guess)]
    before = find_family(parse_refresh_token(token).family_id)
    for guess in [*sorted(guesses)[:20], token[:-1], token + "A", token.lower(), "ar" + "9" * 38, "x"]:
        assert world.refresh(app_a, guess).json == INVALID
    assert find_family(parse_refresh_token(token).family_id) == before
    assert world.refresh(app_a, token).status == 200


def test_RT_16_unused_for_45_days_is_the_end(world, app_a):
    used, idle = world.connect(app_a)["refresh_token"], world.connect(app_a)["refresh_token"]
    world.clock.forward(days=44)
    used = world.refresh(app_a, used).json["refresh_token"]
    world.clock.forward(days=1, seconds=1)
    assert world.refresh(app_a, idle).json == INVALID
    world.clock.forward(days=43)
    assert world.refresh(app_a, used).status == 200


def test_RT_17_rotation_never_extends_the_absolute_limit(world, app_a):
    token = world.connect(app_a)["refresh_token"]
    for _ in range(9):
        world.clock.forward(days=40)
        token = world.refresh(app_a, token).json["refresh_token"]
    world.clock.forward(days=5, seconds=1)
    assert world.refresh(app_a, token).json == INVALID


def test_RT_19_ending_the_activation_closes_all_its_families_at_once(world, app_a, app_b):
    first, second, other = world.connect(app_a), world.connect(app_a), world.connect(app_b)
    world.end_activation(app_a)
    for tokens in (first, second):
        assert world.refresh(app_a, tokens["refresh_token"]).json == INVALID
        assert not world.is_accepted(tokens["access_token"])
    assert world.refresh(app_b, other["refresh_token"]).status == 200
    assert world.is_accepted(other["access_token"])


def test_RT_19_a_new_activation_is_not_touched_by_the_end_of_the_old_one(world, app_a):
    world.connect(app_a)
    world.end_activation(app_a)
    tokens = world.connect(app_a)
    assert world.is_accepted(tokens["access_token"])
    assert world.refresh(app_a, tokens["refresh_token"]).status == 200


def test_RT_23_the_row_does_not_grow(world, app_a):
    token = world.connect(app_a)["refresh_token"]
    for _ in range(30):
        token = world.refresh(app_a, token).json["refresh_token"]
    row = FamilyItem.get(family_of(token)).to_dynamodb_dict()
    assert len(str(row)) < 1024


def test_RT_25_the_form_of_a_refresh_token(world, app_a):
    token = world.connect(app_a)["refresh_token"]
    assert len(token) == 40
    assert re.fullmatch(r"ar[A-Za-z0-9_-]{38}", token), "form-encoding leaves it as it is"


def test_RT_26_nothing_stored_is_a_token(world, app_a):
    code, _ = world.consent(app_a)
    tokens = world.connect(app_a)
    stored = []
    secrets = [code, tokens["refresh_token"], tokens["access_token"], app_a.client_secret]
    for table in TABLES:
        for row in table.scan():
            text = str(row.to_dynamodb_dict())
            assert not [secret for secret in secrets if secret in text]
            if app_a.client_id in text:
                stored += [str(value) for typed in row.to_dynamodb_dict().values() for value in typed.values()]
    assert len(stored) > 20
    for value in stored:
        assert world.refresh(app_a, value).status == 400
        assert world.exchange(app_a, value).status == 400
    assert hash_secret(code, "authorization-code") != hash_secret(code, "refresh-token")


def test_a_refresh_is_one_call(world, app_a):
    token = world.connect(app_a)["refresh_token"]
    with aws_calls() as calls:
        answer = world.refresh(app_a, token)
    assert calls == ["UpdateItem"]
    with aws_calls() as calls:
        assert world.refresh(app_a, token).json["refresh_token"] == answer.json["refresh_token"]
    assert calls == ["UpdateItem"]


def test_a_row_restored_from_a_backup_catches_up_with_its_tokens(world, app_a):
    token = world.connect(app_a)["refresh_token"]
    before = FamilyItem.get(family_of(token))
    for _ in range(3):
        token = world.refresh(app_a, token).json["refresh_token"]
    before.save()
    newest = world.refresh(app_a, token)
    assert newest.status == 200
    assert find_family(family_of(token)).gen == 4
    assert world.refresh(app_a, newest.json["refresh_token"]).status == 200


def test_a_family_that_is_gone_is_refused(world, app_a):
    token = world.connect(app_a)["refresh_token"]
    FamilyItem.get(family_of(token)).delete()
    assert world.refresh(app_a, token).json == INVALID


def test_generations_end_before_their_bits_do(world, app_a):
    token = world.connect(app_a)["refresh_token"]
    assert world.refresh(app_a, mint_refresh_token(family_of(token), MAX_GEN)).json == INVALID


def test_a_missing_token_is_an_invalid_request(world, app_a):
    assert world.token(app_a, grant_type="refresh_token").json["error"] == "invalid_request"


def test_RT_13_two_clients_of_one_person_refresh_without_disturbing_each_other(world, app_a, app_b):
    tokens = {app.client_id: world.connect(app)["refresh_token"] for app in (app_a, app_b)}
    for _ in range(2):
        for app in (app_a, app_b):
            answer = world.refresh(app, tokens[app.client_id])
            assert answer.status == 200
            tokens[app.client_id] = answer.json["refresh_token"]
