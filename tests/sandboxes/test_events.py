"""Provisioning and removal behind the queue: duplicates, disorder, and a worker that dies at any write."""

from __future__ import annotations

import json
import re

import pytest

from chalicelib import registry
from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import CompanyKind
from chalicelib.accounts.repository.tables import AccountItem, MembershipItem
from chalicelib.activations.repository import ActivationItem
from chalicelib.company_data import service as company_data
from chalicelib.company_data.domain import RESOURCES, Selection
from chalicelib.company_data.repository import RecordItem
from chalicelib.config import load_data
from chalicelib.integrations import service as integrations
from chalicelib.integrations.repository import IntegrationItem
from chalicelib.kit import store
from chalicelib.kit.context import new_context
from chalicelib.kit.errors import ConflictError, UnavailableError
from chalicelib.kit.outbox import OutboxItem, consumers_of, parse_event
from chalicelib.marketplace import building
from chalicelib.marketplace.repository.listings import ListingItem
from chalicelib.oauth import endings
from chalicelib.publication.domain import Publication, PublicationStatus
from chalicelib.publication.repository import PublicationItem
from chalicelib.ratings import judging
from chalicelib.sandboxes import provisioning, repository, service
from chalicelib.sandboxes.domain import (
    MAX_FAILURES,
    PEOPLE,
    SandboxData,
    SandboxNotResettableError,
    SandboxStatus,
    all_modules,
    sample_id_of,
)
from chalicelib.sandboxes.repository import SandboxItem, SlotItem
from chalicelib.sandboxes.schemas import SandboxCreate
from tests.conftest import remember_rows
from tests.factories import new_person

TESTS = SandboxCreate(name="Acceptance tests")
OURS = re.compile(r"tsb_|sbx_|int_|con_|@sandbox\.invalid")


@pytest.fixture
def anna(aws):
    return new_person(licence=True)


@pytest.fixture
def made(anna):
    return service.create_sandbox(anna.ctx(), TESTS)


def state(anna, made):
    return service.get_sandbox(anna.ctx(), made.sandbox_id).status


def sandbox_companies(account_id):
    return [entry.company for entry in accounts.list_companies(account_id) if entry.company.kind is CompanyKind.SANDBOX]


def assert_nothing_is_left(anna):
    assert list(SlotItem.scan()) == []
    assert [row for row in SandboxItem.scan() if not row.row_id.startswith("deleted#")] == []
    assert sandbox_companies(anna.account.account_id) == []
    assert {row.tenant_id for row in MembershipItem.scan()} == {anna.company.tenant_id}
    tell_others()
    assert rows_that_stay() == {}


def tell_others():
    """Whoever keeps rows because of what they hear, hears all that was told."""
    for row in OutboxItem.scan():
        event = parse_event(row.body)
        heard = consumers_of(event.event_type)
        if "marketplace" in heard:
            building.build(event)
        if "ratings" in heard:
            judging.judge(new_context(), event)
        if "oauth" in heard:
            endings.end_integration(new_context(), event.subject)


def rows_that_stay():
    """How many rows of ANY table name something of a sandbox and have no end of their own; a developer's log aside."""
    found = {}
    for table in registry.TABLES:
        rows = (row for row in table.scan() if getattr(row, "expires_at", None) is None)
        count = sum(OURS.search(str(row.serialize())) is not None for row in rows)
        if count and table.Meta.table_name.rsplit("-", 1)[-1] != "audit":
            found[table.Meta.table_name] = count
    return found


def test_a_requested_sandbox_becomes_a_company_with_all_modules_and_its_creator_as_administrator(anna, made, queue):
    queue.drain()
    ready = service.get_sandbox(anna.ctx(), made.sandbox_id)
    assert (ready.status, ready.step, ready.steps) == (SandboxStatus.READY, 6, 6)
    company = accounts.get_company(made.company_tenant_id)
    assert (company.kind, company.name, company.number) == (CompanyKind.SANDBOX, made.name, ready.company_number)
    assert company.home_tenant_id == anna.company.tenant_id
    assert company.modules == all_modules(load_data("scopes"))
    membership = accounts.find_membership(anna.account.account_id, company.tenant_id)
    assert membership.is_administrator
    assert membership.portal_role is None


def test_SB_11_the_creator_works_in_the_sandbox_with_the_rights_of_its_administrator_only(anna, made, queue):
    queue.drain()
    started = accounts.start_session(anna.ctx(), anna.account.account_id, made.company_tenant_id)
    assert started.to_actor().tenant_id == made.company_tenant_id
    assert started.to_actor().roles == {"member", "user", "administrator"}


