"""Wire shapes of integrations: lengths and types here, meaning in `domain`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, model_validator

from chalicelib.integrations.domain import (
    ClientType,
    CreatedIntegration,
    GrantType,
    IntegrationStatus,
    LicenceModel,
    SalesChannel,
    current_category,
)
from chalicelib.kit.gate import Line, Prose, Wire

__all__ = [
    "BurnRead",
    "BurnRequest",
    "CategoryRead",
    "CreatedIntegrationRead",
    "IntegrationCreate",
    "IntegrationRead",
    "IntegrationUpdate",
    "NewSecretRead",
    "ScopeRead",
    "SecretRead",
    "SecretRotation",
    "SecretUpdate",
]

Name = Annotated[Line, Field(min_length=1, max_length=60)]
Address = Annotated[str, Field(max_length=2_048)]
Description = Annotated[Prose, Field(max_length=10_000)]
PriceText = Annotated[Line, Field(max_length=200)]
Scopes = Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=100)]
Reasons = Annotated[
    dict[Annotated[str, Field(max_length=60)], Annotated[Line, Field(max_length=200)]], Field(max_length=100)
]
GrantTypes = Annotated[list[GrantType], Field(max_length=len(GrantType))]
SortedScopes = Annotated[list[str], BeforeValidator(sorted)]


class _Details(Wire):
    """What may be said at creation and changed later; null takes a value away."""

    description: Description | None = None
    contact_email: Annotated[str, Field(max_length=254)] | None = None
    redirect_uris: Annotated[list[Address], Field(max_length=10)] | None = None
    start_page: Address | None = None
    website: Address | None = None
    user_agreement: Address | None = None
    category: Annotated[str, Field(max_length=40)] | None = None
    sales_channel: SalesChannel | None = None
    price_minor: int | None = None
    currency: Annotated[str, Field(max_length=3)] | None = None
    price_text: PriceText | None = None
    trial_days: int | None = Field(
        default=None, description="free days before a new customer's first paid one, 0 to 90"
    )
    licence_model: LicenceModel | None = None
    only_administrator: bool | None = None
    grant_types: GrantTypes | None = Field(
        default=None, description="What its program uses (all when left out); others are refused: unauthorized_client"
    )
    scope_reasons: Reasons | None = Field(default=None, description="Why it needs a scope, in one sentence, by scope")

    def given(self) -> dict[str, Any]:
        """Only the fields that were sent."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class IntegrationCreate(_Details):
    """`client_type` is decided here for good: a public one has no secret and must use PKCE."""

    name: Name
    scopes: Scopes
    client_type: ClientType | None = None


class IntegrationUpdate(_Details):
    """Fields left out stay as they are."""

    name: Name = Field(default_factory=str)
    scopes: Scopes = Field(default_factory=list)


class SecretRead(Wire):
    secret_id: str
    hint: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="Written at most once an hour")


class SecretRotation(Wire):
    """How long the old secret works beside the new one, and when the new one ends (never, when left out)."""

    overlap_days: Annotated[int, Field(ge=0, le=90)] = 7
    expires_in_days: Annotated[int, Field(ge=1, le=730)] | None = None


class SecretUpdate(Wire):
    """When the secret stops working; null: never by itself."""

    expires_at: AwareDatetime | None


class BurnRequest(Wire):
    """A client secret you found where it should not be."""

    client_secret: Annotated[str, Field(max_length=200)]


class BurnRead(Wire):
    """`burned`: it worked until now. `unknown`: no secret of ours, or revoked before."""

    result: Literal["burned", "unknown"]


class NewSecretRead(Wire):
    """A new secret; the value is in this answer only."""

    secret: SecretRead
    client_secret: str


class IntegrationRead(Wire):
    integration_id: str
    number: int
    client_id: str
    name: str
    status: IntegrationStatus
    version: int
    scopes: SortedScopes
    description: str
    contact_email: str
    redirect_uris: list[str]
    start_page: str
    website: str
    user_agreement: str
    category: Annotated[str | None, BeforeValidator(current_category)]
    sales_channel: SalesChannel | None
    price_minor: int | None
    currency: str
    price_text: str
    trial_days: int
    licence_model: LicenceModel
    only_administrator: bool
    client_type: ClientType
    grant_types: Annotated[list[GrantType], BeforeValidator(sorted)]
    scope_reasons: Annotated[dict[str, str], BeforeValidator(dict)]
    secrets: list[SecretRead]
    created_at: datetime
    updated_at: datetime


class CreatedIntegrationRead(IntegrationRead):
    """A new integration with its first client secret; the value is in this answer only. A public client has none."""

    client_secret: str | None

    @model_validator(mode="before")
    @classmethod
    def flatten(cls, value: Any) -> Any:
        if not isinstance(value, CreatedIntegration):
            return value
        return {name: getattr(value.integration, name) for name in IntegrationRead.model_fields} | {
            "client_secret": value.client_secret
        }


class TextsRead(Wire):
    en: str
    sv: str


class ScopeRead(Wire):
    """`licences`: a company needs one of these to grant the scope; none means that any company may."""

    scope: str
    licences: list[str]
    description: TextsRead


class CategoryRead(Wire):
    category: str
    name: TextsRead
