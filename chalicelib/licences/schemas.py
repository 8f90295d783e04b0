"""Wire shapes of licences."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from chalicelib.integrations.domain import LicenceModel
from chalicelib.kit.gate import Wire

Id = Annotated[str, Field(min_length=1, max_length=60)]
SeatCount = Annotated[int, Field(ge=1, le=10_000)]


class LicenceBuy(Wire):
    """`seats` is how many licences the company wants in all, so sending it twice buys once.

    `price_version` and `agreement_version` are those of the offer that was read; `is_agreed`: the yes to it.
    """

    integration_id: Id
    seats: SeatCount = 1
    price_version: Annotated[int, Field(ge=1, le=10**9)]
    agreement_version: Annotated[int, Field(ge=1, le=10**9)] | None = None
    is_agreed: bool = False


class SeatsChange(Wire):
    seats: SeatCount


class OfferRead(Wire):
    """What buying costs now, for the company you are working in. Amounts are without VAT.

    `trial_days` are free; `paid_from` is the first day that costs.
    """

    integration_id: str
    integration_name: str
    price_version: int
    unit_minor: int
    currency: str
    licence_model: LicenceModel
    trial_days: int
    paid_from: date
    agreement_version: int | None
    agreement_url: str
    is_test: bool
    is_bought: bool


class LicenceRead(Wire):
    """`seats` is the right of now, `next_seats` from the next period on; `ends_on` the first day without it."""

    integration_id: str
    integration_name: str
    subscription_id: str
    licence_model: LicenceModel
    unit_minor: int
    currency: str
    price_version: int
    agreement_version: int | None
    seats: int
    next_seats: int
    started_at: datetime
    next_period_start: date
    ends_on: date | None
    is_test: bool


class SeatRead(Wire):
    account_id: str
    name: str
    email: str
    is_assigned: bool


class EntitlementQuery(Wire):
    """Another person of the company, by the `Id` of `/3/me`; left out: the one the token acts for."""

    user_id: Annotated[str, Field(max_length=60)] | None = None


class EntitlementRead(Wire):
    """`is_entitled`: the company may use it now. `is_assigned`: this person may; null for a service account.

    `is_sold` is false for an integration that needs no purchase here. `until` is the first day without the right.
    """

    tenant_id: int
    user_id: str | None
    is_sold: bool
    is_entitled: bool
    is_assigned: bool | None
    licence_model: LicenceModel
    seats: int | None
    assigned: int | None
    until: date | None
    is_test: bool
