"""Snapshots: what was there is there again, exactly, whatever dies, repeats or comes late."""

from __future__ import annotations

import pytest

from chalicelib.company_data import service as company_data
from chalicelib.company_data.domain import RESOURCES, Selection
from chalicelib.company_data.repository import RecordItem
from chalicelib.kit import store
from chalicelib.kit.errors import NotFoundError, RejectedError, UnavailableError
from chalicelib.sandboxes import service, snapshots
from chalicelib.sandboxes.domain import SNAPSHOT_CAP, SandboxStatus, SnapshotCapReachedError, SnapshotStatus
from chalicelib.sandboxes.repository.snapshots import ChunkItem, SnapshotItem
from chalicelib.sandboxes.schemas import SandboxCreate, SnapshotCreate
from tests.factories import developer, new_person, whoami
from tests.sandboxes.test_cases import lost_everywhere
from tests.sandboxes.test_events import kill_everywhere, writes_until_done
from tests.sandboxes.test_pages import HOME, in_english, page

YEAR_END = SnapshotCreate(name="Year end")
CUSTOMERS, INVOICES = RESOURCES["customers"], RESOURCES["invoices"]


@pytest.fixture
def anna(aws):
    return new_person(licence=True)


@pytest.fixture
def chunk_rows():
    """Few, so that two chunks are soon full; one test has as many as there really are."""
    return 4


@pytest.fixture
def made(anna, queue, chunk_rows, monkeypatch):
    monkeypatch.setattr(snapshots, "_CHUNK_ROWS", chunk_rows)
    sandbox = service.create_sandbox(anna.ctx(), SandboxCreate(name="Source"))
    queue.drain()
    company = sandbox.company_tenant_id
    company_data.update_record(anna.ctx(), company, CUSTOMERS, "1", {"Name": "Changed"})
    company_data.create_record(anna.ctx(), company, CUSTOMERS, {"CustomerNumber": "own", "Name": "Chosen"})
    for number in range(chunk_rows + 1):
        company_data.create_record(
            anna.ctx(), company, INVOICES, {"CustomerNumber": "own", "YourReference": f"No {number}"}
        )
    return sandbox


def everything(tenant_id):
    return {
        name: company_data.list_records(tenant_id, resource, Selection(limit=500)).records
        for name, resource in RESOURCES.items()
    }


def message(queue, kind):
    (*_, found) = [body for body in queue.told(("sandbox.", "snapshot.")) if kind in body]
    return found


def saved(anna, made, queue):
    snapshot = snapshots.save_snapshot(anna.ctx(), made.sandbox_id, YEAR_END)
    assert queue.deliver(message(queue, "snapshot.requested")) == []
    return snapshots.get_snapshot(anna.ctx(), snapshot.snapshot_id)


@pytest.mark.parametrize("chunk_rows", [snapshots._CHUNK_ROWS])
def test_a_new_sandbox_from_a_snapshot_holds_the_same(anna, made, queue, chunk_rows):
    snapshot = saved(anna, made, queue)
    assert (snapshot.status, snapshot.rows) == (SnapshotStatus.READY, chunk_rows + 3)
    copy = service.create_sandbox(anna.ctx(), SandboxCreate(name="Copy", data=snapshot.snapshot_id))
    queue.drain()
    assert everything(copy.company_tenant_id) == everything(made.company_tenant_id)
    again = company_data.create_record(anna.ctx(), copy.company_tenant_id, CUSTOMERS, {"Name": "Next"})
    assert again["CustomerNumber"] == "26"
    with pytest.raises(Exception, match="taken"):
        company_data.create_record(
            anna.ctx(), copy.company_tenant_id, CUSTOMERS, {"CustomerNumber": "own", "Name": "x"}
        )


def test_going_back_and_plain_resets_afterwards(anna, made, queue):
    before = everything(made.company_tenant_id)
    snapshot = saved(anna, made, queue)
    company_data.update_record(anna.ctx(), made.company_tenant_id, CUSTOMERS, "1", {"Name": "Later"})
    service.reset_sandbox(anna.ctx(), made.sandbox_id, snapshot.snapshot_id)
    restore = message(queue, "reset_requested")
    assert queue.deliver(restore) == []
    assert everything(made.company_tenant_id) == before
    company_data.update_record(anna.ctx(), made.company_tenant_id, CUSTOMERS, "2", {"Name": "After"})
    assert queue.deliver(restore, *queue.told()) == []
    assert everything(made.company_tenant_id) != before, "a late repeat throws nothing away"
    service.reset_sandbox(anna.ctx(), made.sandbox_id)
    queue.deliver(message(queue, "reset_requested"))
    assert everything(made.company_tenant_id) == before
    service.reset_sandbox(anna.ctx(), made.sandbox_id, "empty")
    queue.deliver(message(queue, "reset_requested"))
    assert everything(made.company_tenant_id)["customers"] == []
    assert len(list(RecordItem.scan())) == len(RESOURCES)


