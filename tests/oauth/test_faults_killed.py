"""Fault sweep, the hardest kind (cases FA-01, FA-03, FA-04): the process is killed at the N-th AWS call."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from moto.core.models import botocore_stubber

from chalicelib.kit import store
from chalicelib.oauth.repository import families
from chalicelib.oauth.repository.families import find_family
from tests.oauth.conftest import forget


class KilledError(BaseException):
    """The process is gone: nothing that handles errors sees it."""


@contextmanager
def death(first: int, *, applied: bool):
    """The process dies at call number `first`: before the call was sent, or when it was done and not yet heard."""
    made = [0]

    def die(request, event_name, **_):
        made[0] += 1
        if made[0] == first:
            if applied:
                botocore_stubber(event_name=event_name, request=request)
            raise KilledError

    events = store.shared_connection().client.meta.events
    events.register_first("before-send.dynamodb", die)
    try:
        yield
    except KilledError:
        pass
    finally:
        events.unregister("before-send.dynamodb", die)
        forget()  # the next request meets a fresh process


@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("first", range(1, 8))
def test_FA_01_a_process_killed_while_exchanging_leaves_the_code_usable_or_no_orphan(world, app_a, first, applied):
    code, activation = world.consent(app_a)
    answer = None
    with death(first, applied=applied):
        answer = world.exchange(app_a, code)
    if answer is None:
        answer = world.exchange(app_a, code)
    known = families.find_connection(activation.activation_id).families
    live = [family_id for family_id in known if find_family(family_id).revoked_at is None]
    if answer.status == 200:
        assert len(live) == 1
        assert world.refresh(app_a, answer.json["refresh_token"]).status == 200
    else:
        assert (answer.json["error"], live) == ("invalid_grant", [])  # CX-11: no token without an owner


@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("first", range(1, 6))
def test_FA_03_a_process_killed_while_refreshing_loses_no_session(world, app_a, first, applied):
    token = world.connect(app_a)["refresh_token"]
    forget()
    with death(first, applied=applied):
        world.refresh(app_a, token)
    again = world.refresh(app_a, token)
    assert again.status == 200
    assert world.refresh(app_a, again.json["refresh_token"]).status == 200


@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("first", range(1, 6))
def test_FA_04_a_process_killed_while_revoking_is_finished_by_the_repeat(world, app_a, first, applied):
    tokens = world.connect(app_a)
    forget()
    with death(first, applied=applied):
        world.revoke(app_a, tokens["refresh_token"])
    assert world.revoke(app_a, tokens["refresh_token"]).json == {"revoked": True}
    assert not world.is_accepted(tokens["access_token"])
    assert world.refresh(app_a, tokens["refresh_token"]).json["error"] == "invalid_grant"
