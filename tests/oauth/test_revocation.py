"""Revocation and introspection (cases RV): only one's own tokens, nothing said about others, dead within seconds."""

from __future__ import annotations

import pytest

from chalicelib.activations.domain import ConsentKind
from chalicelib.oauth import cutoffs
from chalicelib.oauth.domain import FAMILIES_PER_ACTIVATION
from chalicelib.oauth.repository.families import find_connection
from tests.factories import aws_calls

INVALID = {"error": "invalid_grant", "error_description": "Invalid refresh token"}


def test_RV_01_a_revoked_refresh_token_ends_its_family(world, app_a):
    tokens = world.connect(app_a)
    answer = world.revoke(app_a, tokens["refresh_token"])
    assert (answer.status, answer.json) == (200, {"revoked": True})
    assert world.refresh(app_a, tokens["refresh_token"]).json == INVALID
    assert not world.is_accepted(tokens["access_token"])


def test_RV_01_an_older_token_of_the_family_ends_it_too(world, app_a):
    first = world.connect(app_a)["refresh_token"]
    second = world.refresh(app_a, first).json["refresh_token"]
    world.revoke(app_a, first)
    assert world.refresh(app_a, second).json == INVALID


def test_RV_02_a_revoked_access_token_is_refused_and_its_family_lives(world, app_a):
    tokens = world.connect(app_a)
    assert world.revoke(app_a, tokens["access_token"]).json == {"revoked": True}
    assert not world.is_accepted(tokens["access_token"])
    fresh = world.refresh(app_a, tokens["refresh_token"]).json
    assert world.is_accepted(fresh["access_token"])


def test_RV_02_a_process_hears_of_it_within_five_seconds(world, app_a, monkeypatch):
    tokens = world.connect(app_a)
    assert world.is_accepted(tokens["access_token"])
    world.revoke(app_a, tokens["access_token"])
    headers = {"Authorization": "Bearer " + tokens["access_token"]}
    assert world.http.get("/3/companyinformation", headers=headers).status == 403  # not asked again yet
    monkeypatch.setattr(cutoffs._feed, "_read_at", cutoffs._feed._read_at - cutoffs.SEEN_SECONDS)
    with aws_calls() as calls:
        assert world.http.get("/3/companyinformation", headers=headers).status == 401
    assert calls == ["Query"] * len(calls)
    assert 1 <= len(calls) <= 2


@pytest.mark.parametrize("token", ["unknown", "a.b.c", "ar" + "A" * 38, "\x00", "x" * 10_000])
def test_RV_03_an_unknown_token_is_answered_like_a_known_one(world, app_a, token):
    assert (world.revoke(app_a, token).status, world.revoke(app_a, token).json) == (200, {"revoked": True})


def test_RV_03_dead_tokens_too(world, app_a):
    tokens = world.connect(app_a)
    for token in (tokens["refresh_token"], tokens["access_token"]) * 2:
        assert world.revoke(app_a, token).status == 200
    world.clock.forward(days=400)
    for token in (tokens["refresh_token"], tokens["access_token"]):
        assert world.revoke(app_a, token).status == 200


def test_RV_04_only_ones_own_tokens(world, app_a, app_b):
    tokens = world.connect(app_a)
    assert world.revoke(app_b, tokens["refresh_token"]).json == {"revoked": True}
    assert world.revoke(app_b, tokens["access_token"]).json == {"revoked": True}
    assert world.is_accepted(tokens["access_token"])
    assert world.refresh(app_a, tokens["refresh_token"]).status == 200


@pytest.mark.parametrize("path", ["/oauth-v1/revoke", "/oauth-v1/introspect"])
def test_RV_05_framing(world, app_a, path):
    assert world.post(path, {}, app_a).json["error"] == "invalid_request"
    assert world.post(path, {"token": ""}, app_a).json["error"] == "invalid_request"
    assert world.post(path, [("token", "a"), ("token", "b")], app_a).json["error"] == "invalid_request"
    answer = world.post(path, {"token": "a"})
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    assert world.post(path, {"token": "a", "token_type_hint": "nonsense"}, app_a).status == 200


