"""Wire shapes of attempts, connections and the import of legacy tokens."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from chalicelib.activations.domain import ConsentKind
from chalicelib.kit.gate import Wire
from chalicelib.kit.pagination import PageQuery
from chalicelib.oauth.attempts.domain import Cause, Party, Step
from chalicelib.oauth.connections.domain import ConnectionState, Happening

SortedScopes = Annotated[list[str], BeforeValidator(sorted)]


class AttemptRead(Wire):
    """How one attempt to connect ended; `who_acts` says whose move it is, `times` counts equal failures of a minute."""

    short_id: str
    request_id: str
    step: Step
    cause: Cause
    who_acts: Party
    error: str
    description: str
    tenant_number: int | None
    family_id: str
    times: int
    ended_at: datetime


class ConnectionQuery(PageQuery):
    """`soon`: only those that die within a week unless they are refreshed."""

    soon: bool = False


class TokenFamilyRead(Wire):
    """A company's token family. `rested_on` is the day of its last refresh; unused it dies on `dies_on`."""

    family_id: str
    tenant_number: int
    kind: ConsentKind
    scopes: SortedScopes
    issued_at: datetime
    rested_on: date
    dies_on: date
    revoked_at: datetime | None
    revoked_reason: str | None


class TimelineEntryRead(Wire):
    at: datetime
    happening: Happening
    who: Party
    times: int


class TimelineRead(Wire):
    """Why the tokens of a connection live, or what they died of; oldest first."""

    family_id: str
    tenant_number: int
    state: ConnectionState
    entries: list[TimelineEntryRead]


class LegacyTokenBatch(Wire):
    """Rows as they stand in the file; each is judged alone."""

    rows: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=25)]


class ImportRead(Wire):
    client_id: str
    tenant_number: int
    outcome: str
    errors: list[str]
