"""Audit entries: who did what to which company, when and why."""

from __future__ import annotations

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
    """One kind of entry, and days (UTC), both included."""

    about: str | None = None
    since: date | None = None
    until: date | None = None


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
