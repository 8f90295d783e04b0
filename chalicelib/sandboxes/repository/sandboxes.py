"""Sandbox rows and slot items: every state change is one conditional write or one transaction."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.kit import store
from chalicelib.kit.log import log
from chalicelib.kit.outbox import Event, publish
from chalicelib.sandboxes.domain import (
    LIVE,
    SLOTS,
    STALLED_AFTER,
    TOMBSTONE_KEPT_FOR,
    UNDER_WAY,
    Sandbox,
    SandboxCapReachedError,
    SandboxData,
    SandboxStatus,
    pick_slot,
)

_LIVE_PREFIX = "sbx_"
_TOMBSTONE_PREFIX = "deleted#"
_MAX_TRIES = 40  # each refused try means that somebody else took a slot: 30 of them and the rest is bad luck


class SandboxItem(store.Item):
    """Live ones under their id; deleted ones move to `deleted#<id>`, so a list reads at most 30 rows, whatever was."""

    Meta = store.table("sandboxes")

    tenant_id = UnicodeAttribute(hash_key=True)
    row_id = UnicodeAttribute(range_key=True)
    sandbox_id = UnicodeAttribute()
    name = UnicodeAttribute()
    status = store.EnumAttribute(SandboxStatus)
    slot = UnicodeAttribute()
    account_id = UnicodeAttribute()
    email = UnicodeAttribute()
    company_tenant_id = UnicodeAttribute()
    company_number = NumberAttribute(null=True)
    notes = UnicodeAttribute(null=True)
    data = UnicodeAttribute(null=True)  # none: made before there was a choice
    reset_id = UnicodeAttribute(null=True)
    epochs = store.WordSetAttribute(null=True)
    step = NumberAttribute()
    failures = NumberAttribute()
    failure = UnicodeAttribute(null=True)
    warned = NumberAttribute(null=True)
    warned_at = UTCDateTimeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()
    expires_at = TTLAttribute(null=True)


class SlotItem(store.Item):
    """One of 30 places of a developer company (D7); the row exists while a sandbox sits in it."""

    Meta = store.table("sandbox-slots")

    tenant_id = UnicodeAttribute(hash_key=True)
    slot = UnicodeAttribute(range_key=True)
    sandbox_id = UnicodeAttribute()
    taken_at = UTCDateTimeAttribute()


def add_sandbox(sandbox: Sandbox, event: Event) -> Sandbox:
    """Win a slot, store the sandbox and tell of it, in one transaction. Raises SandboxCapReachedError.

    The query only suggests a slot; the condition on the slot item decides. A repeat under the same idempotency key has
    the same id and finds its own row.
    """
    for _ in range(_MAX_TRIES):
        slot = pick_slot(_taken_slots(sandbox.tenant_id), sandbox.sandbox_id)
        if slot is None:
            standing = find_sandbox(sandbox.tenant_id, sandbox.sandbox_id)  # a repeat may come when all 30 are taken
            if standing is not None:
                return standing
            break
        item = _to_item(sandbox, slot)
        try:
            with store.transaction() as tx:
                tx.add("sandbox", item)
                tx.add(
                    "slot",
                    SlotItem(sandbox.tenant_id, slot, sandbox_id=sandbox.sandbox_id, taken_at=sandbox.created_at),
                )
                publish(tx, event)
        except store.RefusedError as refused:
            if "sandbox" in refused.parts:
                return to_sandbox(refused.parts["sandbox"])
            continue
        return to_sandbox(item)
    raise SandboxCapReachedError(f"You have {len(SLOTS)} sandboxes. Delete one, wait until it is gone, and try again.")


def list_live(tenant_id: str) -> list[Sandbox]:
    """All sandboxes but deleted ones, oldest first: one Query of at most 30 rows."""
    with store.faults():
        found = SandboxItem.query(tenant_id, SandboxItem.row_id.startswith(_LIVE_PREFIX), consistent_read=True)
        return sorted(map(to_sandbox, found), key=lambda sandbox: (sandbox.created_at, sandbox.sandbox_id))


def find_live(tenant_id: str, sandbox_id: str) -> Sandbox | None:
    item = store.find(SandboxItem, tenant_id, sandbox_id) if sandbox_id.startswith(_LIVE_PREFIX) else None
    return to_sandbox(item) if item else None


def find_sandbox(tenant_id: str, sandbox_id: str) -> Sandbox | None:
    """One call for a live sandbox, a second one for the memory of a deleted one."""
    live = find_live(tenant_id, sandbox_id)
    if live is not None or not sandbox_id.startswith(_LIVE_PREFIX):
        return live
    item = store.find(SandboxItem, tenant_id, _TOMBSTONE_PREFIX + sandbox_id)
    return to_sandbox(item) if item else None


def advance(sandbox: Sandbox, step: int, now: datetime, **facts: int) -> None:
    """Record that `step` is done and what it found out; nothing when another worker or a deletion was first."""
    status = SandboxStatus.READY if step == sandbox.steps else SandboxStatus.PROVISIONING
    actions: list[Action] = [
        SandboxItem.step.set(step),
        SandboxItem.status.set(status),
        SandboxItem.updated_at.set(now),
        *(getattr(SandboxItem, name).set(value) for name, value in facts.items()),
    ]
    _change(sandbox, actions, (SandboxItem.step == sandbox.step) & _is_in(UNDER_WAY))


def make_ready(sandbox: Sandbox, now: datetime, tell: Callable[[store.Transaction], None] | None) -> bool:
    """The last step; what `tell` adds happens with it, once. False when another worker or a deletion was first."""
    actions: list[Action] = [
        SandboxItem.step.set(sandbox.steps),
        SandboxItem.status.set(SandboxStatus.READY),
        SandboxItem.updated_at.set(now),
    ]
    ours = (SandboxItem.step == sandbox.step) & _is_in(UNDER_WAY)
    try:
        with store.transaction() as tx:
            tx.update("sandbox", SandboxItem, (sandbox.tenant_id, sandbox.sandbox_id), actions, ours)
            if tell is not None:
                tell(tx)
    except store.RefusedError:
        return False
    return True


def record_failure(sandbox: Sandbox, failures: int, reason: str | None, now: datetime) -> None:
    """Remember a failed delivery; with a `reason` the sandbox has failed for good. Nothing once it moved on."""
    actions: list[Action] = [SandboxItem.failures.set(failures), SandboxItem.updated_at.set(now)]
    if reason is not None:
        actions += [SandboxItem.status.set(SandboxStatus.FAILED), SandboxItem.failure.set(reason)]
    _change(sandbox, actions, _is_in(UNDER_WAY))


def change(sandbox: Sandbox, after: Sandbox, now: datetime, rename: Callable[[store.Transaction], None] | None) -> bool:
    """Name and notes; `rename` adds the company's part. False when it is being deleted or has no company yet."""
    actions: list[Action] = [
        SandboxItem.name.set(after.name),
        SandboxItem.notes.set(after.notes),
        SandboxItem.updated_at.set(now),
    ]
    try:
        with store.transaction() as tx:
            tx.update("sandbox", SandboxItem, (sandbox.tenant_id, sandbox.sandbox_id), actions, _is_in(LIVE))
            if rename is not None:
                rename(tx)
    except store.RefusedError:
        return False
    return True


