"""Switching off: by the customer, by the developer for one customer, and by us when what it rests on is gone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from chalicelib.accounts import service as accounts
from chalicelib.activations import repository
from chalicelib.activations.domain import (
    Activation,
    ActivationNotFoundError,
    Consent,
    EndCause,
    can_end,
    ended,
    new_activation,
)
from chalicelib.activations.service.activations import tell
from chalicelib.activations.service.ports import CloseFamilies, Ports
from chalicelib.config import settings
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import ForbiddenError, UnavailableError

__all__ = ["end_activation", "end_by_platform", "end_customer", "put_own", "remove_all"]

_TRIES = 3  # two people ending or consenting in the same second; a third is told to repeat
_TOLD_MAX = 20  # administrators of one company who get the mail: a transaction holds a hundred parts
_NUMBER_DIGITS = 15


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
        if not activation.is_active or _end(ctx, activation, EndCause.CUSTOMER):
            return
    raise UnavailableError


def end_customer(ctx: Context, integration_id: str, tenant_number: str) -> None:
    """The developer ends one company's activation of their own integration; its administrators are told by mail.

    Raises NotFoundError for another developer's integration, ActivationNotFoundError, DeveloperLicenceRequiredError.
    """
    accounts.require_developer_licence(ctx)
    integration = integrations.get_integration(ctx, integration_id)
    is_number = tenant_number.isascii() and tenant_number.isdecimal() and len(tenant_number) <= _NUMBER_DIGITS
    company = accounts.find_company_by_number(int(tenant_number)) if is_number else None
    for _ in range(_TRIES):
        activation = repository.find(company.tenant_id, integration_id) if company else None
        if activation is None:
            raise ActivationNotFoundError("No company with this number has activated it.")
        if not activation.is_active or _end(ctx, activation, EndCause.DEVELOPER, integration):
            return
    raise UnavailableError


def end_by_platform(ctx: Context, activation: Activation, close_families: CloseFamilies) -> None:
    """What it rests on is gone (the integration, the company): it ends unasked. Repeating is no error.

    `close_families` is handed in, because consumers of events run without the registry.
    """
    standing: Activation | None = activation
    for _ in range(_TRIES):
        if standing is None or not standing.is_active or standing.activation_id != activation.activation_id:
            return
        if _end(ctx, standing, EndCause.REMOVED, close_families=close_families):
            return
        standing = repository.find(activation.tenant_id, activation.integration_id)
    raise UnavailableError


def put_own(ctx: Context, consent: Consent) -> None:
    """A developer's own sample, activated in their test company: once, and told to nobody, for nobody decided it."""
    if repository.find(consent.tenant_id, consent.integration_id) is not None:
        return
    activation = new_activation(consent, None, ctx.new_id("act"))
    with suppress(store.RefusedError), store.transaction() as tx:  # refused: a repeat was first
        repository.put(tx, activation, None)
        repository.add_consent(tx, consent, activation)


def remove_all(
    ctx: Context, tenant_id: str, close: CloseFamilies, forget: Callable[[str], None], untold: str = ""
) -> None:
    """Everything a test company that ends had activated: ended with its tokens, then forgotten.

    `close` and `forget` are the OAuth room's: the families of an activation, and what is known of one. `untold` is the
    sample of `put_own`. It may be stopped anywhere and called again. Raises UnavailableError when somebody keeps
    changing one meanwhile.
    """
    for found in repository.list_all(tenant_id):
        standing: Activation | None = found
        for _ in range(_TRIES):
            if standing is None or not standing.is_active:
                break
            tells = found.integration_id != untold
            if _end(ctx, standing, EndCause.REMOVED, close_families=close, tells=tells):
                break
            standing = repository.find(tenant_id, found.integration_id)
        else:
            raise UnavailableError(log={"cause": "activation contended"})
        forget(found.activation_id)
        repository.remove(found)


def _end(
    ctx: Context,
    activation: Activation,
    cause: EndCause,
    told_by: Integration | None = None,
    close_families: CloseFamilies | None = None,
    *,
    tells: bool = True,
) -> bool:
    """One transaction, or False when the row was changed under it."""
    close = close_families or Ports.close_families
    after = ended(activation, ctx.now, ctx.operation_id, cause)
    try:
        with store.transaction() as tx:
            repository.put(tx, after, activation)
            if tells:
                tell(tx, ctx, "activation.ended", after, cause=str(cause))
            if told_by is not None:
                _tell_administrators(tx, ctx, activation, told_by)
            if close is not None:
                close(tx, ctx, activation)
    except store.RefusedError:
        return False  # somebody changed it, or a code was exchanged for a new family, since it was read
    return True


def _tell_administrators(tx: store.Transaction, ctx: Context, activation: Activation, integration: Integration) -> None:
    people = accounts.list_people(activation.tenant_id)
    administrators = [account for account, member in people if member.is_administrator]
    for account in administrators[:_TOLD_MAX]:
        accounts.request_mail(
            tx, ctx, to=account.email, template="activation_ended", lang=account.lang, integration=integration.name,
            developer=ctx.caller.company, company=activation.company_name, contact=integration.contact_email,
            link=f"{settings().origin}/my-integrations",
        )  # fmt: skip
