"""Switching an integration on for a company, listing what is on, and switching it off together with its tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chalicelib.activations import repository
from chalicelib.activations.domain import (
    Activation,
    ActivationNotFoundError,
    Consent,
    can_end,
    ended,
    event_of,
    new_activation,
)
from chalicelib.integrations import service as integrations
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import ForbiddenError, UnavailableError
from chalicelib.kit.outbox import new_event, publish
from chalicelib.kit.pagination import Page, PageQuery

CloseFamilies = Callable[[store.Transaction, Context, Activation], None]

_TRIES = 3  # two people ending or consenting in the same second; a third is told to repeat


class Ports:
    """What upper rooms hand in: the registry sets `close_families`, the OAuth room's way of closing token families."""

    close_families: CloseFamilies | None = None


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
    _tell(tx, ctx, event_of(activation, standing), activation)
    return activation


def end_activation(ctx: Context, integration_id: str) -> None:
    """The caller's company no longer uses it; its tokens die in the same transaction. Repeating it changes nothing.

    Raises ActivationNotFoundError, ForbiddenError (neither administrator nor the person who consented).
    """
    for _ in range(_TRIES):
        activation = repository.find(ctx.caller.tenant_id, integration_id)
        if activation is None:
            raise ActivationNotFoundError("Your company has not activated this integration.")
        if not can_end(activation, ctx.caller.account_id, ctx.caller.roles):
            raise ForbiddenError("A system administrator of your company can disconnect this integration.")
        if not activation.is_active or _end(ctx, activation, Ports.close_families):
            return
    raise UnavailableError


def end_by_platform(ctx: Context, activation: Activation, close_families: CloseFamilies) -> None:
    """What it rests on is gone (the integration, the company): it ends unasked. Repeating is no error."""
    standing: Activation | None = activation
    for _ in range(_TRIES):
        if standing is None or not standing.is_active or standing.activation_id != activation.activation_id:
            return
        if _end(ctx, standing, close_families):
            return
        standing = repository.find(activation.tenant_id, activation.integration_id)
    raise UnavailableError


def find_start_page(ctx: Context, integration_id: str) -> str:
    """Where "Go to the integration" leads: the start page as the developer has it now, else the nearest thing to it.

    Raises ActivationNotFoundError, NotFoundError when the developer has removed the integration.
    """
    activation = repository.find(ctx.caller.tenant_id, integration_id)
    if activation is None or not activation.is_active:
        raise ActivationNotFoundError("Your company has not activated this integration.")
    integration = integrations.get_public(integration_id)
    return next(
        (url for url in (integration.start_page, integration.website, *integration.redirect_uris) if url),
        activation.redirect_uri,
    )


def list_own(ctx: Context, query: PageQuery) -> Page[Activation]:
    """What the caller's company has activated, ended ones included."""
    return repository.list_by_tenant(ctx, ctx.caller.tenant_id, query)


def list_for_integration(ctx: Context, integration_id: str, query: PageQuery) -> Page[Activation]:
    """Who activated the caller's own integration. Raises NotFoundError for anybody else's."""
    integrations.get_integration(ctx, integration_id)
    return repository.list_by_integration(ctx, integration_id, query)


def list_of_integration(integration_id: str) -> Iterator[Activation]:
    """Every activation of an integration, of whatever company: for consumers of events."""
    return repository.iterate_by_integration(integration_id)


def list_of_company(tenant_id: str) -> Iterator[Activation]:
    """Every activation of a company: for consumers of events."""
    return repository.iterate_by_tenant(tenant_id)


def _end(ctx: Context, activation: Activation, close_families: CloseFamilies | None) -> bool:
    """One transaction, or False when the row was changed under it."""
    after = ended(activation, ctx.now, ctx.operation_id)
    try:
        with store.transaction() as tx:
            repository.put(tx, after, activation)
            _tell(tx, ctx, "activation.ended", after)
            if close_families is not None:
                close_families(tx, ctx, activation)
    except store.RefusedError:
        return False  # somebody changed it, or a code was exchanged for a new family, since it was read
    return True


def _tell(tx: store.Transaction, ctx: Context, event_type: str, activation: Activation) -> None:
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
        scopes=sorted(activation.scopes),
        kind=str(activation.kind),
    )
    publish(tx, event)
