"""Migrations: what was uploaded, piece by piece, and what became of each row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.backoffice.domain import OUTCOMES, Migration, MigrationPiece
from chalicelib.kit import store
from chalicelib.kit.outbox import Event, publish

_ALL = "all"
_LISTED = 50


class MigrationItem(store.Item):
    """One uploaded file. Its counts are what its pieces have added, each once."""

    Meta = store.table("migrations")

    listed = UnicodeAttribute(hash_key=True)
    migration_id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    email = UnicodeAttribute()
    total = NumberAttribute()
    pieces = NumberAttribute()
    created = NumberAttribute(default=0)
    joined = NumberAttribute(default=0)
    completed = NumberAttribute(default=0)
    unchanged = NumberAttribute(default=0)
    rejected = NumberAttribute(default=0)
    created_at = UTCDateTimeAttribute()
    changed_at = UTCDateTimeAttribute()


class MigrationPieceItem(store.Item):
    Meta = store.table("migration-pieces")

    migration_id = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(range_key=True)
    rows = store.JsonAttribute()
    reports = store.JsonAttribute(null=True)


def find_migration(migration_id: str) -> Migration | None:
    item = store.find(MigrationItem, _ALL, migration_id)
    return _to_migration(item) if item else None


def list_migrations() -> list[Migration]:
    """The newest first; the last fifty."""
    with store.faults():
        found = [_to_migration(item) for item in MigrationItem.query(_ALL, consistent_read=True)]
    return sorted(found, key=lambda one: one.created_at, reverse=True)[:_LISTED]


def put_pieces(pieces: list[MigrationPiece]) -> None:
    """Before their migration begins; a repeat writes the same."""
    for piece in pieces:
        store.add(_to_item(piece), ours=lambda _: True)


def add_migration(migration: Migration, event: Event) -> bool:
    """Whether it is new: the same file begins once."""
    counts: dict[str, Any] = dict.fromkeys(OUTCOMES, 0)
    item = MigrationItem(
        _ALL, migration.migration_id, name=migration.name, email=migration.email, total=migration.total,
        pieces=migration.pieces, created_at=migration.created_at, changed_at=migration.changed_at, **counts,
    )  # fmt: skip
    try:
        with store.transaction() as tx:
            tx.add("migration", item)
            publish(tx, event)
    except store.RefusedError:
        return False
    return True


def find_piece(migration_id: str, number: int) -> MigrationPiece | None:
    item = store.find(MigrationPieceItem, migration_id, number)
    return _to_piece(item) if item else None


def list_pieces(migration_id: str) -> list[MigrationPiece]:
    """In the order of the file; one Query for each megabyte."""
    with store.faults():
        return [_to_piece(item) for item in MigrationPieceItem.query(migration_id, consistent_read=True)]


def finish_piece(piece: MigrationPiece, counts: Mapping[str, int], now: datetime, event: Event | None) -> bool:
    """Whether this was the call that finished it: report, counts and the next piece's turn are one write."""
    added: list[Any] = [
        getattr(MigrationItem, name).set(getattr(MigrationItem, name) + counts[name]) for name in OUTCOMES
    ]
    try:
        with store.transaction() as tx:
            tx.update(
                "piece", MigrationPieceItem, (piece.migration_id, piece.number),
                [MigrationPieceItem.reports.set(list(piece.reports or ()))],
                MigrationPieceItem.reports.does_not_exist(),
            )  # fmt: skip
            tx.update(
                "migration", MigrationItem, (_ALL, piece.migration_id), [*added, MigrationItem.changed_at.set(now)],
                MigrationItem.listed.exists(),
            )  # fmt: skip
            if event is not None:
                publish(tx, event)
    except store.RefusedError:
        return False
    return True


def ask_again(event: Event) -> None:
    with store.transaction() as tx:
        publish(tx, event)


def _to_migration(item: MigrationItem) -> Migration:
    return store.to_entity(Migration, item, counts={name: int(getattr(item, name)) for name in OUTCOMES})


def _to_item(piece: MigrationPiece) -> MigrationPieceItem:
    return MigrationPieceItem(piece.migration_id, piece.number, rows=list(piece.rows))


def _to_piece(item: MigrationPieceItem) -> MigrationPiece:
    reports = None if item.reports is None else tuple(item.reports)
    return MigrationPiece(item.migration_id, int(item.number), tuple(item.rows), reports)
