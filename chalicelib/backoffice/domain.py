"""Audit entries: who did what to which company, when and why; and migrations of developers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from chalicelib.kit.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the log; never changed, never removed. It names people by id and address, and holds no secret."""

    entry_id: str
    tenant_id: str
    action: str
    subject: str
    reason: str
    account_id: str
    email: str
    request_id: str
    details: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """One kind of entry, days (UTC, both included), one integration."""

    about: str | None = None
    since: date | None = None
    until: date | None = None
    integration_id: str | None = None


def new_audit_entry(ctx: Context, *, tenant_id: str, action: str, reason: str, subject: str = "") -> AuditEntry:
    """What the caller does in this request; `subject` is the thing it happened to when it is not the company itself."""
    return AuditEntry(
        entry_id=ctx.new_id("aud"),
        tenant_id=tenant_id,
        action=action,
        subject=subject or tenant_id,
        reason=reason,
        account_id=ctx.caller.account_id,
        email=ctx.caller.email,
        request_id=ctx.request_id,
        created_at=ctx.now,
    )


OUTCOMES = ("created", "joined", "completed", "unchanged", "rejected")
PIECE_ROWS = 25
ROWS_MAX = 2_500
_ROW_MAX = 2_000  # characters of one row: a piece fits an item of the table many times over


class UnreadableFileError(ValueError):
    """The file as a whole is no table and no list of lines; the message is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file of developers of the earlier system, and how far it has come. `email` is whose work it is."""

    migration_id: str
    name: str
    email: str
    total: int
    pieces: int
    counts: Mapping[str, int] = field(default_factory=dict)
    created_at: datetime
    changed_at: datetime

    @property
    def done(self) -> int:
        return sum(self.counts.values())

    @property
    def is_finished(self) -> bool:
        return self.done >= self.total


@dataclass(frozen=True, slots=True)
class MigrationPiece:
    """Some rows of the file in their order, with their reports once they are worked."""

    migration_id: str
    number: int
    rows: tuple[dict[str, Any], ...]
    reports: tuple[dict[str, Any], ...] | None = None


def read_rows(text: str, name: str = "") -> list[dict[str, Any]]:
    r"""Rows of a CSV file with a head, or of JSON lines; the name's ending decides, or else how the text begins.

    A line that is no row becomes one that is rejected with its beginning. Raises UnreadableFileError.

    >>> read_rows("email;name\na@example.se;Åsa\n")
    [{'email': 'a@example.se', 'name': 'Åsa'}]
    """
    text = text.removeprefix("\ufeff")
    is_lines = name.endswith((".jsonl", ".json", ".ndjson")) or (not name.endswith(".csv") and text.lstrip()[:1] == "{")
    if "\ufffd" in text:
        raise UnreadableFileError("The file is not in UTF-8: letters such as å are lost. Save it as UTF-8.")
    if is_lines:
        return [_short(_read_line(line)) for line in filter(str.strip, text.splitlines())]
    head = text.lstrip().partition("\n")[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise UnreadableFileError("The file is not a table. Save it as CSV in UTF-8.") from error
    return [_short({str(key or "unreadable"): value for key, value in row.items()}) for row in rows]


def _read_line(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {"unreadable": line[:100]}
    return row if isinstance(row, dict) else {"unreadable": line[:100]}


def _short(row: dict[str, Any]) -> dict[str, Any]:
    whole = json.dumps(row, ensure_ascii=False)
    return row if len(whole) <= _ROW_MAX else {"unreadable": whole[:100]}
