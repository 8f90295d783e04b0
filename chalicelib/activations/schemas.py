"""Wire shapes of activations: what the customer sees of their own, and what the developer sees of a customer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from chalicelib.activations.domain import ActivationStatus, ConsentKind, EndCause
from chalicelib.kit.gate import Wire

Sorted = Annotated[list[str], BeforeValidator(sorted)]


class ActivationRead(Wire):
    """For the company that activated it. `added_scopes` wait for its approval, `dropped_scopes` are not asked for."""

    activation_id: str
    integration_id: str
    integration_name: str
    client_id: str
    status: ActivationStatus
    is_suspended: bool
    scopes: Sorted
    added_scopes: Sorted
    dropped_scopes: Sorted
    kind: ConsentKind
    activated_at: datetime
    consented_at: datetime
    ended_at: datetime | None
    end_cause: EndCause | None


class CustomerRead(Wire):
    """For the developer: which company, not which person. `tenant_number` is the dialect's `tenantId`.

    `added_scopes` are asked for today but the company has not agreed to them; `reactivation_url` lets it.
    """

    activation_id: str
    tenant_number: int
    company_name: str
    status: ActivationStatus
    scopes: Sorted
    added_scopes: Sorted
    dropped_scopes: Sorted
    reactivation_url: str
    kind: ConsentKind
    activated_at: datetime
    consented_at: datetime
    ended_at: datetime | None
    end_cause: EndCause | None


class ReceiptLineRead(Wire):
    scope: str
    calls: int
    last_used_at: datetime | None
    is_unused: bool


class ReceiptRead(Wire):
    """What was agreed to, and the calls of the last `days` days for each scope."""

    integration_id: str
    integration_name: str
    activated_at: datetime
    days: int
    calls: int
    last_used_at: datetime | None
    lines: list[ReceiptLineRead]


class LaunchRead(Wire):
    url: str


class IntegrationUserRead(Wire):
    """A person of a customer company, in the dialect's spelling. `userType` is `administrator`, `user` or `service`."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    name: str
    email: str
    user_type: str
    external_source_id: str
    activation_time: datetime


class DisconnectQuery(Wire):
    """`cancel_licence`: also cancel what the company bought for it; it ends with the period that is paid."""

    cancel_licence: bool = False


class ScopeQuery(Wire):
    """The scope set that is being thought of, space-separated."""

    scopes: Annotated[str, Field(max_length=6_000)]


class GapRead(Wire):
    """`lagging` live activations lack the scope; the companies of `unlicensed` of them hold none of `licences`."""

    scope: str
    licences: list[str]
    lagging: int
    unlicensed: int


class DroppedScopeRead(Wire):
    scope: str
    holders: int


class ScopePreviewRead(Wire):
    """`is_complete` is false where there are more than a thousand activations: then the newest are counted."""

    live: int
    lagging: int
    unlicensed: int
    gaps: list[GapRead]
    dropped: list[DroppedScopeRead]
    is_complete: bool
