"""The rate limit (cases RL): exactly 25 in any five seconds per client and company, whoever asks at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.company_api import repository
from chalicelib.company_api.domain import CALLS, WINDOW_MS, RateLimitReachedError, free_slots, quota_of
from chalicelib.company_api.repository import take_call
from chalicelib.kit.context import new_context
from chalicelib.kit.errors import UnavailableError
from tests.factories import aws_calls


@pytest.fixture
def caller(module_aws):
    return new_context().new_id("ten")


@pytest.fixture
def at():
    start = new_context()
    return lambda seconds: replace(start, now=start.now + timedelta(seconds=seconds))


def accepted(ctx, caller, times, client="client000001"):
    count = 0
    for _ in range(times):
        try:
            take_call(ctx, caller, client, "invoice")
        except RateLimitReachedError:
            continue
        count += 1
    return count


def test_RL_01_the_26th_call_is_refused(world):
    scopes = "companyinformation"
    token = world.connect(world.register(scopes), scopes)["access_token"]
    answers = [world.http.get("/3/companyinformation", headers={"Authorization": f"Bearer {token}"}) for _ in range(26)]
    assert [answer.status for answer in answers[:20]] == [200] * 20
    first = answers[0].headers
    assert (first["ratelimit-policy"], first["ratelimit"]) == ('"default";q=25;w=5', '"default";r=24;t=0')
    refused = [answer for answer in answers if answer.status == 429]
    for answer in refused:
        assert 1 <= int(answer.headers["retry-after"]) <= 5
        assert answer.json["ErrorInformation"]["Code"] == answer.json["ErrorInformation"]["code"] == 2000429
        assert answer.headers["cache-control"] == "no-store"


def test_RL_01_exactly_25_at_one_instant(caller, at):
    assert accepted(at(0), caller, 40) == CALLS
    assert accepted(at(4.999), caller, 5) == 0
    assert accepted(at(5), caller, 40) == CALLS


def test_RL_02_five_a_second_for_ever(caller, at):
    assert sum(accepted(at(number / 5), caller, 1) for number in range(400)) == 400


def test_the_window_slides(caller, at):
    """Never more than 25 in any five seconds, also across what a fixed window would forget."""
    taken = []
    for tick in range(200):
        taken += [tick] * accepted(at(tick / 10), caller, 2)
    for tick in taken:
        assert sum(1 for other in taken if tick - 50 < other <= tick) <= CALLS
    assert len(taken) == 4 * CALLS


def test_RL_04_others_are_untouched(caller, at):
    accepted(at(0), caller, 30)
    assert accepted(at(0), caller + "2", 1) == 1
    assert accepted(at(0), caller, 1, client="client000002") == 1


def test_RL_05_a_process_that_knows_nothing_still_counts_right(caller, at):
    count = 0
    for _ in range(60):
        repository._known.clear()
        count += accepted(at(0), caller, 1)
    assert count == CALLS


def test_RL_08_a_refusal_costs_no_call(caller, at):
    accepted(at(0), caller, CALLS)
    with aws_calls() as calls:
        assert accepted(at(0), caller, 10) == 0
    assert calls == []


def test_RL_10_a_clock_put_back_locks_nobody_out(caller, at):
    accepted(at(60), caller, CALLS)
    assert accepted(at(0), caller, CALLS) == CALLS
    accepted(at(2), caller, CALLS)
    assert accepted(at(7.001), caller, 1) == 1


def test_endless_contention_is_our_trouble(caller, at, monkeypatch):
    monkeypatch.setattr(repository, "_take", lambda *_: ([0] * CALLS, False))
    with pytest.raises(UnavailableError):
        take_call(at(0), caller, "client000001", "invoice")


def test_a_process_remembers_a_bounded_number_of_callers(caller, at, monkeypatch):
    monkeypatch.setattr(repository, "_REMEMBERED", 3)
    repository._known.clear()
    for number in range(5):
        take_call(at(0), f"{caller}{number}", "client000001", "invoice")
    assert len(repository._known) == 3


def test_slots_as_a_rule():
    now = 1_000_000
    assert len(free_slots([0] * CALLS, now)) == CALLS
    assert free_slots([now - WINDOW_MS, now - WINDOW_MS + 1, now, now + WINDOW_MS + 1], now) == [0, 3]
    assert quota_of([now] * CALLS, now).reset == 5
    assert quota_of([now - 4_500] * CALLS, now).reset == 1
