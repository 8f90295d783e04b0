"""The right of a company and a person to use an integration at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.accounts.domain import Company, CompanyKind
from chalicelib.integrations.domain import Integration, IntegrationStatus, LicenceModel, SalesChannel
from chalicelib.licences.domain.seats import Seats
from chalicelib.sales.domain import Subscription, advanced, local_day

__all__ = ["Entitlement", "entitlement_of", "is_priced", "is_sold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """`is_entitled` sums it up for the company, `is_assigned` for the person (None: no person was asked about).

    `until` is the first day without the right of a cancelled subscription.
    """

    is_sold: bool
    is_entitled: bool
    is_assigned: bool | None
    licence_model: LicenceModel
    seats: int | None = None
    assigned: int | None = None
    until: date | None = None
    is_test: bool = False
    price_version: int | None = None
    agreement_version: int | None = None


def is_priced(integration: Integration) -> bool:
    """Whether the platform takes money for it; what is free needs no purchase."""
    return integration.sales_channel is SalesChannel.PLATFORM and bool(integration.price_minor)


def is_sold(integration: Integration, company: Company) -> bool:
    """Whether this company has to buy it here: sold by the platform for money, and published.

    A hidden one is sold only to the sandboxes of its own developer, who try the purchase without money.
    """
    is_own_sandbox = company.kind is CompanyKind.SANDBOX and company.home_tenant_id == integration.tenant_id
    return is_priced(integration) and (integration.status is not IntegrationStatus.DRAFT or is_own_sandbox)


def entitlement_of(
    subscription: Subscription | None, seats: Seats | None, account_id: str | None, now: datetime, *, is_needed: bool
) -> Entitlement:
    """`is_needed`: without a subscription there is no right. `seats` are read for licences per user only."""
    if subscription is None:
        return Entitlement(
            is_sold=is_needed, is_entitled=not is_needed, is_assigned=None if account_id is None else not is_needed,
            licence_model=LicenceModel.SINGLE,
        )  # fmt: skip
    subscription = advanced(subscription, local_day(now))
    is_live = subscription.is_live(now)
    is_per_user = subscription.licence_model is LicenceModel.PER_USER
    holders = seats.holders if seats is not None and is_live else frozenset[str]()
    return Entitlement(
        is_sold=True,
        is_entitled=is_live,
        is_assigned=None if account_id is None else is_live and (not is_per_user or account_id in holders),
        licence_model=subscription.licence_model,
        seats=subscription.seats if is_live else 0,
        assigned=len(holders) if is_per_user else None,
        until=subscription.ends_on,
        is_test=subscription.is_test,
        price_version=subscription.price_version,
        agreement_version=subscription.agreement_version,
    )
