"""Money given back by the operator: a charge below zero, with a reason, on the customer's next invoice."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from chalicelib.accounts import service as accounts
from chalicelib.integrations import service as integrations
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import RejectedError, UnavailableError
from chalicelib.kit.i18n import mark
from chalicelib.sales import domain, repository
from chalicelib.sales.domain import Order, OrderKind, Subscription, SubscriptionNotFoundError
from chalicelib.sales.schemas import CreditCreate, CreditForm
from chalicelib.sales.service.delivering import Ports

__all__ = ["give_credit", "give_credit_by_form"]

_TRIES = 3
_AMOUNT = re.compile(r"[0-9]{1,6}([.,][0-9]{1,2})?")


def give_credit(ctx: Context, command: CreditCreate) -> Subscription:
    """Also for subscriptions that have ended. What was invoiced is never changed: the credit is a line of its own.

    Raises SubscriptionNotFoundError, TooManyCreditsError. Under an Idempotency-Key a repeat gives once.
    """
    credit_id = ctx.new_id("crd")
    for _ in range(_TRIES):
        before = repository.find(command.tenant_id, command.integration_id)
        if before is None:
            raise SubscriptionNotFoundError("That company never had a subscription to this integration.")
        after = domain.credited(before, command.amount_minor, command.reason, ctx.now, credit_id)
        after = replace(after, version=before.version + 1, operation_id=ctx.operation_id)
        try:
            with store.transaction() as tx:
                repository.put(tx, after, before)
                repository.add_credit(tx, _record(ctx, after, credit_id))
                if Ports.add_audit is not None:
                    said = f"{command.amount_minor} {before.currency}: {command.reason}"
                    Ports.add_audit(tx, ctx, before.tenant_id, "sale.credited", said, before.integration_id)
        except store.RefusedError as refused:
            if "credit" in refused.parts:
                return before  # given before, by this very request
            continue
        return after
    raise UnavailableError


def _record(ctx: Context, subscription: Subscription, credit_id: str) -> Order:
    return Order(
        order_id=credit_id,
        kind=OrderKind.CREDIT,
        integration_id=subscription.integration_id,
        owner_tenant_id=subscription.owner_tenant_id,
        tenant_id=subscription.tenant_id,
        tenant_number=subscription.tenant_number,
        subscription_id=subscription.subscription_id,
        account_id=ctx.caller.account_id if ctx.actor else "",
        licences=0,
        occurred_at=ctx.now,
    )


def give_credit_by_form(ctx: Context, form: CreditForm) -> Subscription:
    """The same with what people have at hand: customer number, client id, an amount as it is written.

    Sent twice, the form gives once: its own id names the credit. Raises RejectedError beside what `give_credit` raises.
    """
    number = form.customer.replace(" ", "")
    company = accounts.find_company_by_number(int(number)) if number.isascii() and number.isdecimal() else None
    if company is None:
        raise RejectedError.field("/customer", mark("There is no customer with this number."))
    integration = integrations.find_by_client_id(form.integration.strip())
    if integration is None:
        raise RejectedError.field("/integration", mark("There is no integration with this client id."))
    amount = form.amount.replace(" ", "").replace("\u00a0", "")
    if not _AMOUNT.fullmatch(amount) or (minor := int(Decimal(amount.replace(",", ".")).scaleb(2))) == 0:
        raise RejectedError.field("/amount", mark("Write an amount such as 120 or 99.50."))
    command = CreditCreate(
        tenant_id=company.tenant_id, integration_id=integration.integration_id, amount_minor=minor, reason=form.reason
    )
    return give_credit(ctx.with_operation(f"{ctx.caller.account_id}/{form.once}"), command)
