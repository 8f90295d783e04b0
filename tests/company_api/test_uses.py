"""What each scope was used for is counted in the write that the rate limit makes anyway."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.company_api import repository, service
from chalicelib.company_api.repository import CallWindowItem, ScopeDayItem, take_call
from chalicelib.kit import store
from chalicelib.kit.context import new_context
from chalicelib.kit.errors import UnavailableError
from tests.factories import aws_calls

CLIENT = "client000001"


@pytest.fixture
def caller(module_aws):
    return new_context().new_id("ten")


@pytest.fixture
def at():
    start = new_context()
    noon = replace(start, now=start.now.replace(hour=12, minute=0, second=0, microsecond=0))
    return lambda days, seconds=0: replace(noon, now=noon.now + timedelta(days=days, seconds=seconds))


def test_counting_costs_no_call_of_its_own(caller, at):
    with aws_calls() as calls:
        take_call(at(0), caller, CLIENT, "invoice")
    assert calls == ["UpdateItem"]


def test_uses_are_told_by_scope_with_the_last_moment(caller, at):
    for seconds, scope in ((0, "invoice"), (1, "invoice"), (2, "salary")):
        take_call(at(0, seconds), caller, CLIENT, scope)
    with aws_calls() as calls:
        uses = service.find_uses(caller, CLIENT, at(0, 5).now)
    assert sorted(calls) == ["GetItem", "Query"]
    assert {scope: use.calls for scope, use in uses.items()} == {"invoice": 2, "salary": 1}
    assert uses["invoice"].last_used_at == at(0, 1).now
    assert service.find_uses(caller, "client000002", at(0).now) == {}


def test_a_day_that_is_over_is_put_away_once_and_thirty_days_count(caller, at):
    for day in range(40):
        take_call(at(day), caller, CLIENT, "invoice")
        take_call(at(day, 10), caller, CLIENT, "invoice")
    row = repository.find_window(f"{caller}:{CLIENT}")
    assert sum(name.startswith("n2") for name in row) == 1, "the row does not grow with the days"
    assert len(list(ScopeDayItem.query(f"{caller}:{CLIENT}"))) == 39
    uses = service.find_uses(caller, CLIENT, at(39, 20).now)
    assert uses["invoice"].calls == 2 * 31, "thirty days and today"
    assert uses["invoice"].last_used_at == at(39, 10).now


def test_stragglers_do_not_stay_in_the_row(caller, at):
    take_call(at(0), caller, CLIENT, "invoice")
    take_call(at(1), caller, CLIENT, "invoice")
    take_call(at(0, 60), caller, CLIENT, "invoice")  # a machine whose clock is behind
    take_call(at(1, 60), caller, CLIENT, "invoice")
    row = repository.find_window(f"{caller}:{CLIENT}")
    assert sum(name.startswith("n2") for name in row) == 1


def test_putting_away_is_never_in_the_way(caller, at, monkeypatch):
    take_call(at(0), caller, CLIENT, "invoice")

    def fail(_: store.Transaction) -> None:
        raise UnavailableError

    monkeypatch.setattr(store.Transaction, "commit", fail)
    assert take_call(at(1), caller, CLIENT, "invoice").remaining == 24
    monkeypatch.undo()
    take_call(at(1, 5), caller, CLIENT, "invoice")
    assert len(list(ScopeDayItem.query(f"{caller}:{CLIENT}"))) == 1
    assert repository._counts_of({"caller": {"S": "x"}, "slot01": {"N": "1"}, "used_a": {"N": "1"}}) == {}


def test_a_call_of_the_company_api_is_counted_for_its_scope(world):
    scopes = "companyinformation settings"
    client = world.register(scopes)
    token = world.connect(client, scopes)["access_token"]
    for _ in range(2):
        world.http.get("/3/companyinformation", headers={"Authorization": f"Bearer {token}"})
    (item,) = [one for one in CallWindowItem.scan() if one.caller.endswith(client.client_id)]
    tenant_id, _, client_id = item.caller.partition(":")
    uses = service.find_uses(tenant_id, client_id, new_context().now)
    assert {scope: use.calls for scope, use in uses.items()} == {"companyinformation": 2}
