"""Integrations we make for developer companies ourselves: the samples inside sandboxes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from chalicelib.integrations import domain, repository
from chalicelib.integrations.domain import Credentials, Integration, IntegrationStatus, NewSecret
from chalicelib.integrations.service.changing import change, new_secret, told
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import UnavailableError

__all__ = ["put_sample", "remove_sample", "renew_secret"]


def put_sample(ctx: Context, ids: Credentials, tenant_id: str, details: Mapping[str, Any]) -> Integration:
    """An integration we make for a developer company, without a secret yet; once, however often it is asked for."""
    standing = repository.find_own(tenant_id, ids.integration_id)
    if standing is not None:
        return standing
    integration = domain.new_integration(ids, tenant_id=tenant_id, details=details, secret=None, now=ctx.now)
    try:
        repository.add_integration(integration, told(ctx, "created", integration), ctx.operation_id)
    except store.RefusedError:
        standing = repository.find_own(tenant_id, ids.integration_id)
        if standing is None:
            raise UnavailableError(log={"cause": "identities of a sample taken"}) from None
        return standing
    return integration


def renew_secret(ctx: Context, integration_id: str) -> NewSecret:
    """Another secret; of two live ones the older stops working. Raises NotFoundError, VersionConflictError."""
    client_secret, secret = new_secret(ctx)
    change(ctx, integration_id, lambda before: domain.with_newest_secret(before, secret, ctx.now))
    return NewSecret(secret, client_secret)


def remove_sample(
    ctx: Context,
    tenant_id: str,
    integration_id: str,
    was_begun: Callable[[Integration], bool],
    tell: Callable[[store.Transaction, Context, Integration], None],
) -> None:
    """Take it away, unless its developer made more of it: what was published stays. Repeating it changes nothing.

    `tell` is what `Ports.also_change` and `also_delete` would be: consumers of events run without the registry.
    Its end says whether `was_begun` to be published, so that who keeps lists need not remember one nobody could list.
    """
    integration = repository.find_own(tenant_id, integration_id)
    if integration is not None and integration.status is IntegrationStatus.DRAFT:
        event = told(ctx, "deleted", integration)
        event = replace(event, data={**event.data, "is_unheard": not was_begun(integration)})
        repository.delete_integration(integration, event, lambda tx: tell(tx, ctx, integration))
