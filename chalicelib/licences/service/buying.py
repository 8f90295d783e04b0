"""Buying through the platform, changing the number of licences, and cancelling: each one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import Company, CompanyKind
from chalicelib.images import service as images
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration, IntegrationStatus, LicenceModel
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import ConflictError, NotFoundError, UnavailableError
from chalicelib.kit.reads import read_ahead
from chalicelib.licences import repository
from chalicelib.licences.domain import (
    Agreement,
    AgreementNotApprovedError,
    Approval,
    Seats,
    TermsChangedError,
    is_sold,
    offered_agreement,
    seats_after,
)
from chalicelib.licences.schemas import LicenceBuy
from chalicelib.sales import service as sales
from chalicelib.sales.domain import (
    PriceVersion,
    Purchase,
    SoldElsewhereError,
    Subscription,
    SubscriptionNotFoundError,
    advanced,
    local_day,
)

__all__ = ["Offer", "buy_licence", "cancel_licence", "change_licence_seats", "get_licence", "get_offer"]

_TRIES = 3  # two people of a company buying in the same second; a third is told to repeat


@dataclass(frozen=True, slots=True)
class Offer:
    """What the caller's company would buy, and on which terms. `standing` is what it has bought already, if live.

    `trial_days` are free, once for a company; `paid_from` is the first day that costs.
    """

    integration: Integration
    price: PriceVersion
    agreement: Agreement | None
    is_test: bool
    standing: Subscription | None
    trial_days: int
    paid_from: date
    developer: str
    logo: str

    @property
    def integration_id(self) -> str:
        return self.integration.integration_id

    @property
    def integration_name(self) -> str:
        return self.integration.name

    @property
    def price_version(self) -> int:
        return self.price.version

    @property
    def unit_minor(self) -> int:
        return self.price.unit_minor

    @property
    def currency(self) -> str:
        return self.price.currency

    @property
    def licence_model(self) -> LicenceModel:
        return self.price.licence_model

    @property
    def agreement_version(self) -> int | None:
        return self.agreement.version if self.agreement else None

    @property
    def agreement_url(self) -> str:
        return self.agreement.url if self.agreement else ""

    @property
    def is_bought(self) -> bool:
        return self.standing is not None and not self.standing.is_cancelled


def get_offer(ctx: Context, integration_id: str) -> Offer:
    """What buying means today for the caller's company: two steps of reading.

    Raises NotFoundError, SoldElsewhereError, ConflictError. A hidden integration is not found, except
    by the sandboxes of its own developer.
    """
    tenant_id, owner = ctx.caller.tenant_id, integrations.owner_read(integration_id)
    if owner is None:
        raise NotFoundError("There is no such integration.")
    with read_ahead(
        accounts.company_read(tenant_id),
        owner,
        images.listed_read(integration_id),
        repository.agreement_read(integration_id),
        sales.subscription_read(tenant_id, integration_id),
        sales.price_read(integration_id),
    ):
        return _offer(ctx, integration_id)


def _offer(ctx: Context, integration_id: str) -> Offer:
    company = accounts.get_company(ctx.caller.tenant_id)
    integration, owner = integrations.get_owned(integration_id)
    _check_sold(integration, company)
    latest = repository.find_latest_agreement(integration_id)
    standing = sales.find_subscription(company.tenant_id, integration_id)
    price = sales.price_of(ctx, integration)
    trial_days = price.trial_days if standing is None else 0
    return Offer(
        integration,
        price,
        offered_agreement(integration, latest, ctx.now),
        company.kind is CompanyKind.SANDBOX,
        standing if standing is not None and standing.is_live(ctx.now) else None,
        trial_days,
        local_day(ctx.now) + timedelta(days=trial_days),
        owner.name,
        images.listed_logo_url(integration),
    )


def buy_licence(ctx: Context, command: LicenceBuy) -> Subscription:
    """The subscription, the approval of the agreement and the seats, or none of them. The buyer gets the first seat.

    Sent twice it buys once. Raises TermsChangedError when price or agreement are no longer those that were shown,
    AgreementNotApprovedError, SeatsInUseError, RejectedError, and what `get_offer` raises.
    """
    for _ in range(_TRIES):
        offer = get_offer(ctx, command.integration_id)
        _check_terms(offer, command)
        try:
            return _buy(ctx, offer, command.seats)
        except store.RefusedError:
            continue  # somebody else of the company was faster: look again
    raise UnavailableError


def change_licence_seats(ctx: Context, integration_id: str, seats: int) -> Subscription:
    """`seats` licences in all: more at once, fewer from the next period.

    Raises SubscriptionNotFoundError, SeatsInUseError.
    """
    tenant_id = ctx.caller.tenant_id

    def change(tx: store.Transaction) -> Subscription:
        after = sales.add_seats(tx, ctx, tenant_id, integration_id, seats)
        _put_seats(tx, ctx, after)
        return after

    return _repeated(change)


def cancel_licence(ctx: Context, integration_id: str) -> Subscription:
    """The right ends with the period that is running. Cancelling again changes nothing.

    Raises SubscriptionNotFoundError.
    """
    return sales.cancel(ctx, ctx.caller.tenant_id, integration_id)


def get_licence(ctx: Context, integration_id: str) -> Subscription:
    """What the caller's company has bought, as it is today, while it lasts. Raises SubscriptionNotFoundError."""
    found = sales.find_subscription(ctx.caller.tenant_id, integration_id)
    if found is None or not found.is_live(ctx.now):
        raise SubscriptionNotFoundError("Your company has no licence for this integration.")
    return advanced(found, local_day(ctx.now))  # the row moves on with the next change or close


