"""How integrations are found: one's own, anybody's by what is unique, and the lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import Company
from chalicelib.integrations import domain, repository
from chalicelib.integrations.domain import Category, Integration, Remembered, Scope
from chalicelib.kit import together
from chalicelib.kit.ahead import Wanted
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.pagination import Page, PageQuery
from chalicelib.kit.reads import read_ahead

__all__ = [
    "categories",
    "etag",
    "find_by_client_id",
    "find_by_number",
    "find_integrations",
    "find_owner",
    "get_integration",
    "get_owned",
    "get_public",
    "iterate_all",
    "known_categories",
    "list_all",
    "list_client_ids",
    "list_integrations",
    "note_pictures",
    "owner_read",
    "refresh_catalogue",
    "scope_catalogue",
    "scope_choices",
    "want_integration",
    "want_of",
]


def list_integrations(ctx: Context, query: PageQuery) -> Page[Integration]:
    return repository.fetch_own(ctx, query, ctx.caller.tenant_id)


def get_integration(ctx: Context, integration_id: str) -> Integration:
    """One of the caller's company. Raises NotFoundError for everybody else's as well."""
    found = repository.find_own(ctx.caller.tenant_id, integration_id)
    if found is None:
        raise NotFoundError("There is no such integration in the company you are working in.")
    return found


def want_integration(ctx: Context, integration_id: str) -> together.Wanted[Integration]:
    """As `get_integration`, read together with other rows; None is "not found". Raises NotFoundError for a wrong id."""
    if not repository.is_id(integration_id):
        raise NotFoundError("There is no such integration in the company you are working in.")
    return repository.want_own(ctx.caller.tenant_id, integration_id)


def want_of(tenant_id: str, integration_id: str) -> together.Wanted[Integration]:
    """The same of whatever company, for staff."""
    if not repository.is_id(integration_id):
        raise NotFoundError("There is no such integration.")
    return repository.want_own(tenant_id, integration_id)


def find_by_client_id(client_id: str) -> Integration | None:
    """Whoever owns it, hidden or not; strongly consistent."""
    return repository.find_by_client_id(client_id)


def find_by_number(number: int) -> Integration | None:
    """Whoever owns it; the developer API names integrations by number."""
    return repository.find_by_number(number)


def find_integrations(keys: Sequence[tuple[str, str]]) -> dict[str, Integration]:
    """By id, those that exist among (owner's tenant id, integration id): one call for each hundred.

    One that has moved to another company since costs a call more.
    """
    return repository.find_integrations(keys)


def find_owner(integration_id: str) -> str:
    """The tenant id of its company. Raises NotFoundError."""
    found = repository.find_owner(integration_id)
    if found is None:
        raise NotFoundError("There is no such integration.")
    return found


def get_public(integration_id: str) -> Integration:
    """Whoever owns it. The caller decides what of it may be shown to whom."""
    found = repository.find_integration(integration_id)
    if found is None:
        raise NotFoundError("There is no such integration.")
    return found


def owner_read(integration_id: str) -> Wanted | None:
    """For `kit.reads`: the first thing `get_owned` and `get_public` ask for."""
    return repository.owner_read(integration_id)


def get_owned(integration_id: str) -> tuple[Integration, Company]:
    """Whoever owns it, and who that is: with `owner_read` done, in one call. Raises NotFoundError."""
    tenant_id = repository.find_owner(integration_id)
    if tenant_id is None:
        raise NotFoundError("There is no such integration.")
    with read_ahead(repository.row_read(tenant_id, integration_id), accounts.company_read(tenant_id)):
        return get_public(integration_id), accounts.get_company(tenant_id)


def iterate_all() -> Iterator[Integration]:
    """Every developer's: for scheduled work only."""
    return repository.iterate_all()


def list_client_ids(tenant_id: str) -> list[str]:
    """The client ids of all integrations of a developer company."""
    return repository.list_client_ids(tenant_id)


def list_all(ctx: Context, query: PageQuery) -> Page[Integration]:
    """Every developer's, newest first: for the operator."""
    return repository.fetch_all(ctx, query)


def scope_catalogue() -> Mapping[str, Scope]:
    return domain.scope_catalogue()


def refresh_catalogue() -> None:
    """Read what the operator made of scopes and categories now: for consumers that act on it."""
    Remembered.refresh()


def scope_choices() -> Mapping[str, Scope]:
    return domain.scope_choices()


def categories() -> Mapping[str, Category]:
    return domain.categories()


def known_categories() -> Mapping[str, Category]:
    return domain.known_categories()


def note_pictures(integration: Integration, logo: str, covers: Sequence[str]) -> None:
    """Keep what the room of images sees ready on the row, so that every page has it without a call of its own."""
    if (logo, tuple(covers)) != (integration.logo, integration.covers):
        repository.note_pictures(integration, logo, covers)


def etag(integration: Integration) -> str:
    return f'"{integration.version}"'
