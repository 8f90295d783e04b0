"""Fault sweeps (cases FA-01, FA-03, FA-04, CX-11, CX-12, RT-22): the N-th call refused, or done with its answer lost."""

from __future__ import annotations

from contextlib import contextmanager, suppress

import pytest
from botocore.exceptions import ReadTimeoutError
from moto.core.models import botocore_stubber

from chalicelib.kit import store
from chalicelib.kit.errors import UnavailableError
from chalicelib.oauth import client_auth
from chalicelib.oauth.grants import authorization_code
from chalicelib.oauth.refresh_tokens import parse_refresh_token
from chalicelib.oauth.repository import families
from chalicelib.oauth.repository.families import ConnectionItem, find_family

REFUSED, LOST = "never arrived", "applied, answer lost"
SDK_TRIES = 3


@contextmanager
def trouble(mode: str, first: int, count: int):
    """Calls number `first` to `first + count - 1` to DynamoDB go wrong; yields the number of calls made."""
    made = [0]

    def go_wrong(request, event_name, **_):
        made[0] += 1
        if not first <= made[0] < first + count:
            return
        if mode == LOST:
            botocore_stubber(event_name=event_name, request=request)
        raise ReadTimeoutError(endpoint_url=request.url)

    client = store.shared_connection().client
    client.meta.events.register_first("before-send.dynamodb", go_wrong)
    try:
        yield made
    finally:
        client.meta.events.unregister("before-send.dynamodb", go_wrong)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)


@pytest.mark.parametrize("count", [1, SDK_TRIES, 2 * SDK_TRIES])
@pytest.mark.parametrize("mode", [REFUSED, LOST])
def test_FA_01_CX_11_CX_12_exchange(world, app_a, mode, count):
    world.token(app_a, grant_type="x")
    for first in range(1, 5):
        code, activation = world.consent(app_a)
        before = families.find_connection(activation.activation_id).families
        with trouble(mode, first, count):
            answer = world.exchange(app_a, code)
        if (mode, first, count) == (LOST, 2, 2 * SDK_TRIES):
            # CX-11: done, and neither the write nor six calls could say so. The repeat leaves no orphan family.
            assert (answer.status, world.exchange(app_a, code).json["error"]) == (503, "invalid_grant")
            (orphan,) = families.find_connection(activation.activation_id).families - before
            assert find_family(orphan).revoked_reason == "code_reused"
            continue
        if answer.status == 503:
            assert answer.headers["retry-after"]
            answer = world.exchange(app_a, code)  # CX-12: still usable
        assert answer.status == 200
        assert world.refresh(app_a, answer.json["refresh_token"]).status == 200


@pytest.mark.parametrize("count", [1, SDK_TRIES])
@pytest.mark.parametrize("mode", [REFUSED, LOST])
def test_FA_03_RT_22_refresh_loses_no_session(world, app_a, mode, count):
    token = world.connect(app_a)["refresh_token"]
    for generation in range(1, 4):
        with trouble(mode, 1, count):
            answer = world.refresh(app_a, token)
        assert answer.status == (200 if count == 1 else 503)
        again = world.refresh(app_a, token)
        assert again.status == 200
        if answer.status == 200:
            assert again.json["refresh_token"] == answer.json["refresh_token"]
        token = again.json["refresh_token"]
        assert parse_refresh_token(token).gen == generation
        assert find_family(parse_refresh_token(token).family_id).gen == generation


@pytest.mark.parametrize("count", [1, SDK_TRIES])
@pytest.mark.parametrize("mode", [REFUSED, LOST])
@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
def test_RV_06_FA_04_revoke_never_says_done_of_a_live_token(world, app_a, mode, count, kind):
    for first in range(1, 4):
        tokens = world.connect(app_a)
        with trouble(mode, first, count):
            answer = world.revoke(app_a, tokens[kind])
        if answer.status == 503:
            answer = world.revoke(app_a, tokens[kind])
        assert answer.json == {"revoked": True}
        assert not world.is_accepted(tokens["access_token"])
        if kind == "refresh_token":
            assert world.refresh(app_a, tokens["refresh_token"]).json["error"] == "invalid_grant"


@pytest.mark.parametrize("mode", [REFUSED, LOST])
def test_FA_04_ending_an_activation_finishes_on_retry(world, app_a, mode):
    for first in range(1, 6):
        tokens = world.connect(app_a)
        with trouble(mode, first, SDK_TRIES), suppress(UnavailableError):
            world.end_activation(app_a)
        world.end_activation(app_a)
        assert world.refresh(app_a, tokens["refresh_token"]).json["error"] == "invalid_grant"
        assert not world.is_accepted(tokens["access_token"])


