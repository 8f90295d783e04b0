"""Wire shapes of what leaves a company: an integration as a file, and the offer of a transfer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler

from chalicelib.integrations.domain import ClientType, GrantType, LicenceModel, SalesChannel
from chalicelib.integrations.schemas import Address, Description, GrantTypes, Name, PriceText, Reasons, Scopes
from chalicelib.kit.gate import Wire

__all__ = [
    "EndingRead",
    "FieldChangeRead",
    "FileCheckRead",
    "FileDiffRead",
    "FileFaultRead",
    "FileGiven",
    "IntegrationFile",
    "TransferCreate",
    "TransferRead",
]


class IntegrationFile(Wire):
    """An integration as its developer describes it. Every field that is left out is empty when the file is applied."""

    format: Literal["anslut-integration/1"]
    name: Name
    description: Description = ""
    contact_email: Annotated[str, Field(max_length=254)] = ""
    website: Address = ""
    user_agreement: Address = ""
    category: Annotated[str, Field(max_length=40)] | None = None
    redirect_uris: Annotated[list[Address], Field(max_length=10)] = Field(default_factory=list)
    start_page: Address = ""
    only_administrator: bool = False
    scopes: Scopes
    scope_reasons: Reasons = Field(default_factory=dict)
    sales_channel: SalesChannel | None = None
    price_minor: int | None = None
    currency: Annotated[str, Field(max_length=3)] | None = None
    price_text: PriceText = ""
    trial_days: int = 0
    licence_model: LicenceModel = LicenceModel.SINGLE
    client_type: ClientType = ClientType.CONFIDENTIAL
    grant_types: GrantTypes = Field(default_factory=lambda: sorted(GrantType))

    def details(self) -> dict[str, Any]:
        """Every field of the integration, as the commands that change one name them."""
        return {name: getattr(self, name) for name in type(self).model_fields if name != "format"}


class FileGiven(BaseModel):
    """A file as it was sent: it is judged as a whole, so that every error is told at once."""

    model_config = ConfigDict(extra="allow", frozen=True)

    @classmethod
    def __get_pydantic_json_schema__(cls, _: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(IntegrationFile.__pydantic_core_schema__)

    @property
    def given(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class FileFaultRead(Wire):
    pointer: str
    message: str


class FileCheckRead(Wire):
    """Every error of a file with its path (RFC 6901); none when it can be applied."""

    is_valid: bool
    errors: list[FileFaultRead]


class FieldChangeRead(Wire):
    field: str
    before: Any
    after: Any


class FileDiffRead(Wire):
    """What applying the file would change; `version` is the one it was compared with (send it as If-Match)."""

    version: int
    changes: list[FieldChangeRead]


class EndingRead(Wire):
    """What deleting the integration ends. `is_more`: there are more customers than were counted."""

    active_customers: int
    is_more: bool
    is_published: bool
    client_id: str
    secrets: int


class TransferCreate(Wire):
    """The seven-digit number of the company that is to have it."""

    company_number: Annotated[int, Field(ge=1, le=9_999_999)]


class TransferRead(Wire):
    integration_id: str
    name: str
    from_company: str
    to_company: str
    to_number: int
    offered_at: datetime
    expires_at: datetime
