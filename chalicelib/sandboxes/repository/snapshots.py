"""Snapshots in DynamoDB: a row per slot (so that there are never more than slots), and compressed chunks of records."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.kit import store
from chalicelib.kit.outbox import Event, publish
from chalicelib.sandboxes.domain import SNAPSHOT_SLOTS, Snapshot, SnapshotCapReachedError, SnapshotStatus

_TRIES = 20


class SnapshotItem(store.Item):
    Meta = store.table("snapshots")

    tenant_id = UnicodeAttribute(hash_key=True)
    slot = UnicodeAttribute(range_key=True)
    snapshot_id = UnicodeAttribute()
    name = UnicodeAttribute()
    status = store.EnumAttribute(SnapshotStatus)
    sandbox_id = UnicodeAttribute()
    company_tenant_id = UnicodeAttribute()
    heads = store.JsonAttribute()
    chunks = store.JsonAttribute()
    rows = NumberAttribute()
    resource = NumberAttribute()
    ordinal = NumberAttribute()
    failures = NumberAttribute()
    failure = UnicodeAttribute(null=True)
    version = NumberAttribute()
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()


class ChunkItem(store.Item):
    """Named by the snapshot row; one that is not named was written by a worker who came second."""

    Meta = store.table("snapshot-chunks")

    snapshot_id = UnicodeAttribute(hash_key=True)
    chunk_id = UnicodeAttribute(range_key=True)
    records = BinaryAttribute(legacy_encoding=False)


def add(snapshot: Snapshot, event: Event) -> Snapshot:
    """Win a slot and tell of it, in one transaction. Raises SnapshotCapReachedError.

    A repeat under the same idempotency key has the same id and finds its own row.
    """
    for _ in range(_TRIES):
        standing = list_all(snapshot.tenant_id)
        ours = next((entry for entry in standing if entry.snapshot_id == snapshot.snapshot_id), None)
        free = sorted(set(SNAPSHOT_SLOTS) - {entry.slot for entry in standing})
        if ours is not None or not free:
            break
        placed = replace(snapshot, slot=free[0])
        try:
            with store.transaction() as tx:
                tx.add("snapshot", _to_item(placed))
                publish(tx, event)
        except store.RefusedError:
            continue
        return placed
    if ours is not None:
        return ours
    raise SnapshotCapReachedError(f"You have {len(SNAPSHOT_SLOTS)} snapshots. Delete one and try again.")


def list_all(tenant_id: str) -> list[Snapshot]:
    """Oldest first: one Query of at most ten rows."""
    with store.faults():
        found = map(to_snapshot, SnapshotItem.query(tenant_id, consistent_read=True))
        return sorted(found, key=lambda entry: (entry.created_at, entry.snapshot_id))


def find(tenant_id: str, snapshot_id: str) -> Snapshot | None:
    return next((entry for entry in list_all(tenant_id) if entry.snapshot_id == snapshot_id), None)


def save(snapshot: Snapshot) -> bool:
    """Replace what was read; False when another worker or a deletion was first."""
    after = replace(snapshot, version=snapshot.version + 1)
    ours = (SnapshotItem.snapshot_id == snapshot.snapshot_id) & (SnapshotItem.version == snapshot.version)
    try:
        store.save(_to_item(after), ours)
    except store.RefusedError:
        return False
    return True


def remove(snapshot: Snapshot, event: Event) -> None:
    """The row at once; the chunks are the queue's. Repeating it is no error."""
    key = (snapshot.tenant_id, snapshot.slot)
    try:
        with store.transaction() as tx:
            tx.delete("snapshot", SnapshotItem, key, SnapshotItem.snapshot_id == snapshot.snapshot_id)
            publish(tx, event)
    except store.RefusedError:
        return


def put_chunk(snapshot_id: str, chunk_id: str, records: Sequence[Any]) -> None:
    text = json.dumps(records, separators=(",", ":"), ensure_ascii=False)
    store.save(ChunkItem(snapshot_id, chunk_id, records=gzip.compress(text.encode(), mtime=0)))


def iterate_chunks(snapshot: Snapshot) -> Iterator[list[Any]]:
    for chunk_id in snapshot.chunks:
        item = store.find(ChunkItem, snapshot.snapshot_id, chunk_id)
        if item is None:
            raise LookupError(f"chunk {chunk_id} of {snapshot.snapshot_id} is gone")
        yield json.loads(gzip.decompress(item.records))


def clear_chunks(snapshot_id: str) -> None:
    with store.faults(), ChunkItem.batch_write() as batch:
        for item in ChunkItem.query(snapshot_id, attributes_to_get=["snapshot_id", "chunk_id"]):
            batch.delete(item)


def _to_item(snapshot: Snapshot) -> SnapshotItem:
    heads = {name: dict(head) for name, head in snapshot.heads.items()}
    return store.to_item(SnapshotItem, snapshot, chunks=list(snapshot.chunks), heads=heads)


def to_snapshot(item: SnapshotItem) -> Snapshot:
    numbers = {name: int(getattr(item, name)) for name in ("rows", "resource", "ordinal", "failures", "version")}
    return store.to_entity(Snapshot, item, chunks=tuple(item.chunks), **numbers)
