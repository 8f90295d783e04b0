"""Wire shape of a listing."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

from chalicelib.integrations.domain import SalesChannel
from chalicelib.kit.gate import Wire


class ListingRead(Wire):
    integration_id: str
    client_id: str
    name: str
    description: str
    developer: str
    category: str | None
    scopes: Annotated[list[str], BeforeValidator(sorted)]
    website: str
    user_agreement: str
    sales_channel: SalesChannel | None
    price_minor: int | None
    currency: str
    price_text: str
    licence_model: str
    is_published: bool
    logo: str
