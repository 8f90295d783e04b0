"""Sales on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from chalicelib.kit.gate import Line, Wire
from chalicelib.kit.pagination import PageQuery
from chalicelib.sales.domain import BookState, LineKind, OrderKind, parse_month

MAX_CREDIT_MINOR = 100_000_000


def _check_month(value: str) -> str:
    return str(parse_month(value))


MonthText = Annotated[str, Field(max_length=7), AfterValidator(_check_month)]


class CreditCreate(Wire):
    """`amount_minor` is what the customer gets back, without VAT."""

    tenant_id: str = Field(min_length=1, max_length=60)
    integration_id: str = Field(min_length=1, max_length=60)
    amount_minor: int = Field(ge=1, le=MAX_CREDIT_MINOR)
    reason: Line = Field(min_length=3, max_length=200)


class CloseCreate(Wire):
    month: MonthText


class MonthsQuery(Wire):
    """Both months are included. Without them: the latest twelve."""

    first: MonthText | None = Field(default=None, alias="from")
    last: MonthText | None = Field(default=None, alias="to")


class LinesQuery(PageQuery):
    month: MonthText
    integration_id: str | None = Field(default=None, max_length=60)


class SubscriptionsQuery(PageQuery):
    integration_id: str | None = Field(default=None, max_length=60)


class StatementRead(Wire):
    """Amounts in minor units, without VAT. `credit_minor` is part of `net_minor`."""

    month: str
    integration_id: str
    integration_name: str
    currency: str
    lines: int
    licences: int
    net_minor: int
    credit_minor: int
    share_minor: int


class LineRead(Wire):
    """`start` and `last_day` are the days the amount is for, both included."""

    key: str
    invoice: int
    kind: LineKind
    tenant_number: int
    company_name: str
    integration_id: str
    integration_name: str
    start: date
    last_day: date
    quantity: int
    unit_minor: int
    amount_minor: int
    share_minor: int
    currency: str
    price_version: int
    reason: str


class SubscriptionRead(Wire):
    """`seats` of today and from the next period; `ends_on` is the first day without the right."""

    subscription_id: str
    integration_id: str
    integration_name: str
    tenant_number: int
    company_name: str
    started_at: datetime
    seats: int
    next_seats: int
    unit_minor: int
    currency: str
    price_version: int
    is_test: bool
    cancelled_at: datetime | None
    ends_on: date | None


class BilledToRead(Wire):
    number: int
    name: str
    organization_number: str
    address: str
    zip_code: str
    city: str
    country_code: str
    vat_number: str


class InvoiceRead(Wire):
    """Amounts in minor units. A credit note has a negative total."""

    number: int
    month: str
    currency: str
    net_minor: int
    vat_percent: int
    vat_minor: int
    total_minor: int
    issued_on: date
    due_on: date
    customer: BilledToRead


class TotalsRead(Wire):
    net: int
    vat: int
    share: int
    lines: int
    invoices: int


class BookRead(Wire):
    """A month of the ledger; `percent` is how far its close has come."""

    month: str
    state: BookState
    percent: int
    expected: int
    billed: int
    first_number: int
    invoices: int
    lines: int
    totals: dict[str, TotalsRead]
    opening_hash: str
    head_hash: str
    closed_at: datetime | None


class VerificationRead(Wire):
    """`findings` is empty when every total, link and number agrees with the lines."""

    month: str
    is_sound: bool
    lines: int
    head_hash: str
    totals: dict[str, TotalsRead]
    findings: tuple[str, ...]


class OrderRead(Wire):
    order_id: str
    kind: OrderKind
    tenant_number: int
    licences: int
    occurred_at: datetime


class _Partner(BaseModel):
    """A shape of the partner API: camel case, as its clients read it."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class SaleRead(_Partner):
    """`amount` is a number of licences."""

    tenantId: str  # noqa: N815 - the published shape
    orderId: str  # noqa: N815
    date: str
    type: str
    amount: int


class AppMomentRead(_Partner):
    date: str
    time: str
    epochMillis: int  # noqa: N815


class AppPurchaseRead(_Partner):
    amount: int
    identifier: str
    purchaseTime: AppMomentRead  # noqa: N815


class AppTerminationRead(_Partner):
    amount: int
    identifier: str
    onCancellationTime: AppMomentRead  # noqa: N815


class AppUserRead(_Partner):
    name: str
    email: str


class TenantSalesRead(_Partner):
    tenantId: str  # noqa: N815
    purchases: list[AppPurchaseRead]
    terminations: list[AppTerminationRead]
    users: list[AppUserRead]


class AppSalesRead(_Partner):
    appId: str  # noqa: N815
    tenants: list[TenantSalesRead]


class CreditForm(Wire):
    """What the operator types: a customer's number, an integration's number, an amount such as 120 or 99,50."""

    customer: str = Field(min_length=1, max_length=20)
    integration: str = Field(min_length=1, max_length=60)
    amount: str = Field(min_length=1, max_length=20)
    reason: Line = Field(min_length=3, max_length=200)
    once: str = Field(min_length=5, max_length=60)
