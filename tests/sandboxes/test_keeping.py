"""The nightly round: warned twice and removed when unused, and everything that was broken by hand put right."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import Company, CompanyKind
from chalicelib.accounts.repository.tables import CompanyItem, MembershipItem
from chalicelib.company_data import service as company_data
from chalicelib.company_data.repository import RecordItem
from chalicelib.faults import repository as switchboards
from chalicelib.kit import store
from chalicelib.kit.context import new_context
from chalicelib.sandboxes import keeping, provisioning, service, snapshots
from chalicelib.sandboxes.domain import SandboxStatus, SnapshotStatus
from chalicelib.sandboxes.domain.keeping import Keep, judge
from chalicelib.sandboxes.repository import SandboxItem, SlotItem
from chalicelib.sandboxes.schemas import SandboxCreate, SandboxUpdate, SnapshotCreate
from tests.factories import mails, new_person, told

DAY = timedelta(days=1)
LIMIT = 90 * DAY


@pytest.fixture
def anna(aws):
    return new_person(licence=True)


@pytest.fixture
def made(anna, queue):
    sandbox = service.create_sandbox(anna.ctx(), SandboxCreate(name="Kept"))
    queue.drain_new()
    return service.get_sandbox(anna.ctx(), sandbox.sandbox_id)


def night(days=0.0, hours=2):
    return replace(new_context(), now=new_context().now + timedelta(days=days, hours=hours))


def row_of(made):
    return SandboxItem.get(made.tenant_id, made.sandbox_id)


def test_an_unused_one_is_warned_of_twice_and_then_removed(anna, made, queue):
    days = [0, 75, 76, 77, 82, 86, 88, 89, 90, 91]
    seen = []
    for day in days:
        report = keeping.keep(night(day, hours=30))
        seen.append((report.warned, report.removed))
    assert seen == [(0, 0), (1, 0), (0, 0), (0, 0), (0, 0), (1, 0), (0, 0), (0, 1), (0, 0), (0, 0)]
    subjects = [mail.subject for mail in mails(anna.account.email) if "removed on" in mail.subject]
    assert len(subjects) == 2
    queue.drain_new()
    assert service.get_sandbox(anna.ctx(), made.sandbox_id).status is SandboxStatus.DELETED


def test_a_use_takes_the_warning_back(anna, made):
    assert keeping.keep(night(80)).warned == 1
    switchboards.change(made.company_tenant_id, lambda board: replace(board, used_on=night(81).now.date()))
    for day in (88, 95, 120):
        assert keeping.keep(night(day)).warned == 0
    assert keeping.keep(night(81 + 77)).warned == 1


def test_a_new_name_counts_as_use(anna, made):
    later = replace(anna.ctx(), now=night(70).now)
    service.change_sandbox(later, made.sandbox_id, SandboxUpdate(name="Still wanted"))
    assert keeping.keep(night(80)).warned == 0


def test_a_schedule_that_slept_still_warns_twice_with_days_between(made):
    assert [(keeping.keep(night(day)).warned, keeping.keep(night(day)).removed) for day in (200, 201)] == [
        (1, 0),
        (0, 0),
    ]
    verdict = judge(replace(made, warned=2, warned_at=night(210).now), made.created_at, night(211).now, LIMIT)
    assert verdict.keep is Keep.AS_IT_IS
    verdict = judge(replace(made, warned=2, warned_at=night(210).now), made.created_at, night(214).now, LIMIT)
    assert verdict.keep is Keep.REMOVE


def test_nothing_broken_nothing_done(anna, made):
    report = keeping.keep(night())
    assert (report.warned, report.removed, dict(report.repairs)) == (0, 0, {})
    assert told("sandbox.repaired") == []


def test_a_slot_of_nobody_is_freed(anna, made):
    store.save(SlotItem(made.tenant_id, "SLOT#30", sandbox_id="sbx_gone", taken_at=made.created_at))
    assert keeping.keep(night()).repairs == {"slot_freed": 1}
    assert [slot.sandbox_id for slot in SlotItem.scan()] == [made.sandbox_id]
    (event,) = told("sandbox.repaired")
    assert (event.data["tenant_id"], event.data["name"]) == (made.tenant_id, "slot_freed")
    assert keeping.keep(night()).repairs == {}


def test_a_young_slot_is_left_alone(anna, made):
    store.save(SlotItem(made.tenant_id, "SLOT#30", sandbox_id="sbx_new", taken_at=night().now))
    assert keeping.keep(night()).repairs == {}


@pytest.mark.parametrize("is_taken", [False, True])
def test_a_sandbox_without_its_slot_gets_one(anna, made, is_taken):
    store.remove(SlotItem, (made.tenant_id, made.slot))
    if is_taken:
        other = service.create_sandbox(anna.ctx(), SandboxCreate(name="Other"))
        store.save(SlotItem(made.tenant_id, made.slot, sandbox_id=other.sandbox_id, taken_at=made.created_at))
        store.remove(SlotItem, (made.tenant_id, other.slot)) if other.slot != made.slot else None
        row = SandboxItem.get(made.tenant_id, other.sandbox_id)
        row.slot = made.slot
        row.save()
    assert keeping.keep(night()).repairs["slot_taken"] == 1
    holders = {slot.slot: slot.sandbox_id for slot in SlotItem.scan()}
    assert holders[row_of(made).slot] == made.sandbox_id
    assert "slot_taken" not in keeping.keep(night()).repairs


@pytest.mark.parametrize("kind", ["create", "reset", "delete"])
def test_what_is_stuck_is_asked_for_again(anna, queue, kind):
    made = service.create_sandbox(anna.ctx(), SandboxCreate(name="Stuck"))
    if kind != "create":
        queue.drain_new()
        act = service.reset_sandbox if kind == "reset" else service.delete_sandbox
        act(anna.ctx(), made.sandbox_id)
    queue.handed.update(queue.told())  # the message got lost
    assert keeping.keep(night(hours=0)).repairs == {}
    assert keeping.keep(night()).repairs == {"asked_again": 1}
    queue.drain_new()
    expected = SandboxStatus.DELETED if kind == "delete" else SandboxStatus.READY
    assert service.get_sandbox(anna.ctx(), made.sandbox_id).status is expected


def test_a_ready_sandbox_without_its_company_says_so_and_can_be_made_anew(anna, made, queue):
    CompanyItem.get(made.company_tenant_id).delete()
    assert keeping.keep(night()).repairs == {"company_missing": 1}
    assert service.get_sandbox(anna.ctx(), made.sandbox_id).failure == keeping.COMPANY_GONE
    service.retry_sandbox(anna.ctx(), made.sandbox_id)
    queue.drain_new()
    assert accounts.get_company(made.company_tenant_id).kind is CompanyKind.SANDBOX


def test_a_company_without_a_sandbox_is_removed_with_all_it_has(anna, made):
    for item in (row_of(made), SlotItem.get(made.tenant_id, made.slot)):
        item.delete()
    assert keeping.keep(night()).repairs["company_removed"] == 1
    assert [row for row in CompanyItem.scan() if row.kind is CompanyKind.SANDBOX] == []
    assert list(RecordItem.scan()) == []
    assert {row.tenant_id for row in MembershipItem.scan()} == {anna.company.tenant_id}


def test_a_live_company_is_never_looked_at(anna, made):
    assert [company.tenant_id for company in accounts.list_sandboxes()] == [made.company_tenant_id]
    keeping.keep(night())
    assert accounts.get_company(anna.company.tenant_id)


def test_data_that_outlived_its_company_is_removed(anna, made, queue):
    service.delete_sandbox(anna.ctx(), made.sandbox_id)
    queue.drain_new()
    company_data.fill(made.company_tenant_id, "small", "late")
    assert keeping.keep(night()).repairs == {"data_removed": 1}
    assert list(RecordItem.scan()) == []


def test_a_company_that_a_dead_worker_left_behind_is_removed(anna, made, queue):
    service.delete_sandbox(anna.ctx(), made.sandbox_id)
    queue.drain_new()
    late = Company(
        tenant_id=made.company_tenant_id, number=7654321, name="Late", kind=CompanyKind.SANDBOX,
        home_tenant_id=made.tenant_id, created_at=made.created_at,
    )  # fmt: skip
    accounts.add_company(anna.ctx(), late, administrator=anna.account.account_id)
    assert keeping.keep(night()).repairs == {"company_removed": 1}
    assert accounts.list_sandboxes() == []


def test_a_stuck_snapshot_is_asked_for_again(anna, made, queue):
    snapshot = snapshots.save_snapshot(anna.ctx(), made.sandbox_id, SnapshotCreate(name="Stuck"))
    queue.handed.update(queue.told(("snapshot.",)))
    assert keeping.keep(night()).repairs == {"snapshot_asked_again": 1}
    queue.drain_new()
    assert snapshots.get_snapshot(anna.ctx(), snapshot.snapshot_id).status is SnapshotStatus.READY


def test_a_sandbox_that_took_long_is_announced_once(anna, queue, monkeypatch):
    made = service.create_sandbox(anna.ctx(), SandboxCreate(name="Slow"))
    (asked,) = queue.told()
    monkeypatch.setattr(provisioning, "READY_MAIL_AFTER", timedelta(0))
    assert queue.deliver(asked, asked) == []
    subjects = [mail.subject for mail in mails(anna.account.email)]
    assert subjects == ["Slow is ready"]
    assert made.created_at < datetime.max.replace(tzinfo=made.created_at.tzinfo)
