"""Switching an integration on for a company."""

from __future__ import annotations

from chalicelib.activations import repository
from chalicelib.activations.domain import Activation, Consent, event_of, new_activation
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.outbox import new_event, publish

__all__ = ["activate", "find_activation", "tell"]


def find_activation(tenant_id: str, integration_id: str) -> Activation | None:
    """The row whatever its status: ask `is_active`. Strongly consistent, one call."""
    return repository.find(tenant_id, integration_id)


def activate(tx: store.Transaction, ctx: Context, consent: Consent, standing: Activation | None) -> Activation:
    """Add the activation, the consent and the event to the caller's transaction.

    `standing` is the row the caller read. The commit raises RefusedError with part "activation" when somebody changed
    it meanwhile: read it again and repeat with a new transaction.
    """
    activation = new_activation(consent, standing, ctx.new_id("act"))
    repository.put(tx, activation, standing)
    repository.add_consent(tx, consent, activation)
    tell(tx, ctx, event_of(activation, standing), activation)
    return activation


def tell(tx: store.Transaction, ctx: Context, event_type: str, activation: Activation, **more: str) -> None:
    event = new_event(
        ctx,
        event_type,
        activation.activation_id,
        activation_id=activation.activation_id,
        integration_id=activation.integration_id,
        owner_tenant_id=activation.owner_tenant_id,
        client_id=activation.client_id,
        tenant_id=activation.tenant_id,
        tenant_number=activation.tenant_number,
        country_code=activation.country_code,
        scopes=sorted(activation.scopes),
        kind=str(activation.kind),
        **more,
    )
    publish(tx, event)