def request_again(sandbox: Sandbox, event: Event, now: datetime) -> bool:
    """Send a failed or stalled sandbox back to the queue, where it goes on from its step. False when it moved on."""
    actions: list[Action] = [
        SandboxItem.status.set(SandboxStatus.REQUESTED),
        SandboxItem.failures.set(0),
        SandboxItem.failure.remove(),
        SandboxItem.updated_at.set(now),
    ]
    stalled = _is_in(UNDER_WAY) & (SandboxItem.updated_at <= now - STALLED_AFTER)
    return _change_and_tell(sandbox, actions, (SandboxItem.status == SandboxStatus.FAILED) | stalled, event)


def request_reset(sandbox: Sandbox, reset_id: str, event: Event, now: datetime) -> bool:
    """From ready to resetting, with the data it is to have; False when it is not ready. A lost one may be repeated."""
    actions: list[Action] = [
        SandboxItem.status.set(SandboxStatus.RESETTING),
        SandboxItem.reset_id.set(reset_id),
        SandboxItem.data.set(sandbox.data),
        SandboxItem.epochs.set(sandbox.epochs | {reset_id}),
        SandboxItem.updated_at.set(now),
    ]
    lost = (SandboxItem.status == SandboxStatus.RESETTING) & (SandboxItem.updated_at <= now - STALLED_AFTER)
    return _change_and_tell(sandbox, actions, (SandboxItem.status == SandboxStatus.READY) | lost, event)