def asked_for_certain(ask):
    """503 means: ask again with the same key, as the API has it."""
    try:
        return ask()
    except UnavailableError:
        return ask()


def test_FA_10_asking_for_a_snapshot_or_a_restore_survives_the_loss_of_any_answer(anna, made, queue, monkeypatch):
    snapshot = saved(anna, made, queue)

    def is_one_more():
        assert len(list(SnapshotItem.scan())) == 2

    def save():
        asked_for_certain(lambda: snapshots.save_snapshot(anna.ctx().with_operation("key"), made.sandbox_id, YEAR_END))

    assert lost_everywhere(monkeypatch, save, is_one_more) == 1

    def restore():
        asked_for_certain(
            lambda: service.reset_sandbox(anna.ctx().with_operation("key"), made.sandbox_id, snapshot.snapshot_id)
        )

    def is_under_way_once():
        assert service.get_sandbox(anna.ctx(), made.sandbox_id).status is SandboxStatus.RESETTING
        assert len([body for body in queue.told() if "reset_requested" in body]) == 1

    assert lost_everywhere(monkeypatch, restore, is_under_way_once) == 1


def test_FA_10_saving_survives_the_loss_of_any_answer(anna, made, queue, chunk_rows, monkeypatch):
    snapshot = snapshots.save_snapshot(anna.ctx(), made.sandbox_id, YEAR_END)
    asked = message(queue, snapshot.snapshot_id)

    def is_whole():
        assert queue.deliver(asked) == []
        ready = snapshots.get_snapshot(anna.ctx(), snapshot.snapshot_id)
        assert (ready.status, ready.rows) == (SnapshotStatus.READY, chunk_rows + 3)
        assert set(ready.chunks) <= {chunk.chunk_id for chunk in ChunkItem.scan()}

    assert lost_everywhere(monkeypatch, lambda: queue.deliver(asked), is_whole, stride=2) >= 4


def test_FA_10_resets_and_restores_survive_the_loss_of_any_answer(anna, made, queue, monkeypatch):
    before = everything(made.company_tenant_id)
    snapshot = saved(anna, made, queue)
    company_data.update_record(anna.ctx(), made.company_tenant_id, CUSTOMERS, "1", {"Name": "Later"})
    service.reset_sandbox(anna.ctx(), made.sandbox_id, snapshot.snapshot_id)
    restore = message(queue, "reset_requested")

    def is_back():
        assert queue.deliver(restore) == []
        assert service.get_sandbox(anna.ctx(), made.sandbox_id).status is SandboxStatus.READY
        assert everything(made.company_tenant_id) == before

    assert lost_everywhere(monkeypatch, lambda: queue.deliver(restore), is_back) >= 4
    service.reset_sandbox(anna.ctx(), made.sandbox_id, "small")
    plain = message(queue, "reset_requested")

    def is_new():
        assert queue.deliver(plain) == []
        assert everything(made.company_tenant_id)["customers"][0]["Name"] != "Changed"
        assert len(list(RecordItem.scan())) == len(RESOURCES)

    assert lost_everywhere(monkeypatch, lambda: queue.deliver(plain), is_new) >= 3


def test_saving_killed_at_any_write_is_resumed(anna, made, queue, chunk_rows):
    snapshot = snapshots.save_snapshot(anna.ctx(), made.sandbox_id, YEAR_END)
    asked = message(queue, snapshot.snapshot_id)

    def is_saved_and_can_be_deleted():
        assert queue.deliver(asked, asked) == []
        ready = snapshots.get_snapshot(anna.ctx(), snapshot.snapshot_id)
        assert (ready.status, ready.rows) == (SnapshotStatus.READY, chunk_rows + 3)
        snapshots.delete_snapshot(anna.ctx(), snapshot.snapshot_id)
        assert queue.deliver(message(queue, "snapshot.deletion_requested"), asked) == []
        assert [*SnapshotItem.scan(), *ChunkItem.scan()] == []

    assert kill_everywhere(lambda: queue.deliver(asked), is_saved_and_can_be_deleted) > 10


def test_deleting_a_snapshot_killed_at_any_write_leaves_nothing(anna, made, queue):
    snapshot = saved(anna, made, queue)
    snapshots.delete_snapshot(anna.ctx(), snapshot.snapshot_id)
    asked = message(queue, "snapshot.deletion_requested")

    def is_gone():
        assert queue.deliver(asked, asked) == []
        assert [*SnapshotItem.scan(), *ChunkItem.scan()] == []

    assert kill_everywhere(lambda: queue.deliver(asked), is_gone) >= 1


def test_putting_back_killed_at_any_write_ends_with_the_same_and_leaves_nothing(anna, made, queue):
    expected, snapshot = everything(made.company_tenant_id), saved(anna, made, queue)
    company_data.create_record(anna.ctx(), made.company_tenant_id, CUSTOMERS, {"Name": "Thrown away"})
    service.reset_sandbox(anna.ctx(), made.sandbox_id, snapshot.snapshot_id)
    asked = message(queue, "reset_requested")

    def is_as_it_was():
        assert queue.deliver(asked) == []
        assert service.get_sandbox(anna.ctx(), made.sandbox_id).status is SandboxStatus.READY
        assert everything(made.company_tenant_id) == expected

    assert kill_everywhere(lambda: queue.deliver(asked), is_as_it_was) > 3


