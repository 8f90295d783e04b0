"""Statements: a developer's month, folded from the ledger's lines; the same lines always give the same statement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.kit.money import Money
from chalicelib.sales.domain.invoices import Line, LineKind

__all__ = ["Statement", "fold_lines", "totals_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One integration's month in one currency. `share_minor` is what the developer gets, `net_minor` what was invoiced.

    `licences` counts those charged for whole periods, `lines` also seats added later and credits.
    """

    owner_tenant_id: str
    month: str
    integration_id: str
    integration_name: str
    integration_number: int
    currency: str
    lines: int = 0
    licences: int = 0
    net_minor: int = 0
    credit_minor: int = 0
    share_minor: int = 0

    @property
    def net(self) -> Money:
        return Money(self.net_minor, self.currency)

    @property
    def credit(self) -> Money:
        return Money(self.credit_minor, self.currency)

    @property
    def share(self) -> Money:
        return Money(self.share_minor, self.currency)

    @property
    def kept(self) -> Money:
        """What the platform keeps."""
        return self.net - self.share


def fold_lines(lines: Iterable[Line]) -> list[Statement]:
    """One statement an owner, integration and currency; VAT belongs to nobody. One pass, sums of integers."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    last: dict[tuple[str, str, str], Line] = {}
    for line in lines:
        if line.is_vat:
            continue
        key = (line.owner_tenant_id, line.integration_id, line.currency)
        found = sums.setdefault(key, [0, 0, 0, 0, 0])
        found[0] += 1
        found[1] += line.quantity if line.kind is LineKind.PERIOD else 0
        found[2] += line.amount_minor
        found[3] += line.amount_minor if line.kind is LineKind.CREDIT else 0
        found[4] += line.share_minor
        last[key] = line
    return [
        Statement(
            owner_tenant_id=key[0], month=last[key].month, integration_id=key[1], currency=key[2],
            integration_name=last[key].integration_name, integration_number=last[key].integration_number,
            lines=found[0], licences=found[1], net_minor=found[2], credit_minor=found[3], share_minor=found[4],
        )
        for key, found in sorted(sums.items())
    ]  # fmt: skip


def totals_of(statements: Iterable[Statement]) -> list[Statement]:
    """Sums per month and currency, newest month first; names and integrations are left empty."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for one in statements:
        found = sums.setdefault((one.owner_tenant_id, one.month, one.currency), [0, 0, 0, 0, 0])
        parts = (one.lines, one.licences, one.net_minor, one.credit_minor, one.share_minor)
        sums[one.owner_tenant_id, one.month, one.currency] = [a + b for a, b in zip(found, parts, strict=True)]
    return [
        Statement(
            owner_tenant_id=key[0], month=key[1], currency=key[2], integration_id="", integration_name="",
            integration_number=0, lines=found[0], licences=found[1], net_minor=found[2], credit_minor=found[3],
            share_minor=found[4],
        )
        for key, found in sorted(sums.items(), key=lambda entry: entry[0][1:], reverse=True)
    ]  # fmt: skip