@pytest.mark.parametrize("mode", [REFUSED, LOST])
def test_the_client_that_cannot_be_read_is_not_an_invalid_one(world, app_a, mode):
    token = world.connect(app_a)["refresh_token"]
    for first in range(1, 3):
        client_auth.clients.cache_clear()
        with trouble(mode, first, SDK_TRIES):
            assert world.refresh(app_a, token).status == 503
    assert world.refresh(app_a, token).status == 200


def test_a_code_exchanged_while_the_activation_ends_leaves_nothing(world, app_a, monkeypatch):
    """The end reads the families, a code is exchanged, the end commits: it is refused and begins again."""
    code, _ = world.consent(app_a)
    late = []
    find_connection = families.find_connection

    def slow(activation_id):
        found = find_connection(activation_id)
        if not late:
            late.append(world.exchange(app_a, code).json)
        return found

    monkeypatch.setattr(families, "find_connection", slow)
    world.end_activation(app_a)
    assert world.refresh(app_a, late[0]["refresh_token"]).json["error"] == "invalid_grant"
    assert not world.is_accepted(late[0]["access_token"])


def test_an_exchange_that_loses_against_the_end_is_refused(world, app_a, monkeypatch):
    code, _ = world.consent(app_a)
    find_code = authorization_code.find_code

    def slow(text):
        found = find_code(text)
        world.end_activation(app_a)
        return found

    monkeypatch.setattr(authorization_code, "find_code", slow)
    assert world.exchange(app_a, code).json["error"] == "invalid_grant"


def test_CX_09_of_two_exchanges_at_once_one_wins_and_its_family_is_closed(world, app_a, monkeypatch):
    """Decision: a second exchange is reuse, however close; the first answer's tokens die (RFC 6749 §4.1.2)."""
    code, _ = world.consent(app_a)
    find_code = authorization_code.find_code
    first = []

    def slow(text):
        found = find_code(text)
        if not first:
            first.append(None)
            first[0] = world.exchange(app_a, code)
        return found

    monkeypatch.setattr(authorization_code, "find_code", slow)
    assert world.exchange(app_a, code).json["error"] == "invalid_grant"
    assert first[0].status == 200
    assert world.refresh(app_a, first[0].json["refresh_token"]).json["error"] == "invalid_grant"


def test_a_family_id_that_is_taken_is_chosen_again(world, app_a, monkeypatch):
    taken = parse_refresh_token(world.connect(app_a)["refresh_token"]).family_id
    fresh = authorization_code.new_family_id
    ids = [taken]
    monkeypatch.setattr(authorization_code, "new_family_id", lambda now, **_: ids.pop() if ids else fresh(now))
    assert world.connect(app_a)["refresh_token"]
    monkeypatch.setattr(authorization_code, "new_family_id", lambda _, **__: taken)
    code, _ = world.consent(app_a)
    assert world.exchange(app_a, code).status == 503


def test_a_code_whose_row_vanishes_is_just_invalid(world, app_a, monkeypatch):
    code, _ = world.consent(app_a)
    monkeypatch.setattr(authorization_code.codes, "find", lambda _: None)
    found = authorization_code.find_code
    world.exchange(app_a, code)
    monkeypatch.undo()
    tokens = world.exchange(app_a, code).json
    families.FamilyItem.get(parse_refresh_token(tokens["refresh_token"]).family_id).delete()
    assert world.exchange(app_a, code).json["error"] == "invalid_grant"  # reuse, and the family is gone already
    assert found is authorization_code.find_code


def test_revoking_a_family_that_vanishes_is_done(world, app_a, monkeypatch):
    from chalicelib.oauth import revocation

    token = world.connect(app_a)["refresh_token"]
    family = find_family(parse_refresh_token(token).family_id)
    families.FamilyItem.get(family.family_id).delete()
    revocation.revoke_family(world.clock.ctx(), family, "test")
    assert find_family(family.family_id) is None, "a revocation brings nothing back"
    ConnectionItem.get(family.activation_id).delete()
    world.end_activation(app_a)
    assert find_family(family.family_id) is None


def test_a_row_that_changed_while_it_was_judged_is_our_trouble(world, app_a, monkeypatch):
    token = world.connect(app_a)["refresh_token"]
    family = find_family(parse_refresh_token(token).family_id)

    def refused(*_args, **_kwargs):
        raise store.RefusedError({"family": family})

    monkeypatch.setattr(families, "rotate", refused)
    assert world.refresh(app_a, token).status == 503
