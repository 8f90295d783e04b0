"""Creating, reading, deleting and retrying sandboxes, on the in-memory AWS."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.accounts.domain import DeveloperLicenceRequiredError
from chalicelib.kit.context import new_context
from chalicelib.kit.errors import NotFoundError
from chalicelib.sandboxes import repository, service
from chalicelib.sandboxes.domain import (
    SLOTS,
    STALLED_AFTER,
    SandboxCapReachedError,
    SandboxNotRetryableError,
    SandboxStatus,
)
from chalicelib.sandboxes.repository import SandboxItem, SlotItem, sandboxes
from chalicelib.sandboxes.schemas import SandboxCreate
from tests.factories import aws_calls, new_person

TESTS = SandboxCreate(name="Acceptance tests")


@pytest.fixture
def anna(aws):
    return new_person(licence=True)


def test_a_new_sandbox_is_requested_and_holds_a_slot(anna, queue):
    made = service.create_sandbox(anna.ctx(), TESTS)
    assert (made.status, made.step, made.name) == (SandboxStatus.REQUESTED, 0, "Acceptance tests")
    assert made.email == anna.account.email
    (slot,) = SlotItem.scan()
    assert (slot.tenant_id, slot.slot, slot.sandbox_id) == (anna.company.tenant_id, made.slot, made.sandbox_id)
    (told,) = queue.told()
    assert '"sandbox.requested"' in told


def test_creating_takes_three_calls(anna):
    with aws_calls() as calls:
        service.create_sandbox(anna.ctx(), TESTS)
    assert calls == ["GetItem", "Query", "TransactWriteItems"]


def test_without_a_licence_nothing_is_created(aws):
    person = new_person(licence=False)
    with pytest.raises(DeveloperLicenceRequiredError):
        service.create_sandbox(person.ctx(), TESTS)
    assert list(SandboxItem.scan()) == []


def test_the_thirty_first_is_refused_and_the_thirty_hold_one_slot_each(anna):
    made = [service.create_sandbox(anna.ctx(), TESTS) for _ in SLOTS]
    assert {sandbox.slot for sandbox in made} == set(SLOTS)
    with pytest.raises(SandboxCapReachedError):
        service.create_sandbox(anna.ctx(), TESTS)
    assert len(service.list_sandboxes(anna.ctx()).items) == 30


def test_a_slot_won_by_somebody_else_meanwhile_means_another_slot(anna, monkeypatch):
    """The query is only a hint: what it did not see is decided by the condition."""
    first = service.create_sandbox(anna.ctx(), TESTS)
    honest = sandboxes._taken_slots
    looks = []

    def blind_once(tenant_id):
        looks.append(tenant_id)
        return honest(tenant_id) if len(looks) > 1 else set(SLOTS) - {first.slot}

    monkeypatch.setattr(sandboxes, "_taken_slots", blind_once)
    second = service.create_sandbox(anna.ctx(), TESTS)
    assert second.slot != first.slot
    assert len(looks) == 2
    assert len(list(SlotItem.scan())) == 2


def test_the_cap_is_per_company(anna):
    for _ in SLOTS:
        service.create_sandbox(anna.ctx(), TESTS)
    assert service.create_sandbox(new_person(licence=True).ctx(), TESTS).status is SandboxStatus.REQUESTED


def test_SB_03_the_same_operation_makes_one_row_even_when_all_places_are_taken(anna):
    first = service.create_sandbox(anna.ctx().with_operation("key"), TESTS)
    for _ in SLOTS[1:]:
        service.create_sandbox(anna.ctx(), TESTS)
    again = service.create_sandbox(anna.ctx().with_operation("key"), TESTS)
    assert again.sandbox_id == first.sandbox_id
    assert len(list(SlotItem.scan())) == 30


def test_a_repeat_with_places_left_finds_its_row_and_takes_no_second_slot(anna, queue):
    ctx = anna.ctx()
    first = service.create_sandbox(ctx.with_operation("key"), TESTS)
    again = service.create_sandbox(ctx.with_operation("key"), TESTS)
    assert again == first
    assert len(list(SlotItem.scan())) == 1
    assert len(queue.told()) == 1


def test_a_list_is_one_query_and_a_read_one_call(anna, queue):
    made = service.create_sandbox(anna.ctx(), TESTS)
    with aws_calls() as calls:
        assert service.list_sandboxes(anna.ctx()).items == [made]
        assert service.get_sandbox(anna.ctx(), made.sandbox_id) == made
    assert calls == ["Query", "GetItem"]


@pytest.mark.parametrize(
    "wrong", ["", "sbx_", "SBX_1", "x" * 5000, "deleted#sbx_1", "sbx_1\x00", "../sbx_1", "SLOT#01", "sbx_nobody"]
)
def test_a_strange_id_is_not_found(anna, wrong):
    for use in (service.get_sandbox, service.delete_sandbox, service.retry_sandbox):
        with pytest.raises(NotFoundError):
            use(anna.ctx(), wrong)


def test_another_companys_sandbox_is_not_found(anna):
    made = service.create_sandbox(anna.ctx(), TESTS)
    stranger = new_person(licence=True).ctx()
    for use in (service.get_sandbox, service.delete_sandbox, service.retry_sandbox):
        with pytest.raises(NotFoundError):
            use(stranger, made.sandbox_id)
    assert service.get_sandbox(anna.ctx(), made.sandbox_id).status is SandboxStatus.REQUESTED


def test_SB_09_deleting_twice_tells_it_once(anna, queue):
    made = service.create_sandbox(anna.ctx(), TESTS)
    first = service.delete_sandbox(anna.ctx(), made.sandbox_id)
    second = service.delete_sandbox(anna.ctx(), made.sandbox_id)
    assert first.status is second.status is SandboxStatus.DELETING
    assert sum("deletion_requested" in body for body in queue.told()) == 1


def test_a_deletion_that_got_lost_can_be_asked_for_again(anna, queue):
    made = service.create_sandbox(anna.ctx(), TESTS)
    service.delete_sandbox(anna.ctx(), made.sandbox_id)
    service.delete_sandbox(anna.ctx(now=anna.ctx().now + STALLED_AFTER + timedelta(seconds=1)), made.sandbox_id)
    assert sum("deletion_requested" in body for body in queue.told()) == 2


def test_a_deleted_sandbox_leaves_the_list_and_is_remembered(anna, queue):
    made = service.create_sandbox(anna.ctx(), TESTS)
    queue.drain()
    service.delete_sandbox(anna.ctx(), made.sandbox_id)
    queue.drain()
    assert service.list_sandboxes(anna.ctx()).items == []
    assert service.get_sandbox(anna.ctx(), made.sandbox_id).status is SandboxStatus.DELETED
    assert service.delete_sandbox(anna.ctx(), made.sandbox_id).status is SandboxStatus.DELETED
    assert list(SlotItem.scan()) == []


def test_a_licence_that_was_withdrawn_still_lets_one_delete(anna):
    made = service.create_sandbox(anna.ctx(), TESTS)
    from chalicelib.accounts import service as accounts

    accounts.withdraw_licence(new_context(), anna.company.tenant_id, "Test")
    with pytest.raises(DeveloperLicenceRequiredError):
        service.create_sandbox(anna.ctx(), TESTS)
    assert service.delete_sandbox(anna.ctx(), made.sandbox_id).status is SandboxStatus.DELETING


def test_only_a_failed_or_stuck_sandbox_can_be_retried(anna, queue):
    made = service.create_sandbox(anna.ctx(), TESTS)
    with pytest.raises(SandboxNotRetryableError):
        service.retry_sandbox(anna.ctx(), made.sandbox_id)
    later = anna.ctx(now=made.updated_at + STALLED_AFTER)
    assert service.retry_sandbox(later, made.sandbox_id).status is SandboxStatus.REQUESTED
    assert len(queue.told()) == 2


def test_a_retry_forgets_the_failure_and_keeps_the_step(anna, queue):
    made = service.create_sandbox(anna.ctx(), TESTS)
    repository.advance(made, 1, made.created_at, company_number=1234567)
    repository.record_failure(replace(made, step=1), 4, "Broken", made.created_at)
    assert service.get_sandbox(anna.ctx(), made.sandbox_id).failure == "Broken"
    again = service.retry_sandbox(anna.ctx(), made.sandbox_id)
    assert (again.status, again.failures, again.failure, again.step) == (SandboxStatus.REQUESTED, 0, None, 1)
    queue.drain()
    assert service.get_sandbox(anna.ctx(), made.sandbox_id).status is SandboxStatus.READY
