"""Buying, changing and ending subscriptions: parts of the caller's transaction, or whole changes with their repeats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import CompanyKind, is_sandbox
from chalicelib.config import settings
from chalicelib.integrations.domain import Integration
from chalicelib.kit import store
from chalicelib.kit.ahead import Wanted
from chalicelib.kit.context import Context
from chalicelib.kit.errors import UnavailableError
from chalicelib.kit.outbox import new_event, publish
from chalicelib.kit.pagination import Page, PageQuery
from chalicelib.sales import domain, repository
from chalicelib.sales.domain import Order, OrderKind, PriceVersion, Purchase, Subscription, SubscriptionNotFoundError

__all__ = [
    "add_cancellation",
    "add_end",
    "add_seats",
    "buy",
    "cancel",
    "change_seats",
    "end",
    "find_subscription",
    "forget_purchases",
    "list_for_customer",
    "price_of",
    "price_read",
    "subscribe",
    "subscription_read",
    "written_money",
]

_MINOR_PER_MAJOR = 100
_CONFIRMED = {"subscription.started": "purchase", "subscription.cancelled": "purchase_cancelled"}
_TRIES = 3  # two people of a company changing the same subscription in one second; a third is told to repeat


def price_of(ctx: Context, integration: Integration) -> PriceVersion:
    """What a new customer pays now: one read. Raises SoldElsewhereError (409) when the platform does not sell it."""
    return domain.offered_price(integration, repository.find_latest_price(integration.integration_id), ctx.now)


def find_subscription(tenant_id: str, integration_id: str) -> Subscription | None:
    """The row whatever its state: ask `is_live(ctx.now)`. Strongly consistent, one call."""
    return repository.find(tenant_id, integration_id)


def subscription_read(tenant_id: str, integration_id: str) -> Wanted | None:
    """For `kit.reads`: what `find_subscription` will ask for."""
    return repository.subscription_read(tenant_id, integration_id)


def price_read(integration_id: str) -> Wanted | None:
    """For `kit.reads`: what `price_of` will ask for."""
    return repository.price_read(integration_id)


def list_for_customer(ctx: Context, tenant_id: str, query: PageQuery) -> Page[Subscription]:
    """What a company bought, as it is today, ended subscriptions included: one Query."""
    today = domain.local_day(ctx.now)
    return repository.list_by_tenant(ctx, tenant_id, query).map(lambda found: domain.advanced(found, today))


def subscribe(tx: store.Transaction, ctx: Context, purchase: Purchase) -> Subscription:
    """Add the subscription, its order and the event `subscription.started` to the caller's transaction.

    A company that has the right already gets what it lacks (more seats, a cancellation taken back), or, for a purchase
    sent twice, nothing: then no part is added. The commit raises RefusedError with part "subscription" or "price" when
    somebody was faster: repeat with a new transaction (`buy` does). Companies of kind sandbox always buy for test.
    Raises SoldElsewhereError, RejectedError (seats), NotFoundError (no such company). Three reads.
    """
    integration = purchase.integration
    standing = repository.find(purchase.tenant_id, integration.integration_id)
    if standing is not None and standing.is_live(ctx.now):
        after = domain.bought_again(standing, purchase, ctx.now, ctx.operation_id)
        _add_change(tx, ctx, standing, after, "subscription.changed")
        return after
    price = price_of(ctx, integration)
    company = accounts.get_company(purchase.tenant_id)
    begun = domain.new_subscription(
        replace(purchase, is_test=purchase.is_test or company.kind is CompanyKind.SANDBOX),
        price,
        standing,
        subscription_id=ctx.new_id("sub"),
        company=(company.number, company.name),
        now=ctx.now,
        operation_id=ctx.operation_id,
    )
    repository.put_price(tx, price)
    repository.put(tx, begun, standing)
    _tell(tx, ctx, "subscription.started", begun)
    _add_order(tx, ctx, begun, OrderKind.PURCHASE, begun.seats)
    return begun


def buy(ctx: Context, purchase: Purchase) -> Subscription:
    """`subscribe` in a transaction of its own."""
    for _ in range(_TRIES):
        try:
            with store.transaction() as tx:
                bought = subscribe(tx, ctx, purchase)
        except store.RefusedError:
            continue
        return bought
    raise UnavailableError


def add_seats(tx: store.Transaction, ctx: Context, tenant_id: str, integration_id: str, seats: int) -> Subscription:
    """Add "from now on `seats` licences in all" to the caller's transaction.

    More count at once, fewer from the next period. Raises SubscriptionNotFoundError, RejectedError.
    """
    before = _live(ctx, tenant_id, integration_id)
    if before.next_seats == seats:
        domain.check_seats(before.licence_model, seats)
        return before
    after = domain.with_seats(before, seats, ctx.now, ctx.operation_id)
    _add_change(tx, ctx, before, after, "subscription.changed")
    return after


def add_cancellation(tx: store.Transaction, ctx: Context, tenant_id: str, integration_id: str) -> Subscription:
    """Add a cancellation to the caller's transaction: the right ends on `ends_on`, with the period that is running.

    Cancelling what is cancelled adds nothing. Raises SubscriptionNotFoundError when there is no live subscription.
    """
    before = _live(ctx, tenant_id, integration_id)
    after = domain.cancelled(before, ctx.now, ctx.operation_id)
    _add_change(tx, ctx, before, after, "subscription.cancelled")
    return after


def add_end(tx: store.Transaction, ctx: Context, tenant_id: str, integration_id: str, reason: str) -> Subscription:
    """Add an end at once to the caller's transaction; unused days are given back, with the reason on the invoice.

    For suspensions and other ends that are not the customer's wish. Raises SubscriptionNotFoundError.
    """
    before = _live(ctx, tenant_id, integration_id)
    after = domain.ended_now(before, ctx.now, ctx.operation_id, reason)
    _add_change(tx, ctx, before, after, "subscription.ended")
    return after


def change_seats(ctx: Context, tenant_id: str, integration_id: str, seats: int) -> Subscription:
    """`add_seats` in a transaction of its own."""
    return _repeated(lambda tx: add_seats(tx, ctx, tenant_id, integration_id, seats))


def cancel(ctx: Context, tenant_id: str, integration_id: str) -> Subscription:
    """`add_cancellation` in a transaction of its own."""
    return _repeated(lambda tx: add_cancellation(tx, ctx, tenant_id, integration_id))


def end(ctx: Context, tenant_id: str, integration_id: str, reason: str) -> Subscription:
    """`add_end` in a transaction of its own."""
    return _repeated(lambda tx: add_end(tx, ctx, tenant_id, integration_id, reason))


def _repeated(change: Callable[[store.Transaction], Subscription]) -> Subscription:
    for _ in range(_TRIES):
        try:
            with store.transaction() as tx:
                changed = change(tx)
        except store.RefusedError:
            continue
        return changed
    raise UnavailableError


def _live(ctx: Context, tenant_id: str, integration_id: str) -> Subscription:
    found = repository.find(tenant_id, integration_id)
    if found is None or not found.is_live(ctx.now):
        raise SubscriptionNotFoundError("Your company has no subscription to this integration.")
    return found


def _add_change(
    tx: store.Transaction, ctx: Context, before: Subscription, after: Subscription, event_type: str
) -> None:
    if after == before:
        return
    repository.put(tx, after, before)
    _tell(tx, ctx, event_type, after)
    if event_type != "subscription.changed":
        _add_order(tx, ctx, after, OrderKind.TERMINATION, after.seats)
        return
    added = after.next_seats - before.next_seats
    if before.is_cancelled and not after.is_cancelled:
        _add_order(tx, ctx, after, OrderKind.PURCHASE, after.next_seats)
    elif added:
        _add_order(tx, ctx, after, OrderKind.SEATS_ADDED if added > 0 else OrderKind.SEATS_REMOVED, abs(added))


def forget_purchases(tenant_id: str) -> None:
    """When a test company ends; no other company is ever forgotten."""
    if is_sandbox(tenant_id):
        repository.forget_subscriptions(tenant_id)


def _add_order(tx: store.Transaction, ctx: Context, subscription: Subscription, kind: OrderKind, licences: int) -> None:
    if subscription.is_test:
        return  # nothing was sold
    order = Order(
        order_id=ctx.new_id("ord"),
        kind=kind,
        integration_id=subscription.integration_id,
        owner_tenant_id=subscription.owner_tenant_id,
        tenant_id=subscription.tenant_id,
        tenant_number=subscription.tenant_number,
        subscription_id=subscription.subscription_id,
        account_id=ctx.actor.account_id if ctx.actor else "",
        licences=licences,
        occurred_at=ctx.now,
    )
    repository.add_order(tx, order)


def _tell(tx: store.Transaction, ctx: Context, event_type: str, subscription: Subscription) -> None:
    event = new_event(
        ctx,
        event_type,
        subscription.subscription_id,
        subscription_id=subscription.subscription_id,
        integration_id=subscription.integration_id,
        owner_tenant_id=subscription.owner_tenant_id,
        client_id=subscription.client_id,
        tenant_id=subscription.tenant_id,
        tenant_number=subscription.tenant_number,
        seats=subscription.next_seats,
        ends_on=subscription.ends_on.isoformat() if subscription.ends_on else None,
        is_test=subscription.is_test,
    )
    publish(tx, event)
    _confirm(tx, ctx, event_type, subscription)


def written_money(amount_minor: int, currency: str) -> str:
    """As a mail says it, in every language: `149.00 SEK`."""
    return f"{Decimal(amount_minor) / _MINOR_PER_MAJOR:.2f} {currency}"


def _confirm(tx: store.Transaction, ctx: Context, event_type: str, subscription: Subscription) -> None:
    """Who buys or cancels has it in writing; a test sells nothing, and what no person did is told in other mails."""
    template, actor = _CONFIRMED.get(event_type), ctx.actor
    if template is None or subscription.is_test or actor is None or not actor.email:
        return
    accounts.request_mail(
        tx,
        ctx,
        to=actor.email,
        template=template,
        lang=ctx.lang,
        name=actor.person,
        company=subscription.company_name,
        integration=subscription.integration_name,
        price=written_money(subscription.unit_minor, subscription.currency),
        seats=subscription.next_seats,
        day=subscription.next_period_start.isoformat(),
        free="yes" if subscription.is_in_trial(ctx.now) else "",
        link=f"{settings().origin}/my-integrations/{subscription.integration_id}/licence",
    )