def _check_sold(integration: Integration, company: Company) -> None:
    if integration.status is IntegrationStatus.SUSPENDED:
        raise ConflictError("The platform has suspended this integration. It cannot be bought now.")
    if not is_sold(integration, company):
        if integration.status is IntegrationStatus.DRAFT:
            raise NotFoundError("There is no such integration.")
        raise SoldElsewhereError("It needs no purchase here: activate it, or buy it on the developer's own website.")


def _check_terms(offer: Offer, command: LicenceBuy) -> None:
    shown = (command.price_version, command.agreement_version)
    if shown != (offer.price_version, offer.agreement_version):
        raise TermsChangedError("Look at the price and the agreement again, then confirm.")
    if offer.agreement is not None and not command.is_agreed:
        raise AgreementNotApprovedError.field("/is_agreed", "Approve the user agreement to buy.")


def _buy(ctx: Context, offer: Offer, seats: int) -> Subscription:
    caller = ctx.caller
    with store.transaction() as tx:
        bought = sales.subscribe(
            tx,
            ctx,
            Purchase(
                tenant_id=caller.tenant_id, integration=offer.integration, seats=seats, account_id=caller.account_id,
                agreement_version=offer.agreement_version, is_test=offer.is_test,
            ),
        )  # fmt: skip
        if bought == offer.standing:
            return bought  # sent twice: nothing is written
        if offer.agreement is not None:
            repository.put_agreement(tx, offer.agreement)
        repository.add_approval(tx, _new_approval(ctx, offer, bought))
        _put_seats(tx, ctx, bought)
    return bought


def _put_seats(tx: store.Transaction, ctx: Context, bought: Subscription) -> None:
    """Part "seats", for licences per user: as many as now or in the next period, whichever are fewer."""
    if bought.licence_model is not LicenceModel.PER_USER:
        return
    standing = repository.find_seats(bought.tenant_id, bought.integration_id)
    fresh = Seats(
        tenant_id=bought.tenant_id, integration_id=bought.integration_id, subscription_id=bought.subscription_id,
        bought=min(bought.seats, bought.next_seats), holders=frozenset({ctx.caller.account_id}),
    )  # fmt: skip
    repository.put_seats(tx, seats_after(standing, fresh), standing)


def _new_approval(ctx: Context, offer: Offer, bought: Subscription) -> Approval:
    return Approval(
        approval_id=ctx.new_id("apr"),
        tenant_id=bought.tenant_id,
        integration_id=bought.integration_id,
        subscription_id=bought.subscription_id,
        account_id=ctx.caller.account_id,
        person=ctx.caller.person,
        agreement_version=offer.agreement_version,
        agreement_url=offer.agreement_url,
        price_version=bought.price_version,
        unit_minor=bought.unit_minor,
        currency=bought.currency,
        seats=bought.next_seats,
        approved_at=ctx.now,
    )


def _repeated(change: Callable[[store.Transaction], Subscription]) -> Subscription:
    for _ in range(_TRIES):
        try:
            with store.transaction() as tx:
                changed = change(tx)
        except store.RefusedError:
            continue
        return changed
    raise UnavailableError