def test_RV_08_an_active_token_is_described(world, app_a):
    tokens = world.connect(app_a)
    found = world.introspect(app_a, tokens["access_token"])
    assert found["active"] is True
    assert found["exp"] - found["iat"] == 3600
    assert {name: found[name] for name in ("scope", "client_id", "iss", "aud", "tenantId", "sub", "token_type")} == {
        "scope": "customer invoice", "client_id": app_a.client_id, "iss": "https://portal.test",
        "aud": "https://portal.test/3", "tenantId": world.customer.company.number,
        "sub": world.customer.account.account_id, "token_type": "bearer",
    }  # fmt: skip
    refresh = world.introspect(app_a, tokens["refresh_token"])
    assert refresh["active"] is True
    assert refresh["exp"] - refresh["iat"] == 45 * 86_400


def test_RV_09_everything_else_is_just_not_active(world, app_a, app_b):
    tokens = world.connect(app_a)
    inactive = {"active": False}
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert world.introspect(app_b, token) == inactive
    for token in ("x", tokens["access_token"] + "=", tokens["refresh_token"][:-1] + "_"):
        assert world.introspect(app_a, token) == inactive
    second = world.refresh(app_a, tokens["refresh_token"]).json
    assert world.introspect(app_a, tokens["refresh_token"])["active"]  # its grace
    third = world.refresh(app_a, second["refresh_token"]).json
    assert world.introspect(app_a, tokens["refresh_token"]) == inactive
    world.revoke(app_a, third["refresh_token"])
    cutoffs.forget_revocations()
    assert world.introspect(app_a, third["refresh_token"]) == inactive
    assert world.introspect(app_a, third["access_token"]) == inactive
    world.clock.forward(hours=2)
    assert world.introspect(app_a, tokens["access_token"]) == inactive


def test_service_tokens_are_introspected_as_the_client(world, app_a):
    world.consent(app_a, kind=ConsentKind.SERVICE)
    token = world.client_credentials(app_a, world.customer.company.number).json["access_token"]
    assert world.introspect(app_a, token)["sub"] == app_a.client_id


def test_RV_14_one_place_for_the_token(world, app_a):
    token = world.connect(app_a)["access_token"]
    header = {"Authorization": f"Bearer {token}"}
    assert world.http.get(f"/3/companyinformation?access_token={token}").status == 401
    assert world.http.get(f"/3/companyinformation?access_token={token}", headers=header).status == 400


def test_a_full_activation_drops_the_family_that_rested_longest(world, app_a, monkeypatch):
    monkeypatch.setattr("chalicelib.oauth.repository.families.FAMILIES_PER_ACTIVATION", 3)
    monkeypatch.setattr("chalicelib.oauth.revocation.FAMILIES_PER_ACTIVATION", 3)
    families = []
    for _ in range(4):
        world.clock.forward(seconds=1)
        families.append(world.connect(app_a))
    assert FAMILIES_PER_ACTIVATION < 100 - 10  # a transaction has a hundred parts
    assert world.refresh(app_a, families[0]["refresh_token"]).json == INVALID
    world.revoke(app_a, families[2]["refresh_token"])
    families.append(world.connect(app_a))  # a dead one makes room first
    for index in (1, 3, 4):
        assert world.refresh(app_a, families[index]["refresh_token"]).status == 200
    _, activation = world.consent(app_a)
    assert len(find_connection(activation.activation_id).families) == 3


def test_revocations_are_read_again_when_time_jumps(world, app_a):
    tokens = world.connect(app_a)
    assert world.is_accepted(tokens["access_token"])
    world.clock.forward(minutes=30)
    world.revoke(app_a, tokens["refresh_token"])
    assert world.http.get(
        "/3/companyinformation", headers={"Authorization": "Bearer " + tokens["access_token"]}
    ).status in {401, 403}
    world.clock.forward(minutes=20)
    assert (
        world.http.get("/3/companyinformation", headers={"Authorization": "Bearer " + tokens["access_token"]}).status
        == 401
    )
