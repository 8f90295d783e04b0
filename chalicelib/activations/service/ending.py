"""Switching off: by the customer, by the developer for one customer, and by us when what it rests on is gone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial

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
from chalicelib.kit.errors import ForbiddenError, RejectedError, UnavailableError
from chalicelib.sales import service as sales
from chalicelib.sales.domain import SubscriptionNotFoundError

__all__ = ["end_activation", "end_by_platform", "end_customer", "put_own", "remove_all"]

_TRIES = 3  # two people ending or consenting in the same second; a third is told to repeat
_TOLD_MAX = 20  # administrators of one company who get the mail: a transaction holds a hundred parts
_NUMBER_DIGITS = 15


def end_activation(
    ctx: Context, integration_id: str, *, cancels_licence: bool = False, confirm: str | None = None
) -> None:
    """The caller's company no longer uses it; its tokens die in the same transaction. Repeating it changes nothing.

    `cancels_licence`: what was bought for it is cancelled in the same transaction, if anything was.
    Raises ActivationNotFoundError, ForbiddenError (neither administrator nor the person who consented; a licence is
    for administrators to cancel).
    """
    if cancels_licence and "administrator" not in ctx.caller.roles:
        raise ForbiddenError("A system administrator of your company can cancel the licence.")
    for _ in range(_TRIES):
        activation = repository.find(ctx.caller.tenant_id, integration_id)
        if activation is None:
            raise ActivationNotFoundError("Your company has not activated this integration.")
        if not can_end(activation, ctx.caller.account_id, ctx.caller.roles):
            raise ForbiddenError("A system administrator of your company can disconnect this integration.")
        _check_name(confirm, activation.integration_name)
        if activation.is_active:
            also = partial(_add_cancellation, ctx, activation) if cancels_licence else None
            if _end(ctx, activation, EndCause.CUSTOMER, also):
                return
            continue
        if cancels_licence:
            _cancel_licence(ctx, activation)
        return
    raise UnavailableError


def end_customer(ctx: Context, integration_id: str, tenant_number: str, confirm: str | None = None) -> None:
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
        _check_name(confirm, activation.company_name)
        tells = partial(_tell_administrators, ctx, activation, integration)
        if not activation.is_active or _end(ctx, activation, EndCause.DEVELOPER, tells):
            return
    raise UnavailableError


def _check_name(confirm: str | None, name: str) -> None:
    """`confirm` is what a person typed on the page that asks for the name; a program is not asked."""
    if confirm is not None and confirm.strip() != name.strip():
        raise RejectedError.field("/confirm", "This is not the name.")


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
    also: Callable[[store.Transaction], None] | None = None,
    close_families: CloseFamilies | None = None,
    *,
    tells: bool = True,
) -> bool:
    """One transaction, to which `also` adds its parts, or False when a row was changed under it."""
    close = close_families or Ports.close_families
    after = ended(activation, ctx.now, ctx.operation_id, cause)
    try:
        with store.transaction() as tx:
            repository.put(tx, after, activation)
            if tells:
                tell(tx, ctx, "activation.ended", after, cause=str(cause))
            if close is not None:
                close(tx, ctx, activation)
            if also is not None:
                also(tx)
    except store.RefusedError:
        return False  # somebody changed it, or a code was exchanged for a new family, since it was read
    return True


def _add_cancellation(ctx: Context, activation: Activation, tx: store.Transaction) -> None:
    with suppress(SubscriptionNotFoundError):  # nothing was bought, or it has ended
        sales.add_cancellation(tx, ctx, activation.tenant_id, activation.integration_id)


def _cancel_licence(ctx: Context, activation: Activation) -> None:
    """It was disconnected before, and the licence stayed."""
    with suppress(SubscriptionNotFoundError):
        sales.cancel(ctx, activation.tenant_id, activation.integration_id)


def _tell_administrators(ctx: Context, activation: Activation, integration: Integration, tx: store.Transaction) -> None:
    people = accounts.list_people(activation.tenant_id)
    administrators = [account for account, member in people if member.is_administrator]
    for account in administrators[:_TOLD_MAX]:
        accounts.request_mail(
            tx, ctx, to=account.email, template="activation_ended", lang=account.lang, integration=integration.name,
            developer=ctx.caller.company, contact=integration.contact_email,
            company=accounts.name_in_mail(activation.company_name, activation.tenant_id, account.lang),
            link=f"{settings().origin}/my-integrations",
        )  # fmt: skip
