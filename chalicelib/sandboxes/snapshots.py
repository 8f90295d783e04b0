"""Snapshots: asked for, listed, deleted by developers; saved and put back by the queue, in steps that may repeat.

Records are copied in the order of who refers to whom, documents first: nothing is ever removed one by one, so what a
copied record refers to is there when its own turn comes, whatever a program does meanwhile.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

from chalicelib.accounts import service as accounts
from chalicelib.company_data import service as company_data
from chalicelib.company_data.domain import Head, Stored
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.i18n import mark
from chalicelib.kit.log import log
from chalicelib.kit.outbox import new_event
from chalicelib.sandboxes import service
from chalicelib.sandboxes.domain import (
    MAX_FAILURES,
    SNAPSHOT_PREFIX,
    SNAPSHOT_ROWS_MAX,
    Snapshot,
    SnapshotStatus,
)
from chalicelib.sandboxes.repository import snapshots as snapshot_repository
from chalicelib.sandboxes.schemas import SnapshotCreate

COPIED = (
    "vouchers",
    "invoicepayments",
    "invoices",
    "orders",
    "customers",
    "articles",
    "suppliers",
    "accounts",
    "financialyears",
)
TOO_MANY = mark("The sandbox has more changed records than a snapshot can hold.")
MOVED = mark("The sandbox was reset or deleted while it was saved.")
GAVE_UP = mark("The snapshot could not be saved. Try again in a while.")
_CHUNK_ROWS = 40  # with its number reserved each is two parts of a transaction, which holds a hundred
_CHUNK_BYTES = 300_000  # before compression; a row of DynamoDB holds 400 KB


def save_snapshot(ctx: Context, sandbox_id: str, command: SnapshotCreate) -> Snapshot:
    """Ask for it; the queue does it. Raises SandboxNotReadyError, SnapshotCapReachedError."""
    company = accounts.require_developer_licence(ctx)
    sandbox = service.get_ready(ctx, sandbox_id)
    snapshot = Snapshot(
        tenant_id=company.tenant_id,
        slot="",
        snapshot_id=ctx.new_id(SNAPSHOT_PREFIX),
        name=command.name,
        sandbox_id=sandbox_id,
        company_tenant_id=sandbox.company_tenant_id,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    told = new_event(ctx, "snapshot.requested", snapshot.snapshot_id, tenant_id=company.tenant_id)
    return snapshot_repository.add(snapshot, told)


def list_snapshots(ctx: Context) -> list[Snapshot]:
    return snapshot_repository.list_all(ctx.caller.tenant_id)


def get_snapshot(ctx: Context, snapshot_id: str) -> Snapshot:
    found = snapshot_repository.find(ctx.caller.tenant_id, snapshot_id)
    if found is None:
        raise NotFoundError("There is no such snapshot in the company you are working in.")
    return found


def delete_snapshot(ctx: Context, snapshot_id: str) -> None:
    """Sandboxes made from it keep their data; resetting one needs another choice then."""
    snapshot = get_snapshot(ctx, snapshot_id)
    told = new_event(ctx, "snapshot.deletion_requested", snapshot_id, tenant_id=snapshot.tenant_id)
    snapshot_repository.remove(snapshot, told)


def save(ctx: Context, tenant_id: str, snapshot_id: str) -> None:
    """Copy until nothing is left, each step recorded by a conditional write; a second worker goes on or stops."""
    while True:
        snapshot = snapshot_repository.find(tenant_id, snapshot_id)
        if snapshot is None:
            snapshot_repository.clear_chunks(snapshot_id)  # deleted, perhaps after our last chunk
            return
        if snapshot.status is not SnapshotStatus.SAVING:
            return
        try:
            after = _step(ctx, snapshot)
        except Exception:  # whatever it was: the queue tries again, and the last try leaves a state people can read
            failures = snapshot.failures + 1
            failed = replace(snapshot, status=SnapshotStatus.FAILED, failure=GAVE_UP)
            is_over = failures >= MAX_FAILURES
            snapshot_repository.save(replace(failed if is_over else snapshot, failures=failures, updated_at=ctx.now))
            if not is_over:
                raise
            log.exception("snapshot.failed", extra={"snapshot_id": snapshot_id})
            return
        snapshot_repository.save(replace(after, updated_at=ctx.now))


def clear(_ctx: Context, _tenant_id: str, snapshot_id: str) -> None:
    snapshot_repository.clear_chunks(snapshot_id)


def put_back(tenant_id: str, snapshot_id: str, company_tenant_id: str, epoch: str, *, is_first: bool) -> None:
    """Give a company the snapshot's data and nothing else, at once; with the same epoch only once.

    Raises RejectedError when it was deleted meanwhile.
    """
    service.check_data(tenant_id, snapshot_id)
    snapshot = snapshot_repository.find(tenant_id, snapshot_id)
    if snapshot is None or company_data.has_epoch(company_tenant_id, epoch):
        return
    for chunk in snapshot_repository.iterate_chunks(snapshot):
        template = snapshot.heads[chunk[0]]["template"]
        records = [company_data.to_stored(entry) for entry in chunk[1]]
        company_data.put_records(company_tenant_id, chunk[0], epoch, template, records)
    heads = {name: Head(**{**head, "epoch": epoch, "previous": ""}) for name, head in snapshot.heads.items()}
    company_data.begin(company_tenant_id, heads, is_first=is_first)


def _step(ctx: Context, snapshot: Snapshot) -> Snapshot:
    heads = company_data.list_heads(snapshot.company_tenant_id)
    if not snapshot.heads:
        return replace(snapshot, heads={name: asdict(head) for name, head in heads.items()})
    kept = {name: Head(**head) for name, head in snapshot.heads.items()}
    if any(heads[name].epoch != head.epoch for name, head in kept.items()):
        return replace(snapshot, status=SnapshotStatus.FAILED, failure=MOVED)
    if snapshot.resource >= len(COPIED):
        return replace(snapshot, status=SnapshotStatus.READY)
    name = COPIED[snapshot.resource]
    found = company_data.next_records(
        snapshot.company_tenant_id, name, kept[name], after=snapshot.ordinal, limit=_CHUNK_ROWS
    )
    if not found:
        return replace(snapshot, resource=snapshot.resource + 1, ordinal=0)
    if snapshot.rows + len(found) > SNAPSHOT_ROWS_MAX:
        return replace(snapshot, status=SnapshotStatus.FAILED, failure=TOO_MANY)
    return _with_chunk(ctx, snapshot, name, found)


def _with_chunk(ctx: Context, snapshot: Snapshot, name: str, found: list[Stored]) -> Snapshot:
    taken: list[list[Any]] = []
    size = 0
    for record in found:
        plain = company_data.to_plain(record)
        size += len(json.dumps(plain))
        if taken and size > _CHUNK_BYTES:
            break
        taken.append(plain)
    chunk_id = f"{len(snapshot.chunks):05}#{ctx.new_id('chk')[-6:]}"
    snapshot_repository.put_chunk(snapshot.snapshot_id, chunk_id, [name, taken])
    return replace(
        snapshot,
        chunks=(*snapshot.chunks, chunk_id),
        rows=snapshot.rows + len(taken),
        ordinal=found[len(taken) - 1].ordinal,
    )
