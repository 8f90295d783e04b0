"""Who may call a test company: the integrations that hold tokens in it, when they used them, and taking them away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.accounts import service as accounts
from chalicelib.activations import service as activations
from chalicelib.activations.domain import Activation, ConsentKind
from chalicelib.kit.context import Actor, Context
from chalicelib.kit.pagination import PageQuery
from chalicelib.oauth import service as oauth
from chalicelib.oauth.domain import TokenFamily
from chalicelib.sales import service as sales
from chalicelib.sales.domain import Subscription
from chalicelib.sandboxes import service
from chalicelib.sandboxes.domain import Sandbox, sample_id_of

_CUSTOMER = frozenset({"member", "user", "administrator"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One way into the test company.

    `connection_id` names the tokens of a person; client credentials have none: who knows the secret gets an access
    token whenever it likes. `last_used_at` is of the integration, whichever way it came.
    """

    integration_id: str
    integration_name: str
    client_id: str
    kind: ConsentKind
    scopes: frozenset[str]
    connection_id: str | None
    since: datetime
    refreshed_at: datetime | None
    last_used_at: datetime | None
    is_own: bool
    is_sample: bool


def list_holders(ctx: Context, sandbox_id: str) -> Sequence[Holder]:
    """Newest last: a call for its activations, two for their tokens, two for the uses of each."""
    sandbox = service.get_sandbox(ctx, sandbox_id)
    active = [one for one in activations.list_of_company(sandbox.company_tenant_id) if one.is_active]
    families = oauth.list_live_families([one.activation_id for one in active], ctx.now)
    found = [holder for one in active for holder in _holders(ctx, sandbox, one, families)]
    return sorted(found, key=lambda holder: holder.since)


def list_purchases(ctx: Context, sandbox: Sandbox) -> Sequence[Subscription]:
    """What was bought in it for test: one call."""
    return sales.list_for_customer(ctx, sandbox.company_tenant_id, PageQuery()).items


def disconnect(ctx: Context, sandbox_id: str, integration_id: str) -> None:
    """What its customer would do: the activation ends, and all its tokens with it. Raises ActivationNotFoundError.

    Raises SandboxNotReadyError, DeveloperLicenceRequiredError. Repeating it changes nothing.
    """
    accounts.require_developer_licence(ctx)
    sandbox = service.get_ready(ctx, sandbox_id)
    customer = Actor(
        account_id=ctx.caller.account_id, tenant_id=sandbox.company_tenant_id, roles=_CUSTOMER,
        email=ctx.caller.email, person=ctx.caller.person, company=sandbox.name,
    )  # fmt: skip
    activations.end_activation(replace(ctx, actor=customer), integration_id)


def _holders(
    ctx: Context, sandbox: Sandbox, activation: Activation, families: Sequence[TokenFamily]
) -> Iterator[Holder]:
    used = activations.last_used(activation, ctx.now)

    def holder(kind: ConsentKind, scopes: frozenset[str], since: datetime, family: TokenFamily | None) -> Holder:
        return Holder(
            integration_id=activation.integration_id, integration_name=activation.integration_name,
            client_id=activation.client_id, kind=kind, scopes=scopes, since=since, last_used_at=used,
            connection_id=family.family_id if family else None, refreshed_at=family.rotated_at if family else None,
            is_own=activation.owner_tenant_id == sandbox.tenant_id,
            is_sample=activation.integration_id == sample_id_of(sandbox),
        )  # fmt: skip

    if activation.service_scopes is not None:
        yield holder(ConsentKind.SERVICE, activation.service_scopes, activation.activated_at, None)
    for family in families:
        if family.activation_id == activation.activation_id:
            yield holder(family.kind, family.scopes & activation.scopes, family.issued_at, family)