def test_SB_05_ten_deliveries_make_one_company(anna, made, queue):
    (message,) = queue.told()
    assert queue.deliver(*[message] * 10) == []
    assert len(sandbox_companies(anna.account.account_id)) == 1
    assert state(anna, made) is SandboxStatus.READY


def test_a_taken_company_number_is_replaced_and_the_row_tells_the_one_that_stands(anna, made, queue, monkeypatch):
    monkeypatch.setattr(provisioning, "number_for", lambda _: anna.company.number)
    queue.drain()
    ready = service.get_sandbox(anna.ctx(), made.sandbox_id)
    company = accounts.get_company(made.company_tenant_id)
    assert ready.company_number == company.number != anna.company.number
    assert accounts.find_company_by_number(anna.company.number).tenant_id == anna.company.tenant_id


class Killed(BaseException):
    """The process is gone: nothing of ours can catch this."""


def writes_until_done(work, die_at):
    """Run `work`, dying before its n-th write, which is the same as after the one before. True when it came to its end."""
    count = 0

    def die_in_time(request, event_name, **_):
        nonlocal count
        count += event_name.rsplit(".", 1)[-1] not in {"GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"}
        if count >= die_at:
            raise Killed

    events = store.shared_connection().client.meta.events
    events.register_first("before-send.dynamodb", die_in_time)
    try:
        work()
    except Killed:
        return False
    finally:
        events.unregister("before-send.dynamodb", die_in_time)
    return True


def kill_everywhere(work, check):
    """From the same rows each time: killed at its first, second, third … write, then `check`. How many writes it has."""
    rewind = remember_rows()
    for die_at in range(1, 99):
        is_finished = writes_until_done(work, die_at)
        check()
        if is_finished:
            return die_at - 1
        rewind()
    raise AssertionError("it writes without end")


def test_SB_06_a_worker_killed_at_any_write_is_resumed_by_the_next_delivery(anna, made, queue):
    (message,) = queue.told()

    def is_ready_and_there_once():
        assert queue.deliver(message) == []
        assert state(anna, made) is SandboxStatus.READY
        assert len(sandbox_companies(anna.account.account_id)) == 1
        assert len([row for row in AccountItem.scan() if row.email.endswith(".invalid")]) == len(PEOPLE)
        assert [len(list(item.scan())) for item in (SlotItem, IntegrationItem, ActivationItem)] == [1, 1, 1]
        assert len(list(RecordItem.scan())) == len(RESOURCES)

    assert kill_everywhere(lambda: queue.deliver(message), is_ready_and_there_once) >= 10


def test_a_removal_killed_at_any_write_is_resumed_and_frees_the_slot_once(anna, made, queue):
    queue.drain()
    service.delete_sandbox(anna.ctx(), made.sandbox_id)
    requested, deletion = queue.told()

    def is_gone():
        assert queue.deliver(deletion, requested, deletion) == []
        assert state(anna, made) is SandboxStatus.DELETED
        assert_nothing_is_left(anna)

    assert kill_everywhere(lambda: queue.deliver(deletion), is_gone) >= 10


def test_a_sample_somebody_began_to_publish_takes_its_publication_along_and_is_remembered_as_gone(anna, made, queue):
    queue.drain()
    sample = integrations.get_integration(anna.ctx(), sample_id_of(service.get_sandbox(anna.ctx(), made.sandbox_id)))
    names = {"tenant_id": sample.tenant_id, "integration_id": sample.integration_id, "developer": "D", "name": "N"}
    begun = Publication(**names, status=PublicationStatus.UNPUBLISHED, status_since=sample.created_at, version=3)
    store.save(store.to_item(PublicationItem, begun))
    service.delete_sandbox(anna.ctx(), made.sandbox_id)
    queue.deliver(queue.told()[-1])
    tell_others()
    assert list(PublicationItem.scan()) == []
    (gone,) = ListingItem.scan()  # whatever is told late of its publication finds that it ended
    assert (gone.integration_id, gone.is_live) == (sample.integration_id, False)


def test_SB_08_a_deletion_before_the_request_arrives_leaves_nothing(anna, made, queue):
    service.delete_sandbox(anna.ctx(), made.sandbox_id)
    requested, deletion = queue.told()
    assert queue.deliver(deletion, requested, requested, deletion) == []
    assert state(anna, made) is SandboxStatus.DELETED
    assert_nothing_is_left(anna)


