"""What follows from events: new prices, integrations that are suspended or gone, a close that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from time import perf_counter

from chalicelib.accounts import service as accounts
from chalicelib.config import load_data, settings
from chalicelib.integrations import service as integrations
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.outbox import Event, new_event, publish
from chalicelib.kit.pagination import MAX_LIMIT, PageQuery
from chalicelib.sales import domain, repository
from chalicelib.sales.domain import (
    MonthNotOverError,
    PriceVersion,
    SoldElsewhereError,
    Subscription,
    SubscriptionNotFoundError,
    local_day,
    parse_month,
)
from chalicelib.sales.service.closing import close_month
from chalicelib.sales.service.subscribing import end, price_of, written_money

__all__ = ["CLOSE_SECONDS", "follow"]

CLOSE_SECONDS = 240  # the function has five minutes


def follow(ctx: Context, event: Event) -> None:
    """One event; doing it again changes nothing."""
    _REACTIONS.get(event.event_type, _ignore)(ctx, event)


def _ignore(_: Context, __: Event) -> None:
    return


def _announce_price(ctx: Context, event: Event) -> None:
    """Old customers keep their price until a period begins after the notice; a price taken back is no change."""
    try:
        integration = integrations.get_public(event.subject)
        price = price_of(ctx, integration)
    except (NotFoundError, SoldElsewhereError):
        return
    if integration.is_stopped:
        _end_all(ctx, integration.tenant_id, integration.integration_id, "The integration was suspended.")
        return
    for subscription in _live(ctx, integration.tenant_id, integration.integration_id):
        _schedule(ctx, subscription, price)


def _schedule(ctx: Context, before: Subscription, price: PriceVersion) -> None:
    if before.currency != price.currency or before.licence_model is not price.licence_model:
        return  # another kind of offer: whoever has the old one keeps it
    planned = before.unit_minor if before.next_unit_minor is None else before.next_unit_minor
    if planned == price.unit_minor:
        return
    current = domain.advanced(before, local_day(ctx.now))
    from_day = local_day(ctx.now) + timedelta(days=load_data("platform")["price_notice_days"])
    is_same = current.unit_minor == price.unit_minor
    after = replace(
        current,
        next_price_version=None if is_same else price.version,
        next_unit_minor=None if is_same else price.unit_minor,
        next_price_from=None if is_same else from_day,
        version=before.version + 1,
        operation_id=ctx.operation_id,
    )
    with store.transaction() as tx:  # refused by a change in between: the message comes again
        repository.put_price(tx, price)
        repository.put(tx, after, before)
        _tell_customer(tx, ctx, after, price)


def _tell_customer(tx: store.Transaction, ctx: Context, subscription: Subscription, price: PriceVersion) -> None:
    with suppress(NotFoundError):
        account = accounts.get_account(subscription.account_id)
        start = subscription.next_period_start
        while subscription.next_price_from is not None and start < subscription.next_price_from:
            start = domain.next_start(start, subscription.anchor_day)
        accounts.request_mail(
            tx,
            ctx,
            to=account.email,
            template="price_change",
            lang=account.lang,
            name=account.name,
            company=accounts.name_in_mail(subscription.company_name, subscription.tenant_id, account.lang),
            integration=subscription.integration_name,
            before=written_money(subscription.unit_minor, subscription.currency),
            after=written_money(price.unit_minor, price.currency),
            day=start.isoformat(),
            link=f"{settings().origin}/my-integrations",
        )


def _end_removed(ctx: Context, event: Event) -> None:
    owner = event.data.get("owner_tenant_id", "")
    _end_all(ctx, owner, event.subject, "The integration was removed by its developer.")


def _end_all(ctx: Context, owner_tenant_id: str, integration_id: str, reason: str) -> None:
    for subscription in _live(ctx, owner_tenant_id, integration_id):
        with suppress(SubscriptionNotFoundError):
            end(ctx, subscription.tenant_id, subscription.integration_id, reason)


def _hand_over(ctx: Context, event: Event) -> None:
    """What is billed from now on is the new owner's, with what no close has invoiced; the ledger stays."""
    before, after = event.data.get("from_tenant_id", ""), event.data.get("owner_tenant_id", "")
    for subscription in _live(ctx, before, event.subject):
        if subscription.owner_tenant_id != before:
            continue  # moved already: the index only proposes
        moved = replace(
            subscription, owner_tenant_id=after, version=subscription.version + 1, operation_id=ctx.operation_id
        )
        with store.transaction() as tx:  # refused by a change in between: the message comes again
            repository.put(tx, moved, subscription)


def _close(ctx: Context, event: Event) -> None:
    """The operator asked for it. What one invocation does not finish, it asks for again."""
    started = perf_counter()
    month = parse_month(event.data["month"])
    when = replace(ctx, now=max(ctx.now, event.occurred_at))
    try:
        book = close_month(when, month, lambda: perf_counter() - started < CLOSE_SECONDS)
    except MonthNotOverError:
        return  # closed meanwhile, and the next one is not over
    if not book.is_closed and book.lease_by == ctx.operation_id:
        with store.transaction() as tx:
            publish(tx, new_event(when, "sales.close_requested", str(month), month=str(month)))


_REACTIONS: dict[str, Callable[[Context, Event], None]] = {
    "publication.listed": _announce_price,
    "integration.deleted": _end_removed,
    "integration.transferred": _hand_over,
    "sales.close_requested": _close,
}


def _live(ctx: Context, owner_tenant_id: str, integration_id: str) -> Iterator[Subscription]:
    """An integration's subscriptions, read anew one by one: the index only proposes."""
    cursor = None
    while owner_tenant_id:
        page = repository.list_by_owner(ctx, owner_tenant_id, integration_id, PageQuery(limit=MAX_LIMIT, cursor=cursor))
        for proposed in page.items:
            found = repository.find(proposed.tenant_id, proposed.integration_id)
            if found is not None and found.is_live(ctx.now):
                yield found
        cursor = page.next_cursor
        if cursor is None:
            return
