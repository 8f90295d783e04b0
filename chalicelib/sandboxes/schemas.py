"""Sandboxes on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.kit.gate import Line, Wire
from chalicelib.sandboxes.domain import SandboxData, SandboxStatus

NAME_MAX = 60

SandboxName = Annotated[Line, Field(min_length=1, max_length=NAME_MAX)]


class SandboxCreate(Wire):
    name: SandboxName = Field(description="What the test company is called.", examples=["Acceptance tests"])
    data: SandboxData = Field(SandboxData.SMALL, description="What it holds when it is new and after a reset.")


class SandboxRead(Wire):
    """Poll until `status` is `ready` or `failed`; `step` of `steps` says how far it is."""

    sandbox_id: str
    name: str
    status: SandboxStatus
    data: SandboxData
    step: int
    steps: int
    failure: str | None
    company_tenant_id: str
    company_number: int | None
    email: str
    created_at: datetime
    updated_at: datetime
