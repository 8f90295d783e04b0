"""Wire shapes of the operator's work."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from chalicelib.accounts.domain import CompanyKind, LicenceStatus
from chalicelib.kit.gate import Line, Prose, Wire
from chalicelib.kit.pagination import PageQuery

REASON_MAX = 500

LicenceAction = Literal["grant", "suspend", "withdraw"]
LicenceState = Literal["requested", "granted", "suspended", "withdrawn"]


class LicenceChange(Wire):
    action: LicenceAction
    reason: Annotated[Prose, Field(min_length=1, max_length=REASON_MAX)]


Text = Annotated[Line, Field(min_length=1, max_length=120)]
Key = Annotated[str, Field(max_length=40)]
Licences = Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=20)]
Position = Annotated[int, Field(ge=0, le=1_000, description="counted from 0")]


class TextsWire(Wire):
    en: Text
    sv: Text


class ScopeCreate(Wire):
    """`licences`: a company needs one of these module licences to grant the scope; none means that any company may."""

    scope: Key
    description: TextsWire
    licences: Licences = Field(default_factory=list)


class ScopeChange(Wire):
    """What is left out stays. A retired scope is not offered any more; where it is used it goes on working."""

    description: TextsWire | None = None
    licences: Licences | None = None
    position: Position | None = None
    is_retired: bool | None = None


class CategoryCreate(Wire):
    category: Key
    name: TextsWire


class CategoryChange(Wire):
    """What is left out stays. `moved_to` retires the category for good; what stands in it moves there."""

    name: TextsWire | None = None
    position: Position | None = None
    moved_to: Key | None = None


class ScopeEntryRead(Wire):
    scope: str
    description: TextsWire
    licences: list[str]
    is_retired: bool


class CategoryEntryRead(Wire):
    category: str
    name: TextsWire
    is_retired: bool
    moved_to: str | None


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
