"""What a company has activated, who has activated an integration, and what a change of its scopes would mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from chalicelib.accounts import service as accounts
from chalicelib.activations import repository
from chalicelib.activations.domain import Activation, CurrentActivation, ScopePreview, beside, new_preview
from chalicelib.images import service as images
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration, IntegrationStatus
from chalicelib.kit import together
from chalicelib.kit.context import Context
from chalicelib.kit.errors import RejectedError
from chalicelib.kit.pagination import Page, PageQuery
from chalicelib.licences.domain import is_priced

__all__ = [
    "count_active",
    "current",
    "list_for_integration",
    "list_of",
    "list_of_company",
    "list_of_integration",
    "list_own",
    "preview_scopes",
]

LOOKED_AT = 1_000  # one Query of at most 1 MB, and one BatchGet for each hundred companies


def list_own(ctx: Context, query: PageQuery) -> Page[CurrentActivation]:
    """What the caller's company has activated, ended ones included, beside the integrations as they are: two calls."""
    page = repository.list_by_tenant(ctx, ctx.caller.tenant_id, query)
    active = [(entry.owner_tenant_id, entry.integration_id) for entry in page.items if entry.is_active]
    today, logos = _find_today(active)
    return page.map(
        lambda entry: replace(current(entry, today.get(entry.integration_id)), logo=logos.get(entry.integration_id, ""))
    )


def _find_today(keys: list[tuple[str, str]]) -> tuple[dict[str, Integration], dict[str, str]]:
    """Integrations and the logos that customers may see of them; what has moved to another owner costs calls more."""
    rows = together.find_together(
        [integrations.want_of(*key) for key in keys] + [images.want_held(integration_id) for _, integration_id in keys]
    )
    today = {one.integration_id: one for one in rows[: len(keys)] if one is not None}
    held = {key[1]: hold for key, hold in zip(keys, rows[len(keys) :], strict=True)}
    today |= integrations.find_integrations([key for key in keys if key[1] not in today])
    return today, {name: images.listed_logo(one, held.get(name)) for name, one in today.items()}


def list_for_integration(ctx: Context, integration_id: str, query: PageQuery) -> Page[CurrentActivation]:
    """Who activated the caller's own integration, newest first. Raises NotFoundError for anybody else's."""
    return list_of(ctx, integrations.get_integration(ctx, integration_id), query)


def list_of(ctx: Context, integration: Integration, query: PageQuery) -> Page[CurrentActivation]:
    """The same for a caller that has loaded the integration as its owner."""
    page = repository.list_by_integration(ctx, integration.integration_id, query)
    return page.map(lambda entry: current(entry, integration))


def count_active(integration_id: str, most: int) -> int:
    """How many companies use it now; counting stops at `most`."""
    live = (one for one in repository.iterate_by_integration(integration_id) if one.is_active)
    return sum(1 for _ in islice(live, most))


def list_of_integration(integration_id: str) -> Iterator[Activation]:
    """Every activation of an integration, of whatever company: for consumers of events."""
    return repository.iterate_by_integration(integration_id)


def list_of_company(tenant_id: str) -> Iterator[Activation]:
    """Every activation of a company: for consumers of events."""
    return repository.iterate_by_tenant(tenant_id)


def preview_scopes(ctx: Context, integration_id: str, scopes: Iterable[str]) -> ScopePreview:
    """How many live activations would lag what, were `scopes` saved; nothing is changed.

    Of very many activations the newest LOOKED_AT are counted, and the answer says so. Raises NotFoundError,
    RejectedError for a scope that does not exist.
    """
    integrations.get_integration(ctx, integration_id)
    asked, catalogue = frozenset(scopes), integrations.scope_catalogue()
    unknown = sorted(asked - catalogue.keys())
    if unknown:
        raise RejectedError.field("/scopes", f"There is no scope {unknown[0][:40]!r}; see GET /scopes.")
    newest = repository.list_newest(integration_id, LOOKED_AT)
    live = [entry for entry in newest if entry.is_active]
    companies = accounts.find_companies([entry.tenant_id for entry in live])
    modules = {tenant_id: company.modules for tenant_id, company in companies.items()}
    return new_preview(
        [(entry.scopes, modules.get(entry.tenant_id, frozenset())) for entry in live],
        asked,
        {scope: entry.licences for scope, entry in catalogue.items()},
        is_complete=len(newest) < LOOKED_AT,
    )


def current(activation: Activation, integration: Integration | None) -> CurrentActivation:
    if integration is None:
        return beside(activation, None)
    is_suspended = integration.status is IntegrationStatus.SUSPENDED
    return beside(
        activation, integration.scopes, is_suspended=is_suspended, is_stopped=integration.is_stopped,
        is_priced=is_priced(integration),
    )  # fmt: skip
