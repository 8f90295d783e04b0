"""Offers to hand an integration over to another company."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.integrations.domain.client_secrets import ClientSecret

if TYPE_CHECKING:
    from chalicelib.integrations.domain.integration import Integration

__all__ = ["OFFER_LIFETIME", "OLD_SECRET_LIFETIME", "Transfer", "handed_over"]

OFFER_LIFETIME = timedelta(days=14)
OLD_SECRET_LIFETIME = timedelta(days=7)  # the servers keep working while the new owner rolls their own secret out


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One offer; both companies keep a row of it."""

    integration_id: str
    name: str
    from_tenant_id: str
    from_company: str
    to_tenant_id: str
    to_number: int
    to_company: str
    offered_by: str
    offered_at: datetime
    expires_at: datetime

    def is_open(self, now: datetime) -> bool:
        return now < self.expires_at


def handed_over(before: Integration, tenant_id: str, secret: ClientSecret, now: datetime) -> Integration:
    """The same integration and client under its new owner, with a secret only they know.

    Of the secrets that the former owner's people know, the newest works on for a week, so that nothing stands still;
    any other ends at once.
    """
    until = now + OLD_SECRET_LIFETIME
    live = sorted((one for one in before.secrets if one.is_live(now)), key=lambda one: one.created_at)
    kept = [replace(one, expires_at=min(until, one.expires_at or until)) for one in live[-1:]]
    return replace(before, tenant_id=tenant_id, secrets=(*kept, secret), version=before.version + 1, updated_at=now)
