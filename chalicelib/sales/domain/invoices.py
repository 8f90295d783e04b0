"""Invoices and the lines they consist of: one line is one row of the ledger, VAT is a line of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from chalicelib.config import load_data
from chalicelib.kit.money import Money
from chalicelib.sales.domain.calendar import Month
from chalicelib.sales.domain.subscriptions import Charge, Subscription
from chalicelib.sales.domain.vat import vat_percent_of

__all__ = [
    "Customer",
    "Invoice",
    "Line",
    "LineKind",
    "Totals",
    "hash_line",
    "line_of",
    "line_text",
    "parse_line",
    "vat_line",
]

_DAYS = ("start", "end")


class LineKind(StrEnum):
    """What `ChargeKind` says, and `vat`: the tax on the invoice's other lines."""

    PERIOD = "period"
    SEATS = "seats"
    CREDIT = "credit"
    VAT = "vat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A company as it was when its invoice was made; an invoice never changes afterwards."""

    tenant_id: str
    number: int
    name: str
    organization_number: str = ""
    address: str = ""
    zip_code: str = ""
    city: str = ""
    country_code: str = ""
    vat_number: str = ""
    email: str = ""

    @property
    def vat_percent(self) -> int:
        return vat_percent_of(self.country_code, self.vat_number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`key` is unique for ever. `seq` counts from 1 within the month, `invoice` is the invoice's number.

    Amounts are without VAT, except on the line that is VAT. `share_minor` is the developer's part of the amount. On a
    VAT line `unit_minor` is the sum it is reckoned on, and nobody owns it.
    """

    key: str
    seq: int
    month: str
    invoice: int
    kind: LineKind
    tenant_id: str
    tenant_number: int
    company_name: str
    owner_tenant_id: str = ""
    integration_id: str = ""
    integration_number: int = 0
    integration_name: str = ""
    client_id: str = ""
    subscription_id: str = ""
    start: date
    end: date
    quantity: int
    unit_minor: int
    amount_minor: int
    share_minor: int = 0
    currency: str
    price_version: int = 0
    reason: str = ""

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def unit(self) -> Money:
        return Money(self.unit_minor, self.currency)

    @property
    def share(self) -> Money:
        return Money(self.share_minor, self.currency)

    @property
    def is_vat(self) -> bool:
        return self.kind is LineKind.VAT

    @property
    def last_day(self) -> date:
        return date.fromordinal(self.end.toordinal() - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """`number` has no gaps. Its lines are the ledger's, `first_seq` to `last_seq` of its month."""

    tenant_id: str
    number: int
    month: str
    currency: str
    net_minor: int
    vat_percent: int
    vat_minor: int
    total_minor: int
    first_seq: int
    last_seq: int
    issued_on: date
    due_on: date
    customer: Customer
    account_id: str
    created_at: datetime
    delivered_at: datetime | None = None

    @property
    def net(self) -> Money:
        return Money(self.net_minor, self.currency)

    @property
    def vat(self) -> Money:
        return Money(self.vat_minor, self.currency)

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def is_reverse_charge(self) -> bool:
        """The buyer reports the VAT: it is in another country of the EU and gave its VAT number."""
        return self.vat_percent == 0

    @property
    def is_credit(self) -> bool:
        """A credit note: money goes back to the customer."""
        return self.total_minor < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums in one currency, in minor units."""

    net: int = 0
    vat: int = 0
    share: int = 0
    lines: int = 0
    invoices: int = 0

    def net_money(self, currency: str) -> Money:
        return Money(self.net, currency)

    def vat_money(self, currency: str) -> Money:
        return Money(self.vat, currency)

    def share_money(self, currency: str) -> Money:
        return Money(self.share, currency)

    def plus(self, lines: Iterable[Line], invoices: int = 0) -> Totals:
        net, vat, share, count = self.net, self.vat, self.share, self.lines
        for line in lines:
            count += 1
            if line.is_vat:
                vat += line.amount_minor
            else:
                net += line.amount_minor
                share += line.share_minor
        return Totals(net=net, vat=vat, share=share, lines=count, invoices=self.invoices + invoices)


def line_of(subscription: Subscription, charge: Charge, month: Month) -> Line:
    """The charge as a line that has no place in the ledger yet. The developer's share is rounded on each line."""
    percent = Decimal(load_data("platform")["developer_share_percent"])
    return Line(
        key=charge.key,
        seq=0,
        month=str(month),
        invoice=0,
        kind=LineKind(charge.kind.value),
        tenant_id=subscription.tenant_id,
        tenant_number=subscription.tenant_number,
        company_name=subscription.company_name,
        owner_tenant_id=subscription.owner_tenant_id,
        integration_id=subscription.integration_id,
        integration_number=subscription.integration_number,
        integration_name=subscription.integration_name,
        client_id=subscription.client_id,
        subscription_id=charge.subscription_id,
        start=charge.start,
        end=charge.end,
        quantity=charge.quantity,
        unit_minor=charge.unit_minor,
        amount_minor=charge.amount_minor,
        share_minor=Money(charge.amount_minor, charge.currency).share(percent).amount_minor,
        currency=charge.currency,
        price_version=charge.price_version,
        reason=charge.reason,
    )


def vat_line(lines: list[Line], month: Month, percent: int) -> Line | None:
    """VAT on the sum of an invoice's lines, rounded once; None where there is none."""
    net = Money(sum(line.amount_minor for line in lines), lines[0].currency)
    vat = net.share(Decimal(percent))
    if vat.amount_minor == 0:
        return None
    return Line(
        key=f"{lines[0].key}#vat",
        seq=0,
        month=str(month),
        invoice=0,
        kind=LineKind.VAT,
        tenant_id=lines[0].tenant_id,
        tenant_number=lines[0].tenant_number,
        company_name=lines[0].company_name,
        start=month.first_day,
        end=month.next.first_day,
        quantity=percent,
        unit_minor=net.amount_minor,
        amount_minor=vat.amount_minor,
        currency=net.currency,
    )


_NAMES = tuple(field.name for field in fields(Line))


def line_text(line: Line) -> str:
    """The line as it is stored and hashed: one canonical JSON text."""
    flat = {name: getattr(line, name) for name in _NAMES}  # `asdict` copies deeply: slow
    return json.dumps(flat, default=str, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def parse_line(text: str) -> Line:
    entry: dict[str, Any] = json.loads(text)
    days = {name: date.fromisoformat(entry[name]) for name in _DAYS}
    return Line(**(entry | days | {"kind": LineKind(entry["kind"])}))


def hash_line(before: str, text: str) -> str:
    """The chain: each line's hash is made of the one before and the line's own text (SHA-256)."""
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()
