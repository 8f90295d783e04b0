"""Wire shape of a listing."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from chalicelib.integrations.domain import SalesChannel
from chalicelib.kit.gate import Wire
from chalicelib.kit.pagination import PageQuery


class ListingQuery(PageQuery):
    """`q` searches and answers with one page, best first; `category` keeps one category."""

    q: Annotated[str, Field(max_length=200)] = ""
    category: Annotated[str, Field(max_length=40)] = ""


class CardRead(Wire):
    integration_id: str
    name: str
    developer: str
    category: str | None
    summary: str
    logo: str
    sales_channel: SalesChannel | None
    price_minor: int | None
    currency: str
    price_text: str
    licence_model: str
    rating_count: int
    rating_total: int = Field(description="Sum of the stars; divided by the count it is the average")
    is_recommended: bool = Field(description="At least 10 active customers and 3 stars")


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
    rating_count: int
    rating_total: int = Field(description="Sum of the stars; divided by the count it is the average")
    is_recommended: bool = Field(description="At least 10 active customers and 3 stars")
