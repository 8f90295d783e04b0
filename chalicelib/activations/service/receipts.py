"""The access receipt for the customer, and removing scopes that an integration does not use."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from chalicelib.activations import repository
from chalicelib.activations.domain import (
    Activation,
    ActivationNotFoundError,
    Consent,
    Receipt,
    can_end,
    narrowed,
    new_receipt,
)
from chalicelib.activations.service.activations import tell
from chalicelib.activations.service.ports import Ports
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import ForbiddenError, UnavailableError

__all__ = ["get_receipt", "last_used", "remove_scopes"]

_TRIES = 3


def get_receipt(ctx: Context, integration_id: str) -> Receipt:
    """What it may do and did in the last thirty days: three calls in two steps. Raises ActivationNotFoundError."""
    activation = _get(ctx, integration_id)
    uses = Ports.find_uses(activation.tenant_id, activation.client_id, ctx.now) if Ports.find_uses is not None else {}
    return new_receipt(activation, uses)


def last_used(activation: Activation, now: datetime) -> datetime | None:
    """The last call of the company API within the days of a receipt, with any scope: two calls."""
    uses = Ports.find_uses(activation.tenant_id, activation.client_id, now) if Ports.find_uses is not None else {}
    return max((use.last_used_at for use in uses.values() if use.last_used_at is not None), default=None)


def remove_scopes(ctx: Context, integration_id: str, scopes: Collection[str]) -> Activation:
    """The integration may no longer do these; its tokens lose them within seconds. Repeating it changes nothing.

    One transaction: the activation, a consent that says what is left, the event, the token families.
    Raises ActivationNotFoundError, ForbiddenError, LastScopeError, ApprovedJustNowError.
    """
    for _ in range(_TRIES):
        before = _get(ctx, integration_id)
        if not can_end(before, ctx.caller.account_id, ctx.caller.roles):
            raise ForbiddenError("A system administrator of your company can change what this integration may do.")
        after = narrowed(before, frozenset(scopes), ctx.now)
        if after == before or _save(ctx, before, after):
            return after
    raise UnavailableError


def _get(ctx: Context, integration_id: str) -> Activation:
    activation = repository.find(ctx.caller.tenant_id, integration_id)
    if activation is None or not activation.is_active:
        raise ActivationNotFoundError("Your company has not activated this integration.")
    return activation


def _save(ctx: Context, before: Activation, after: Activation) -> bool:
    """One transaction, or False when somebody changed it, or a code was exchanged, since it was read."""
    removed = before.scopes - after.scopes
    try:
        with store.transaction() as tx:
            repository.put(tx, after, before)
            repository.add_consent(tx, _consent(ctx, after), after)
            tell(tx, ctx, "activation.narrowed", after, removed=" ".join(sorted(removed)))
            if Ports.narrow_families is not None:
                Ports.narrow_families(tx, ctx, after, removed)
    except store.RefusedError:
        return False
    return True


def _consent(ctx: Context, after: Activation) -> Consent:
    return Consent(
        consent_id=ctx.new_id("con"), kind=after.kind, scopes=after.scopes, account_id=ctx.caller.account_id,
        tenant_id=after.tenant_id, tenant_number=after.tenant_number, company_name=after.company_name,
        integration_id=after.integration_id, integration_name=after.integration_name,
        integration_version=after.integration_version, registered_scopes=after.scopes,
        owner_tenant_id=after.owner_tenant_id, client_id=after.client_id, redirect_uri=after.redirect_uri,
        price_version=after.price_version, agreement_version=after.agreement_version, consented_at=ctx.now,
    )  # fmt: skip
