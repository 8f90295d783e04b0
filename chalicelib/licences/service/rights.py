"""The right of this moment: asked at consent, at launch, and by integrations at run time."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import Company
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration, LicenceModel
from chalicelib.kit.ahead import Wanted
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.reads import read_ahead
from chalicelib.licences import repository
from chalicelib.licences.domain import (
    Entitlement,
    LicenceMissingError,
    SeatMissingError,
    entitlement_of,
    is_priced,
    is_sold,
)
from chalicelib.sales import service as sales
from chalicelib.sales.domain import Subscription

__all__ = ["check_use", "find_right", "get_entitlement", "rights_reads"]


def find_right(integration: Integration, company: Company, account_id: str | None, now: datetime) -> Entitlement:
    """Whether the company, and the person in it, may use it. What is free costs no call, else one or two."""
    subscription = (
        sales.find_subscription(company.tenant_id, integration.integration_id) if is_priced(integration) else None
    )
    return _right(subscription, account_id, now, is_needed=is_sold(integration, company))


def check_use(ctx: Context, integration: Integration) -> None:
    """Let the caller go to it. Who activated it before it cost anything keeps it.

    Raises LicenceMissingError when what was bought has ended, SeatMissingError when licences are per user and the
    caller has none.
    """
    if not is_priced(integration):
        return
    caller = ctx.caller
    subscription = sales.find_subscription(caller.tenant_id, integration.integration_id)
    right = _right(subscription, caller.account_id, ctx.now, is_needed=False)
    if not right.is_entitled:
        raise LicenceMissingError("The licence of your company has ended. Buy it again on the marketplace.")
    if not right.is_assigned:
        raise SeatMissingError("Ask a system administrator of your company to give you a licence for it.")


def get_entitlement(ctx: Context, user_id: str | None) -> Entitlement:
    """For the integration that holds the access token: one call, and two more where nothing was bought.

    Those are the integration and its owner, to tell "not bought" from "free".
    """
    caller = ctx.caller
    integration_id = _integration_id(caller.client_id or "")
    with read_ahead(
        *rights_reads(caller.tenant_id, integration_id),
        integrations.owner_read(integration_id),
        accounts.company_read(caller.tenant_id),
    ):
        subscription = sales.find_subscription(caller.tenant_id, integration_id)
        is_needed = subscription is None and _is_sold(integration_id, caller.tenant_id)
        return _right(subscription, user_id, ctx.now, is_needed=is_needed)


def rights_reads(tenant_id: str, integration_id: str) -> tuple[Wanted | None, ...]:
    """For `kit.reads`: what `check_use`, `find_right` and `get_entitlement` will ask of sales and of the seats."""
    return sales.subscription_read(tenant_id, integration_id), repository.seats_read(tenant_id, integration_id)


def _right(subscription: Subscription | None, account_id: str | None, now: datetime, *, is_needed: bool) -> Entitlement:
    is_per_user = subscription is not None and subscription.licence_model is LicenceModel.PER_USER
    seats = (
        repository.find_seats(subscription.tenant_id, subscription.integration_id)
        if subscription and is_per_user
        else None
    )
    return entitlement_of(subscription, seats, account_id, now, is_needed=is_needed)


def _is_sold(integration_id: str, tenant_id: str) -> bool:
    return is_sold(integrations.get_public(integration_id), accounts.get_company(tenant_id))


@lru_cache(maxsize=5_000)
def _integration_id(client_id: str) -> str:
    """A client id belongs to one integration for ever, so it is asked once a process."""
    integration = integrations.find_by_client_id(client_id)
    if integration is None:
        raise NotFoundError("The integration of this access token is gone.")
    return integration.integration_id
