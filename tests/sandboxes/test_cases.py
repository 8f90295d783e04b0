"""Cases of sandboxes that stand nowhere else: lost answers at every write, overlapping workers, changed addresses, many companies."""

from __future__ import annotations

from collections import Counter

import pytest
from botocore.exceptions import ReadTimeoutError
from moto.core.models import botocore_stubber

from chalicelib.accounts import service as accounts
from chalicelib.accounts.repository.tables import AccountItem
from chalicelib.kit import store
from chalicelib.kit.errors import UnavailableError
from chalicelib.sandboxes import provisioning, service
from chalicelib.sandboxes.domain import PEOPLE, SLOTS, SandboxStatus
from chalicelib.sandboxes.repository import SandboxItem, SlotItem
from tests.conftest import remember_rows
from tests.factories import new_person
from tests.sandboxes.test_events import TESTS, assert_nothing_is_left, sandbox_companies, state

READS = {"GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"}


@pytest.fixture
def anna(aws):
    return new_person(licence=True)


def lost_everywhere(monkeypatch, work, check, stride=1):
    """From the same rows each time: a write is done, and no try of it hears so; every `stride`th one. How many it tried."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    rewind, events = remember_rows(), store.shared_connection().client.meta.events
    for lost in range(1, 99, stride):
        count, seen = 0, set()

        def go_wrong(request, event_name, lost=lost, seen=seen, **_):
            nonlocal count
            if event_name.rsplit(".", 1)[-1] in READS:
                return
            count += request.body not in seen
            seen.add(request.body)
            if count == lost:
                botocore_stubber(event_name=event_name, request=request)
                raise ReadTimeoutError(endpoint_url=request.url)

        events.register_first("before-send.dynamodb", go_wrong)
        try:
            work()
        finally:
            events.unregister("before-send.dynamodb", go_wrong)
        check()
        if count < lost:
            return (lost - 1) // stride
        rewind()
    raise AssertionError("it writes without end")


def test_FA_10_SB_15_a_create_whose_answer_is_lost_makes_one_however_often_it_is_repeated(anna, monkeypatch):
    def create():
        try:
            service.create_sandbox(anna.ctx().with_operation("key"), TESTS)
        except UnavailableError:
            service.create_sandbox(anna.ctx().with_operation("key"), TESTS)

    def is_one():
        assert [len(list(item.scan())) for item in (SandboxItem, SlotItem)] == [1, 1]

    assert lost_everywhere(monkeypatch, create, is_one) == 1


def test_SB_15_a_retry_without_a_key_makes_at_most_one_more_that_is_seen_and_can_be_deleted(anna, queue):
    first, extra = (service.create_sandbox(anna.ctx(), TESTS) for _ in range(2))
    assert {one.sandbox_id for one in service.list_sandboxes(anna.ctx()).items} == {first.sandbox_id, extra.sandbox_id}
    service.delete_sandbox(anna.ctx(), extra.sandbox_id)
    queue.drain()
    assert [one.sandbox_id for one in service.list_sandboxes(anna.ctx()).items] == [first.sandbox_id]
    assert [slot.sandbox_id for slot in SlotItem.scan()] == [first.sandbox_id]


def test_FA_10_provisioning_survives_the_loss_of_any_answer(anna, queue, monkeypatch):
    made = service.create_sandbox(anna.ctx(), TESTS)
    (message,) = queue.told()

    def is_there_once():
        assert queue.deliver(message) == []
        assert state(anna, made) is SandboxStatus.READY
        assert len(sandbox_companies(anna.account.account_id)) == 1

    assert lost_everywhere(monkeypatch, lambda: queue.deliver(message), is_there_once, stride=2) >= 5


def test_FA_10_removal_survives_the_loss_of_any_answer_and_frees_the_slot_once(anna, queue, monkeypatch):
    made = service.create_sandbox(anna.ctx(), TESTS)
    queue.drain()
    service.delete_sandbox(anna.ctx(), made.sandbox_id)
    deletion = queue.told()[-1]

    def is_gone():
        assert queue.deliver(deletion) == []
        assert state(anna, made) is SandboxStatus.DELETED
        assert_nothing_is_left(anna)

    assert lost_everywhere(monkeypatch, lambda: queue.deliver(deletion), is_gone, stride=4) >= 4


@pytest.mark.parametrize("step", range(len(provisioning._STEPS)))
def test_SB_21_a_second_worker_that_starts_during_a_step_goes_on_and_the_slow_one_finds_it_done(
    anna, queue, monkeypatch, step
):
    """The queue hands the message out again while the first worker still sits in a step: nothing is there twice."""
    made = service.create_sandbox(anna.ctx(), TESTS)
    (message,) = queue.told()
    steps = provisioning._STEPS

    def overtaken(ctx, sandbox):
        monkeypatch.setattr(provisioning, "_STEPS", steps)
        assert queue.deliver(message) == []
        assert state(anna, made) is SandboxStatus.READY
        steps[step](ctx, sandbox)

    slow = tuple(overtaken if number == step else one for number, one in enumerate(steps))
    monkeypatch.setattr(provisioning, "_STEPS", slow)
    assert queue.deliver(message) == []
    assert state(anna, made) is SandboxStatus.READY
    assert len(sandbox_companies(anna.account.account_id)) == 1
    assert sum(row.email.endswith(".invalid") for row in AccountItem.scan()) == len(PEOPLE)


def test_SB_12_a_changed_address_holds_in_old_and_new_sandboxes(anna, queue):
    """The user of a sandbox is the account itself; the sandbox remembers the address of when it was made."""
    old = service.create_sandbox(anna.ctx(), TESTS)
    queue.drain_new()
    row = AccountItem.get(anna.account.account_id)
    row.email = "anna.new@example.test"
    row.save()
    people = accounts.list_people(old.company_tenant_id)
    assert "anna.new@example.test" in {account.email for account, _ in people}
    assert service.get_sandbox(anna.ctx(), old.sandbox_id).email == anna.account.email
    started = accounts.start_session(anna.ctx(), anna.account.account_id, old.company_tenant_id)
    assert started.to_actor().email == "anna.new@example.test"


def test_SB_17_full_companies_do_not_stand_in_each_others_way(aws):
    """Every key of slots and sandboxes begins with the company, so no number of them shares a partition or a limit."""
    people = [new_person(licence=True) for _ in range(2)]
    for _ in SLOTS:
        for person in people:
            service.create_sandbox(person.ctx(), TESTS)
    assert Counter(slot.tenant_id for slot in SlotItem.scan()) == {one.company.tenant_id: 30 for one in people}
    assert SandboxItem._hash_keyname == SlotItem._hash_keyname == "tenant_id"
