"""Sandboxes on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.kit.gate import Line, Prose, Wire
from chalicelib.sandboxes.domain import SandboxData, SandboxStatus

NAME_MAX = 60
NOTES_MAX = 1_000

SandboxName = Annotated[Line, Field(min_length=1, max_length=NAME_MAX)]


class SandboxCreate(Wire):
    name: SandboxName = Field(description="What the test company is called.", examples=["Acceptance tests"])
    data: SandboxData = Field(SandboxData.SMALL, description="What it holds when it is new and after a reset.")


class SandboxUpdate(Wire):
    """What is left out stays as it is."""

    name: SandboxName | None = None
    notes: Annotated[Prose, Field(max_length=NOTES_MAX)] | None = Field(None, description="For you and your team.")


class ConnectionRead(Wire):
    """Everything a program needs. The secret is in this answer only; the one before it stays valid beside it."""

    client_id: str
    client_secret: str
    tenant_number: int = Field(description="What the header `TenantId` says.")
    token_url: str
    api_url: str
    environment: dict[str, str] = Field(description="The same as variables of a shell.")
    commands: tuple[str, str] = Field(description="From nothing to the first answer of the company API.")


class SandboxRead(Wire):
    """Poll until `status` is `ready` or `failed`; `step` of `steps` says how far it is."""

    sandbox_id: str
    name: str
    status: SandboxStatus
    data: SandboxData
    step: int
    steps: int
    failure: str | None
    notes: str
    company_tenant_id: str
    company_number: int | None
    email: str
    created_at: datetime
    updated_at: datetime
