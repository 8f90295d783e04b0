"""Every sandbox, slot and snapshot at once: for the nightly schedule, which looks at all of them, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from pynamodb.expressions.update import Action

from chalicelib.kit import store
from chalicelib.kit.outbox import Event, publish
from chalicelib.sandboxes.domain import SLOTS, Sandbox, SandboxStatus, Snapshot
from chalicelib.sandboxes.domain.keeping import KEPT
from chalicelib.sandboxes.repository.sandboxes import SandboxItem, SlotItem, to_sandbox
from chalicelib.sandboxes.repository.snapshots import SnapshotItem, to_snapshot


def list_sandboxes() -> tuple[list[Sandbox], list[Sandbox]]:
    """Live ones, and the memory of deleted ones."""
    with store.faults():
        rows = list(SandboxItem.scan(consistent_read=True))
    live = [to_sandbox(row) for row in rows if row.row_id == row.sandbox_id]
    return live, [to_sandbox(row) for row in rows if row.row_id != row.sandbox_id]


def list_slots() -> dict[tuple[str, str], tuple[str, datetime]]:
    """(company, slot) → (sandbox, since when)."""
    with store.faults():
        rows = SlotItem.scan(consistent_read=True)
        return {(row.tenant_id, row.slot): (row.sandbox_id, row.taken_at) for row in rows}


def list_snapshots() -> list[Snapshot]:
    with store.faults():
        return [to_snapshot(row) for row in SnapshotItem.scan(consistent_read=True)]


def note_warning(sandbox: Sandbox, warning: int, now: datetime, tell: Callable[[store.Transaction], None]) -> bool:
    """With its mail in one transaction; False when the sandbox changed, or was warned of, since it was read."""
    actions: list[Action] = [SandboxItem.warned.set(warning), SandboxItem.warned_at.set(now)]
    unchanged = SandboxItem.status.is_in(*sorted(KEPT)) & (SandboxItem.updated_at == sandbox.updated_at)
    before = SandboxItem.warned_at
    unwarned = before.does_not_exist() if sandbox.warned_at is None else before == sandbox.warned_at
    try:
        with store.transaction() as tx:
            tx.update("sandbox", SandboxItem, (sandbox.tenant_id, sandbox.sandbox_id), actions, unchanged & unwarned)
            tell(tx)
    except store.RefusedError:
        return False
    return True


def free_slot(tenant_id: str, slot: str, sandbox_id: str, event: Event) -> None:
    """Of a sandbox that is not there; told in the same transaction."""
    with suppress(store.RefusedError), store.transaction() as tx:
        tx.delete("slot", SlotItem, (tenant_id, slot), SlotItem.sandbox_id == sandbox_id)
        tx.check("sandbox", SandboxItem, (tenant_id, sandbox_id), SandboxItem.tenant_id.does_not_exist())
        publish(tx, event)


def take_slot(sandbox: Sandbox, now: datetime, event: Event) -> bool:
    """Another free slot for one that lost its own; False when all are taken."""
    for slot in (sandbox.slot, *SLOTS):
        item = SlotItem(sandbox.tenant_id, slot, sandbox_id=sandbox.sandbox_id, taken_at=now)
        key = (sandbox.tenant_id, sandbox.sandbox_id)
        try:
            with store.transaction() as tx:
                tx.add("slot", item)
                tx.update("sandbox", SandboxItem, key, [SandboxItem.slot.set(slot)], SandboxItem.slot == sandbox.slot)
                publish(tx, event)
        except store.RefusedError as refused:
            if "sandbox" in refused.parts:
                return True  # it moved on by itself
            continue
        return True
    return False


def fail(sandbox: Sandbox, reason: str, now: datetime, event: Event) -> None:
    """A ready one whose company is not there any more."""
    actions: list[Action] = [
        SandboxItem.status.set(SandboxStatus.FAILED),
        SandboxItem.step.set(0),
        SandboxItem.failure.set(reason),
        SandboxItem.updated_at.set(now),
    ]
    with suppress(store.RefusedError), store.transaction() as tx:
        key = (sandbox.tenant_id, sandbox.sandbox_id)
        tx.update("sandbox", SandboxItem, key, actions, SandboxItem.status == SandboxStatus.READY)
        publish(tx, event)


def tell(event: Event) -> None:
    with store.transaction() as tx:
        publish(tx, event)
