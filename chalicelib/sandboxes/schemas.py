"""Sandboxes on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from chalicelib.activations.domain import ConsentKind
from chalicelib.faults.domain import SLOW_MAX, FaultKind, Place
from chalicelib.kit.gate import Line, Prose, Wire
from chalicelib.sandboxes.domain import INTEGRATION_LICENCE, SandboxData, SandboxStatus, SnapshotStatus

NAME_MAX = 60
NOTES_MAX = 1_000

_DATA = "What it holds when it is new and after a reset: `small`, `large`, `empty`, or the id of a snapshot."
DataChoice = Annotated[str, Field(pattern=r"^(small|large|empty|snp_[a-z0-9]{1,40})$")]
SandboxName = Annotated[Line, Field(min_length=1, max_length=NAME_MAX)]


class SandboxCreate(Wire):
    name: SandboxName = Field(description="What the test company is called.", examples=["Acceptance tests"])
    data: DataChoice = Field(SandboxData.SMALL, description=_DATA)


class SandboxRestore(Wire):
    data: DataChoice = Field(description=_DATA)


class SnapshotCreate(Wire):
    name: SandboxName = Field(description="What you find it by.", examples=["Year end"])


class SnapshotRead(Wire):
    """Poll until `status` is `ready` or `failed`. `rows`: records that differ from the template."""

    snapshot_id: str
    name: str
    status: SnapshotStatus
    sandbox_id: str = Field(description="What it was saved from.")
    rows: int
    failure: str | None
    created_at: datetime
    updated_at: datetime


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
    commands: Annotated[list[str], BeforeValidator(list)] = Field(
        description="From nothing to the first answer of the company API: two lines of a shell."
    )


class FaultSet(Wire):
    """`calls`: how many are struck, by default every one until the lease ends. The rest matters to some kinds only."""

    minutes: Annotated[int, Field(ge=1, le=60)] = 15
    calls: Annotated[int, Field(ge=1, le=1_000)] | None = None
    place: Place = Place.BOTH
    status: Literal[500, 502, 503] = 503
    seconds: Annotated[int, Field(ge=1, le=SLOW_MAX)] = 3
    module: Line = INTEGRATION_LICENCE

    @field_validator("status", mode="before")
    @classmethod
    def _from_form(cls, value: object) -> object:
        return int(value) if isinstance(value, str) and value.isdecimal() and value.isascii() else value


class FaultRead(Wire):
    kind: FaultKind
    since: datetime
    until: datetime = Field(description="It ends then, whatever else happens.")
    place: Place
    left: int | None = Field(description="Calls that will still be struck; none: every one.")
    status: int
    seconds: int
    module: str


class HolderRead(Wire):
    """An integration that holds tokens in the sandbox."""

    integration_id: str
    integration_name: str
    client_id: str
    kind: ConsentKind
    scopes: Annotated[list[str], BeforeValidator(sorted)]
    connection_id: str | None = Field(description="The tokens of a person; none: it works with client credentials.")
    since: datetime
    refreshed_at: datetime | None
    last_used_at: datetime | None = Field(description="The integration's last call in thirty days.")
    is_own: bool
    is_sample: bool


class ApiTokenCreate(Wire):
    name: SandboxName = Field(description="Where it will be used.", examples=["Nightly build"])


class ApiTokenRead(Wire):
    token_id: str
    name: str
    purpose: str = Field(description="What it opens, and nothing else.")
    used_on: date | None
    created_at: datetime
    expires_at: datetime


class ApiTokenCreated(Wire):
    """The token is in this answer only."""

    api_token: ApiTokenRead
    token: str


class SandboxRead(Wire):
    """Poll until `status` is `ready` or `failed`; `step` of `steps` says how far it is."""

    sandbox_id: str
    name: str
    status: SandboxStatus
    data: str
    step: int
    steps: int
    failure: str | None
    notes: str
    company_tenant_id: str
    company_number: int | None
    email: str
    created_at: datetime
    updated_at: datetime
