"""Wire shapes of the operator's work."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from chalicelib.accounts.domain import CompanyKind, LicenceStatus
from chalicelib.kit.gate import Prose, Wire
from chalicelib.kit.pagination import PageQuery

REASON_MAX = 500

LicenceAction = Literal["grant", "suspend", "withdraw"]
LicenceState = Literal["requested", "granted", "suspended", "withdrawn"]


class LicenceChange(Wire):
    action: LicenceAction
    reason: Annotated[Prose, Field(min_length=1, max_length=REASON_MAX)]


class CompanyQuery(PageQuery):
    """Companies that have or asked for a developer licence; `state` keeps those in one state."""

    state: LicenceState | None = None


class AuditQuery(PageQuery):
    """`about` keeps one kind of entry; `since` and `until` are days (UTC), both included."""

    about: Literal["licence", "account", "member", "integration", "activation", "publication"] | None = None
    since: date | None = None
    until: date | None = None


class DeveloperRead(Wire):
    tenant_id: str
    number: int
    name: str
    organization_number: str
    email: str
    kind: CompanyKind
    licence: LicenceStatus
    licence_state: str | None
    licence_requested_at: datetime | None
    licence_changed_at: datetime | None
    licence_reason: str
    created_at: datetime


class IntegrationSummary(Wire):
    integration_id: str
    number: int
    client_id: str
    tenant_id: str
    name: str
    status: str
    scopes: Annotated[list[str], BeforeValidator(sorted)]
    created_at: datetime
    updated_at: datetime


class MigrationBatch(Wire):
    """Rows as they stand in the file; each is judged alone."""

    rows: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=25)]


class MigrationRead(Wire):
    email: str
    outcome: str
    account_id: str
    tenant_id: str
    number: int
    errors: list[str]


class AuditRead(Wire):
    entry_id: str
    action: str
    subject: str
    reason: str
    account_id: str
    email: str
    request_id: str
    details: dict[str, Any]
    created_at: datetime
