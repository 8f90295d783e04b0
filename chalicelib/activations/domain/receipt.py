"""The access receipt: what was agreed to, beside what was done with it; and taking scopes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.activations.domain.activation import Activation
from chalicelib.activations.domain.errors import ApprovedJustNowError, LastScopeError

__all__ = ["RECEIPT_DAYS", "SETTLED_AFTER", "Receipt", "ReceiptLine", "ScopeUse", "narrowed", "new_receipt"]

RECEIPT_DAYS = 30
SETTLED_AFTER = timedelta(seconds=90)
"""After this no code of the latest consent can be exchanged any more: it would bring a scope back that was removed."""


@dataclass(frozen=True, slots=True)
class ScopeUse:
    """Calls of the last RECEIPT_DAYS days that needed the scope, and the latest one that is known of."""

    calls: int = 0
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    scope: str
    calls: int
    last_used_at: datetime | None

    @property
    def is_unused(self) -> bool:
        """Not once in the last RECEIPT_DAYS days."""
        return self.calls == 0


@dataclass(frozen=True, slots=True)
class Receipt:
    activation: Activation
    lines: tuple[ReceiptLine, ...]

    @property
    def integration_id(self) -> str:
        return self.activation.integration_id

    @property
    def integration_name(self) -> str:
        return self.activation.integration_name

    @property
    def activated_at(self) -> datetime:
        return self.activation.activated_at

    @property
    def days(self) -> int:
        return RECEIPT_DAYS

    @property
    def calls(self) -> int:
        return sum(line.calls for line in self.lines)

    @property
    def last_used_at(self) -> datetime | None:
        return max((line.last_used_at for line in self.lines if line.last_used_at), default=None)

    @property
    def unused(self) -> list[str]:
        return [line.scope for line in self.lines if line.is_unused]


def new_receipt(activation: Activation, uses: Mapping[str, ScopeUse]) -> Receipt:
    """The most used first."""
    found = [(scope, uses.get(scope, ScopeUse())) for scope in sorted(activation.scopes)]
    lines = [ReceiptLine(scope, use.calls, use.last_used_at) for scope, use in found]
    return Receipt(activation, tuple(sorted(lines, key=lambda line: -line.calls)))


def narrowed(activation: Activation, removed: frozenset[str], now: datetime) -> Activation:
    """What is left after scopes were taken back; the same value when none of them was there.

    Raises LastScopeError (disconnecting is another thing), ApprovedJustNowError.
    """
    left = activation.scopes - removed
    if left == activation.scopes:
        return activation
    if not left:
        raise LastScopeError("Nothing would be left. Disconnect the integration instead.")
    if now - activation.consented_at < SETTLED_AFTER:
        raise ApprovedJustNowError("It was approved a moment ago. Try again in two minutes.")
    service_scopes = activation.service_scopes - removed if activation.service_scopes is not None else None
    return replace(
        activation,
        scopes=left,
        service_scopes=service_scopes or None,
        service_account_id=activation.service_account_id if service_scopes else None,
        version=activation.version + 1,
    )
