"""User agreements: the developer's terms by address, numbered; and the recorded yes of a person to one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.integrations.domain import Integration

__all__ = ["Agreement", "Approval", "offered_agreement"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """`version` counts from 1 per integration and grows when the developer names another address."""

    integration_id: str
    version: int
    url: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who bought what on which terms, as it was shown to them; never changed."""

    approval_id: str
    tenant_id: str
    integration_id: str
    subscription_id: str
    account_id: str
    person: str
    agreement_version: int | None
    agreement_url: str
    price_version: int
    unit_minor: int
    currency: str
    seats: int
    approved_at: datetime


def offered_agreement(integration: Integration, latest: Agreement | None, now: datetime) -> Agreement | None:
    """The agreement a buyer is asked to approve now; None when the developer has none."""
    if not integration.user_agreement:
        return None
    if latest is not None and latest.url == integration.user_agreement:
        return latest
    return Agreement(
        integration_id=integration.integration_id,
        version=latest.version + 1 if latest else 1,
        url=integration.user_agreement,
        created_at=now,
    )
