"""A file of developers of the earlier system: taken in once, worked piece by piece, reported row by row."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from typing import Any

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import OPERATOR_TENANT_ID
from chalicelib.backoffice import repository
from chalicelib.backoffice.domain import (
    OUTCOMES,
    PIECE_ROWS,
    ROWS_MAX,
    Migration,
    MigrationPiece,
    UnreadableFileError,
    read_rows,
)
from chalicelib.kit.context import Actor, Context
from chalicelib.kit.errors import NotFoundError, RejectedError
from chalicelib.kit.outbox import Event, new_event
from chalicelib.kit.sheets import render_csv

_COLUMNS = ("row", "email", "outcome", "number", "tenant_id", "account_id", "errors")
_BAD_SHOWN = 200


def begin(ctx: Context, name: str, text: str) -> Migration:
    """Take a file in. The same file again is the same migration: nothing begins anew.

    Raises RejectedError for a file that has no rows or too many.
    """
    rows = _read(text, name)
    migration_id = "mig_" + hashlib.sha256(text.encode()).hexdigest()[:24]
    standing = repository.find_migration(migration_id)
    if standing:
        return standing
    starts = range(0, len(rows), PIECE_ROWS)
    pieces = [
        MigrationPiece(migration_id, number, tuple(rows[at : at + PIECE_ROWS])) for number, at in enumerate(starts)
    ]
    migration = Migration(
        migration_id=migration_id, name=name, email=ctx.caller.email, total=len(rows), pieces=len(pieces),
        created_at=ctx.now, changed_at=ctx.now,
    )  # fmt: skip
    repository.put_pieces(pieces)
    repository.add_migration(migration, _turn_of(ctx, migration_id, 0))
    return get(migration_id)


def get(migration_id: str) -> Migration:
    """Raises NotFoundError."""
    found = repository.find_migration(migration_id)
    if found is None:
        raise NotFoundError("There is no such migration.")
    return found


def list_all() -> list[Migration]:
    return repository.list_migrations()


def go_on(ctx: Context, migration_id: str) -> None:
    """Ask again for the first piece that has no report, after a fault was mended; harmless while work goes on.

    Raises NotFoundError.
    """
    get(migration_id)
    left = next((piece for piece in repository.list_pieces(migration_id) if piece.reports is None), None)
    if left is not None:
        repository.ask_again(_turn_of(ctx, migration_id, left.number))


def work(ctx: Context, event: Event) -> None:
    """One piece. A repeat moves nobody twice and counts nothing twice; the next piece's turn comes with the report."""
    migration_id, number = event.subject, int(event.data["piece"])
    migration, piece = repository.find_migration(migration_id), repository.find_piece(migration_id, number)
    if migration is None or piece is None or piece.reports is not None:
        return
    acting = ctx.as_actor(Actor(event.actor, OPERATOR_TENANT_ID))
    reports = [_report(accounts.migrate_developer(acting, row)) for row in piece.rows]
    counts = {name: sum(one["outcome"] == name for one in reports) for name in OUTCOMES}
    following = number + 1
    turn = _turn_of(acting, migration_id, following) if following < migration.pieces else None
    repository.finish_piece(replace(piece, reports=tuple(reports)), counts, ctx.now, turn)


def list_reports(migration_id: str) -> list[dict[str, Any]]:
    """What is known of each row so far, with its number in the file (the head of a CSV is not counted)."""
    found = []
    for piece in repository.list_pieces(migration_id):
        first = piece.number * PIECE_ROWS + 1
        found += [{"row": first + at, **one} for at, one in enumerate(piece.reports or ())]
    return found


def list_bad(migration_id: str) -> list[dict[str, Any]]:
    """The rows that were refused, and why; the first two hundred."""
    return [one for one in list_reports(migration_id) if one["outcome"] == "rejected"][:_BAD_SHOWN]


def render_report(migration_id: str) -> str:
    """Every row as CSV, for a spreadsheet. Raises NotFoundError."""
    get(migration_id)
    rows = [[_cell(one[name]) for name in _COLUMNS] for one in list_reports(migration_id)]
    return "\ufeff" + render_csv(_COLUMNS, rows)


def _cell(value: Any) -> str:
    return "; ".join(value) if isinstance(value, list) else str(value or "")


def _report(found: accounts.MigrationReport) -> dict[str, Any]:
    return {**asdict(found), "errors": list(found.errors)}


def _read(text: str, name: str) -> list[dict[str, Any]]:
    try:
        rows = read_rows(text, name)
    except UnreadableFileError as error:
        raise RejectedError.field("/file", str(error)) from error
    if not rows:
        raise RejectedError.field("/file", "There is no row in this file.")
    if len(rows) > ROWS_MAX:
        raise RejectedError.field("/file", "The file has more than 2,500 rows. Split it, or use the command.")
    return rows


def _turn_of(ctx: Context, migration_id: str, number: int) -> Event:
    return new_event(ctx, "migration.requested", migration_id, piece=number)