def test_deleting_a_sandbox_takes_what_a_dead_restore_had_put_somewhere(anna, made, queue):
    snapshot = saved(anna, made, queue)
    service.reset_sandbox(anna.ctx(), made.sandbox_id, snapshot.snapshot_id)
    asked = message(queue, "reset_requested")
    writes_until_done(lambda: queue.deliver(asked), 3)
    service.delete_sandbox(anna.ctx(), made.sandbox_id)
    assert queue.deliver(message(queue, "deletion_requested"), asked) == []
    assert list(RecordItem.scan()) == []


def test_a_snapshot_of_a_sandbox_that_is_reset_meanwhile_fails_with_its_reason(anna, made, queue):
    snapshot = snapshots.save_snapshot(anna.ctx(), made.sandbox_id, YEAR_END)
    standing = snapshots.get_snapshot(anna.ctx(), snapshot.snapshot_id)
    from chalicelib.sandboxes.repository import snapshots as snapshot_repository

    snapshot_repository.save(snapshots._step(anna.ctx(), standing))
    service.reset_sandbox(anna.ctx(), made.sandbox_id)
    queue.deliver(message(queue, "reset_requested"), message(queue, "snapshot.requested"))
    failed = snapshots.get_snapshot(anna.ctx(), snapshot.snapshot_id)
    assert (failed.status, failed.failure) == (SnapshotStatus.FAILED, snapshots.MOVED)


def test_a_cap_holds_and_a_missing_snapshot_is_refused(anna, made, queue, monkeypatch):
    for _ in range(SNAPSHOT_CAP):
        snapshots.save_snapshot(anna.ctx(), made.sandbox_id, YEAR_END)
    with pytest.raises(SnapshotCapReachedError):
        snapshots.save_snapshot(anna.ctx(), made.sandbox_id, YEAR_END)
    saving = snapshots.list_snapshots(anna.ctx())[0].snapshot_id
    for data in (saving, "snp_nobody"):
        with pytest.raises(RejectedError):
            service.create_sandbox(anna.ctx(), SandboxCreate(name="x", data=data))
        with pytest.raises(RejectedError):
            service.reset_sandbox(anna.ctx(), made.sandbox_id, data)
    stranger = new_person(licence=True)
    with pytest.raises(NotFoundError):
        snapshots.get_snapshot(stranger.ctx(), saving)
    with pytest.raises(RejectedError):
        service.create_sandbox(stranger.ctx(), SandboxCreate(name="x", data=saving))


def test_too_much_for_a_snapshot_is_said(anna, made, queue, monkeypatch):
    monkeypatch.setattr(snapshots, "SNAPSHOT_ROWS_MAX", 6)
    assert saved(anna, made, queue).failure == snapshots.TOO_MANY


def test_trouble_is_retried_and_given_up(anna, made, queue, monkeypatch):
    snapshot = snapshots.save_snapshot(anna.ctx(), made.sandbox_id, YEAR_END)
    asked = message(queue, "snapshot.requested")
    monkeypatch.setattr(company_data, "list_heads", lambda _: 1 / 0)
    assert [queue.deliver(asked) for _ in range(4)] == [["0"], ["0"], ["0"], []]
    assert snapshots.get_snapshot(anna.ctx(), snapshot.snapshot_id).status is SnapshotStatus.FAILED


def test_a_chunk_that_is_gone_is_no_silent_loss(anna, made, queue):
    snapshot = saved(anna, made, queue)
    store.remove(ChunkItem, (snapshot.snapshot_id, snapshot.chunks[0]))
    service.reset_sandbox(anna.ctx(), made.sandbox_id, snapshot.snapshot_id)
    assert queue.deliver(message(queue, "reset_requested")) == ["0"]


def test_the_pages_save_choose_and_delete(client, queue):
    anna = in_english(developer(client))
    sandbox_id = anna.post("/sandboxes", json={"name": "Paged"}).json["sandbox_id"]
    queue.drain()
    path = f"{HOME}/{sandbox_id}"
    assert anna.submit(path, path + "/snapshot", name="Before the release").status == 303
    queue.deliver(message(queue, "snapshot.requested"))
    shown = page(anna).text
    assert "Before the release" in shown
    (snapshot,) = snapshots.list_snapshots(whoami(anna).ctx())
    assert f'value="{snapshot.snapshot_id}"' in shown
    assert anna.submit(path, path + "/restore", data=snapshot.snapshot_id).status == 303
    assert anna.submit(HOME, f"{HOME}/snapshots/{snapshot.snapshot_id}/delete").status == 303
    assert anna.get("/snapshots").json == []
    assert anna.get(f"/snapshots/{snapshot.snapshot_id}").status == 404