@pytest.mark.parametrize("finish_first", [True, False])
@pytest.mark.parametrize("step", [0, 1, 2, 3, 4, 5])
def test_SB_08_deletion_wins_over_provisioning_under_way(anna, made, queue, monkeypatch, step, finish_first):
    """The developer deletes exactly while a step runs, and the removal runs before or after that step ends."""
    (requested,) = queue.told()
    real = provisioning._STEPS[step]

    def with_deletion(ctx, sandbox):
        service.delete_sandbox(anna.ctx(), sandbox.sandbox_id)
        if finish_first:
            provisioning.remove(ctx, sandbox.tenant_id, sandbox.sandbox_id)
        real(ctx, sandbox)

    steps = tuple(with_deletion if n == step else fn for n, fn in enumerate(provisioning._STEPS))
    monkeypatch.setattr(provisioning, "_STEPS", steps)
    assert queue.deliver(requested) == []
    monkeypatch.undo()
    deletion = next(body for body in queue.told() if "deletion_requested" in body)
    assert queue.deliver(deletion, requested, deletion) == []
    assert state(anna, made) is SandboxStatus.DELETED
    assert_nothing_is_left(anna)


def test_a_late_request_for_a_deleted_sandbox_cleans_up_what_a_dead_worker_left(anna, made, queue):
    """It added the company, died, and the sandbox was deleted before its message came back."""
    (requested,) = queue.told()
    service.delete_sandbox(anna.ctx(), made.sandbox_id)
    queue.deliver(queue.told()[-1])
    from dataclasses import replace

    from chalicelib.sandboxes.domain import company_of

    company = company_of(replace(made, company_number=1234567), frozenset())
    accounts.add_company(anna.ctx(), company, administrator=anna.account.account_id)
    assert queue.deliver(requested) == []
    assert_nothing_is_left(anna)


def test_SB_09_the_slot_of_another_sandbox_is_never_freed(anna, made, queue):
    """The freed place is taken by a new sandbox; the deletion arrives once more."""
    service.delete_sandbox(anna.ctx(), made.sandbox_id)
    deletion = queue.told()[-1]
    queue.deliver(deletion)
    successor = service.create_sandbox(anna.ctx(), TESTS)
    queue.deliver(deletion, deletion)
    (slot,) = SlotItem.scan()
    assert slot.sandbox_id == successor.sandbox_id


def test_a_slot_that_somebody_meddled_with_does_not_keep_a_sandbox_alive(anna, made, queue):
    store.save(SlotItem(made.tenant_id, made.slot, sandbox_id="sbx_other", taken_at=made.created_at))
    service.delete_sandbox(anna.ctx(), made.sandbox_id)
    assert queue.deliver(queue.told()[-1]) == []
    assert state(anna, made) is SandboxStatus.DELETED
    (slot,) = SlotItem.scan()
    assert slot.sandbox_id == "sbx_other"


def test_trouble_is_retried_and_given_up_with_a_reason_before_the_dead_letter_queue(anna, made, queue, monkeypatch):
    def unavailable(*_args, **_kwargs):
        raise UnavailableError

    (requested,) = queue.told()
    with monkeypatch.context() as patch:
        patch.setattr(accounts, "add_company", unavailable)
        for _ in range(MAX_FAILURES - 1):
            assert queue.deliver(requested) == ["0"]
            assert state(anna, made) is SandboxStatus.PROVISIONING
        assert queue.deliver(requested) == []
    failed = service.get_sandbox(anna.ctx(), made.sandbox_id)
    assert (failed.status, failed.failure) == (SandboxStatus.FAILED, provisioning.GAVE_UP)
    assert queue.deliver(requested) == []
    assert state(anna, made) is SandboxStatus.FAILED
    service.retry_sandbox(anna.ctx(), made.sandbox_id)
    queue.drain()
    assert state(anna, made) is SandboxStatus.READY


