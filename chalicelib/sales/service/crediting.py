"""Money given back by the operator: a charge below zero, with a reason, on the customer's next invoice."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import UnavailableError
from chalicelib.sales import domain, repository
from chalicelib.sales.domain import Subscription, SubscriptionNotFoundError
from chalicelib.sales.schemas import CreditCreate
from chalicelib.sales.service.delivering import Ports

__all__ = ["give_credit"]

_TRIES = 3


def give_credit(ctx: Context, command: CreditCreate) -> Subscription:
    """Also for subscriptions that have ended. What was invoiced is never changed: the credit is a line of its own.

    Raises SubscriptionNotFoundError, TooManyCreditsError. Under an Idempotency-Key a repeat gives once.
    """
    for _ in range(_TRIES):
        before = repository.find(command.tenant_id, command.integration_id)
        if before is None:
            raise SubscriptionNotFoundError("That company never had a subscription to this integration.")
        after = domain.credited(before, command.amount_minor, command.reason, ctx.now, ctx.new_id("crd"))
        after = replace(after, version=before.version + 1, operation_id=ctx.operation_id)
        try:
            with store.transaction() as tx:
                repository.put(tx, after, before)
                if Ports.add_audit is not None:
                    Ports.add_audit(
                        tx, ctx, before.tenant_id, "sale.credited",
                        f"{command.amount_minor} {before.currency}: {command.reason}", before.integration_id,
                    )  # fmt: skip
        except store.RefusedError as refused:
            standing = refused.parts.get("subscription")
            if standing is not None and standing.operation_id == ctx.operation_id:
                return after
            continue
        return after
    raise UnavailableError