def finish_reset(sandbox: Sandbox, now: datetime) -> None:
    """Ready again; nothing when a deletion or another reset came in between."""
    actions: list[Action] = [
        SandboxItem.status.set(SandboxStatus.READY),
        SandboxItem.updated_at.set(now),
        SandboxItem.epochs.set(frozenset({sandbox.reset_id or sandbox.sandbox_id})),
    ]
    ours = (SandboxItem.status == SandboxStatus.RESETTING) & (SandboxItem.reset_id == sandbox.reset_id)
    _change(sandbox, actions, ours)


def request_deletion(sandbox: Sandbox, event: Event, now: datetime) -> bool:
    """Mark it as deleting, from any live state: deletion wins; False when it was. One that got lost may be repeated."""
    actions: list[Action] = [SandboxItem.status.set(SandboxStatus.DELETING), SandboxItem.updated_at.set(now)]
    lost = (SandboxItem.status == SandboxStatus.DELETING) & (SandboxItem.updated_at <= now - STALLED_AFTER)
    return _change_and_tell(sandbox, actions, _is_in(LIVE) | lost, event)


def finish_deletion(sandbox: Sandbox, now: datetime) -> bool:
    """Row to tombstone and slot to free in one transaction, once; False when it had been done."""
    try:
        _bury(sandbox, now, frees_slot=True)
    except store.RefusedError as refused:
        if "sandbox" in refused.parts:
            return False
        # The slot is another's, which only a hand in the table can do: finish, leave the slot alone, and say so.
        log.error("sandbox.slot_not_ours", extra={"sandbox_id": sandbox.sandbox_id, "slot": sandbox.slot})
        _bury(sandbox, now, frees_slot=False)
    return True


def _bury(sandbox: Sandbox, now: datetime, *, frees_slot: bool) -> None:
    tombstone = _to_item(sandbox, sandbox.slot)
    tombstone.row_id = _TOMBSTONE_PREFIX + sandbox.sandbox_id
    tombstone.status = SandboxStatus.DELETED
    tombstone.updated_at = now
    tombstone.expires_at = now + TOMBSTONE_KEPT_FOR
    with store.transaction() as tx:
        key = (sandbox.tenant_id, sandbox.sandbox_id)
        tx.delete("sandbox", SandboxItem, key, SandboxItem.status == SandboxStatus.DELETING)
        tx.put("tombstone", tombstone)
        if frees_slot:
            # Only its owner can free a slot, hence it is freed once.
            mine = SlotItem.sandbox_id == sandbox.sandbox_id
            tx.delete("slot", SlotItem, (sandbox.tenant_id, sandbox.slot), mine)


def _taken_slots(tenant_id: str) -> set[str]:
    with store.faults():
        return {item.slot for item in SlotItem.query(tenant_id, consistent_read=True)}


def _is_in(states: frozenset[SandboxStatus]) -> Condition:
    return SandboxItem.status.is_in(*sorted(states))


def _change(sandbox: Sandbox, actions: list[Action], condition: Condition) -> None:
    with suppress(store.RefusedError):
        store.update(SandboxItem, (sandbox.tenant_id, sandbox.sandbox_id), actions, condition)


def _change_and_tell(sandbox: Sandbox, actions: list[Action], condition: Condition, event: Event) -> bool:
    try:
        with store.transaction() as tx:
            tx.update("sandbox", SandboxItem, (sandbox.tenant_id, sandbox.sandbox_id), actions, condition)
            publish(tx, event)
    except store.RefusedError:
        return False
    return True


def _to_item(sandbox: Sandbox, slot: str) -> SandboxItem:
    return store.to_item(SandboxItem, sandbox, row_id=sandbox.sandbox_id, slot=slot)


def to_sandbox(item: SandboxItem) -> Sandbox:
    return store.to_entity(
        Sandbox,
        item,
        data=item.data or SandboxData.SMALL,
        epochs=item.epochs or frozenset({item.sandbox_id}),
        notes=item.notes or "",
        warned=int(item.warned or 0),
    )
