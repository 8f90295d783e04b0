"""The audit log: rows written from the events of lower rooms, read by the operator and by the company itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalicelib.accounts import service as accounts
from chalicelib.backoffice import repository
from chalicelib.backoffice.domain import AuditEntry, AuditFilter
from chalicelib.backoffice.schemas import AuditQuery
from chalicelib.integrations.domain import Integration
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.outbox import Event
from chalicelib.kit.pagination import Page, PageQuery

CSV_ROWS_MAX = 5000
_BY_OPERATOR = frozenset(
    {
        "licence.grant", "licence.suspend", "licence.withdraw", "publication.approve", "publication.delist",
        "publication.request_changes", "publication.suspend", "publication.unsuspend", "rating.hidden", "rating.shown",
        "sale.credited",
    }
)  # fmt: skip
# Named one by one, so that no event can bring a secret or a stranger's data into the log.
_SHOWN = (
    "name", "email", "price", "before", "after", "changed", "scopes", "version", "client_id", "integration_id",
    "invited_by",
)  # fmt: skip
_COLUMNS = ("created_at", "action", "subject", "account_id", "email", "reason", "details", "request_id")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def record(event: Event) -> None:
    """One row per event, however often and in whatever order it comes: its key is the event's own."""
    tenant_id = event.data.get("tenant_id") or event.data.get("owner_tenant_id")
    if not tenant_id and event.event_type.startswith("licence."):
        tenant_id = event.subject
    if not tenant_id:
        return
    repository.record_entry(
        AuditEntry(
            entry_id=event.event_id,
            tenant_id=tenant_id,
            action="member.left" if event.data.get("has_left") else event.event_type,
            subject=event.subject,
            reason=str(event.data.get("reason") or ""),
            account_id=event.actor,
            email=_email_of(event.actor),
            request_id=event.correlation_id,
            details={name: event.data[name] for name in _SHOWN if event.data.get(name)},
            created_at=event.occurred_at,
        )
    )


def list_own(ctx: Context, query: AuditQuery) -> Page[AuditEntry]:
    """What happened to the caller's company; of the operator's staff it names nobody."""
    return repository.list_entries(ctx, ctx.caller.tenant_id, query, _wanted(query)).map(_without_staff)


def list_of_integration(ctx: Context, integration: Integration, query: PageQuery) -> Page[AuditEntry]:
    """What happened to one integration that the caller has loaded as its owner, newest first."""
    wanted = AuditFilter(integration_id=integration.integration_id)
    return repository.list_entries(ctx, ctx.caller.tenant_id, query, wanted).map(_without_staff)


def render_own_csv(ctx: Context, query: AuditQuery) -> str:
    """As `list_own`, newest first, at most `CSV_ROWS_MAX` rows."""
    entries = repository.list_many(ctx.caller.tenant_id, _wanted(query), CSV_ROWS_MAX)
    return render_csv([_without_staff(entry) for entry in entries])


def render_csv(entries: list[AuditEntry]) -> str:
    """RFC 4180, with a byte order mark for spreadsheets; no cell can begin a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for entry in entries:
        row = {
            "created_at": entry.created_at.isoformat(),
            "details": describe(entry.details),
        }
        writer.writerow([_cell(row.get(name, getattr(entry, name))) for name in _COLUMNS])
    return "\ufeff" + text.getvalue()


def describe(details: Mapping[str, Any]) -> str:
    """`before: viewer; after: developer`, for a cell or a line."""
    return "; ".join(
        f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}" for name, value in details.items()
    )


def _wanted(query: AuditQuery) -> AuditFilter:
    return AuditFilter(about=query.about, since=query.since, until=query.until)


def _cell(value: object) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _without_staff(entry: AuditEntry) -> AuditEntry:
    return replace(entry, account_id="operator", email="") if entry.action in _BY_OPERATOR else entry


def _email_of(account_id: str) -> str:
    try:
        return accounts.get_account(account_id).email if account_id else ""
    except NotFoundError:
        return ""