def test_a_refusal_fails_at_once_and_names_its_reason(anna, made, queue, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise ConflictError("The register is closed.")

    monkeypatch.setattr(accounts, "add_company", refuse)
    assert queue.deliver(*queue.told()) == []
    failed = service.get_sandbox(anna.ctx(), made.sandbox_id)
    assert (failed.status, failed.failure) == (SandboxStatus.FAILED, "The register is closed.")
    assert len(list(SlotItem.scan())) == 1  # a failed one is there until it is deleted


def test_a_failed_sandbox_can_be_deleted(anna, made, queue):
    repository.record_failure(made, 4, "Broken", made.created_at)
    service.delete_sandbox(anna.ctx(), made.sandbox_id)
    queue.deliver(queue.told()[-1])
    assert_nothing_is_left(anna)


def test_SB_20_a_poison_message_goes_back_alone(anna, made, queue):
    (requested,) = queue.told()
    nobody = json.dumps(json.loads(requested) | {"data": {}})
    assert queue.deliver("garbage", requested, nobody, "{}") == ["0", "2", "3"]
    assert state(anna, made) is SandboxStatus.READY


def test_a_message_for_a_sandbox_nobody_knows_is_done_with(aws, queue, made):
    (requested,) = queue.told()
    body = json.loads(requested)
    body["data"]["sandbox_id"] = "sbx_nobody"
    assert queue.deliver(json.dumps(body)) == []


def test_another_developer_of_the_company_has_no_key_to_the_sandbox(anna, made, queue):
    queue.drain()
    colleague = new_person(company=anna.company)
    assert accounts.find_membership(colleague.account.account_id, made.company_tenant_id) is None


def customers(made):
    return company_data.list_records(made.company_tenant_id, RESOURCES["customers"], Selection()).records


def change_something(anna, made):
    company_data.create_record(anna.ctx(), made.company_tenant_id, RESOURCES["customers"], {"Name": "New"})
    company_data.update_record(anna.ctx(), made.company_tenant_id, RESOURCES["customers"], "1", {"Name": "Changed"})


def reset_message(queue):
    (*_, found) = [body for body in queue.told() if "sandbox.reset_requested" in body]
    return found


def test_SB_14_a_reset_puts_the_same_data_back(anna, made, queue):
    queue.drain()
    before = customers(made)
    assert len(before) == 25
    change_something(anna, made)
    assert service.reset_sandbox(anna.ctx(), made.sandbox_id).status is SandboxStatus.RESETTING
    assert queue.deliver(reset_message(queue)) == []
    assert state(anna, made) is SandboxStatus.READY
    assert customers(made) == before
    assert len(list(RecordItem.scan())) == len(RESOURCES), "what was changed is gone, not only out of sight"


def test_a_late_repeat_of_a_reset_or_of_the_request_throws_nothing_away(anna, made, queue):
    queue.drain()
    service.reset_sandbox(anna.ctx(), made.sandbox_id)
    first = reset_message(queue)
    queue.deliver(first)
    change_something(anna, made)
    queue.deliver(first, *queue.told())
    assert len(customers(made)) == 26


def test_a_reset_killed_at_any_write_ends_ready(anna, made, queue):
    queue.drain()
    change_something(anna, made)
    service.reset_sandbox(anna.ctx(), made.sandbox_id)
    message = reset_message(queue)

    def is_as_it_was():
        assert queue.deliver(message) == []
        assert (state(anna, made), len(customers(made))) == (SandboxStatus.READY, 25)
        assert len(list(RecordItem.scan())) == len(RESOURCES)

    assert kill_everywhere(lambda: queue.deliver(message), is_as_it_was) >= 2


def test_deletion_wins_over_a_reset_under_way(anna, made, queue, monkeypatch):
    queue.drain()
    service.reset_sandbox(anna.ctx(), made.sandbox_id)
    reset = reset_message(queue)
    fill = company_data.fill

    def late(*args, **kwargs):
        service.delete_sandbox(anna.ctx(), made.sandbox_id)
        queue.deliver(queue.told()[-1])
        fill(*args, **kwargs)

    monkeypatch.setattr(company_data, "fill", late)
    queue.deliver(reset)
    assert_nothing_is_left(anna)
    assert state(anna, made) is SandboxStatus.DELETED


def test_only_a_ready_sandbox_is_reset(anna, made, queue):
    with pytest.raises(SandboxNotResettableError):
        service.reset_sandbox(anna.ctx(), made.sandbox_id)
    queue.drain()
    service.reset_sandbox(anna.ctx(), made.sandbox_id)
    with pytest.raises(SandboxNotResettableError):
        service.reset_sandbox(anna.ctx(), made.sandbox_id)


@pytest.mark.parametrize(("data", "count"), [("empty", 0), ("small", 60), ("large", 50_000)])
def test_the_developer_chooses_what_it_holds_and_it_costs_a_row_per_resource(anna, queue, data, count):
    made = service.create_sandbox(anna.ctx(), SandboxCreate(name="x", data=SandboxData(data)))
    queue.drain()
    found = company_data.list_records(made.company_tenant_id, RESOURCES["invoices"], Selection(limit=1))
    assert found.total == count
    assert len(list(RecordItem.scan())) == len(RESOURCES)
