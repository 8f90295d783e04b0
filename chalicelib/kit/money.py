"""Money: integer minor units and an ISO 4217 code; never a float."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

__all__ = ["Money"]


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount; operators refuse to mix currencies.

    >>> Money(9995, "SEK") * 3 + Money(15, "SEK")
    Money(amount_minor=30000, currency='SEK')
    """

    amount_minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        self._check_same(other)
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._check_same(other)
        return Money(self.amount_minor - other.amount_minor, self.currency)

    def __mul__(self, count: int) -> Money:
        return Money(self.amount_minor * count, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)

    def share(self, percent: Decimal) -> Money:
        """The part of it, half an öre rounded away from zero.

        >>> Money(333, "SEK").share(Decimal(25))
        Money(amount_minor=83, currency='SEK')
        """
        part = (Decimal(self.amount_minor) * percent / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)
        return Money(int(part), self.currency)

    def _check_same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added")
