"""A token of the earlier system and what came of importing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.activations.domain import Activation


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyToken:
    """`family_id` once it has been exchanged; `account_id` is in whose name the company's connection goes on."""

    token_hash: str
    client_id: str
    integration_id: str
    tenant_id: str
    tenant_number: int
    account_id: str
    scopes: frozenset[str]
    imported_at: datetime
    family_id: str | None = None

    def is_ended_by(self, standing: Activation | None) -> bool:
        """Whether the company has switched the integration off here since the import: nothing may bring it back."""
        if standing is None or standing.is_active or standing.ended_at is None:
            return False
        return standing.ended_at >= self.imported_at


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """`outcome`: imported, unchanged (it was there), rejected (`errors` says why)."""

    client_id: str
    tenant_number: int
    outcome: str
    errors: tuple[str, ...] = ()
