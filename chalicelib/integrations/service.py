"""What developers do with integrations, and how other rooms find one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from chalicelib.accounts import service as accounts
from chalicelib.integrations import domain, repository
from chalicelib.integrations.domain import (
    Category,
    ClientSecret,
    CreatedIntegration,
    Credentials,
    Integration,
    IntegrationStatus,
    NewSecret,
    Scope,
    VersionConflictError,
)
from chalicelib.integrations.schemas import IntegrationCreate, IntegrationUpdate
from chalicelib.kit import secrets, store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError, UnavailableError
from chalicelib.kit.outbox import Event, new_event
from chalicelib.kit.pagination import Page, PageQuery

__all__ = [
    "Ports",
    "add_secret",
    "add_status",
    "categories",
    "create_integration",
    "delete_integration",
    "etag",
    "find_by_client_id",
    "find_by_number",
    "find_integrations",
    "get_integration",
    "get_public",
    "is_client_secret",
    "list_all",
    "list_client_ids",
    "list_integrations",
    "logo_url",
    "put_sample",
    "remove_sample",
    "remove_secret",
    "renew_secret",
    "scope_catalogue",
    "update_integration",
]

_SECRET_LENGTH = 32  # contract.md: 12 + 1 + 32 bytes stay on one line of Base64 at every client
_CLIENT_ID_LENGTH = 12
_HINT_LENGTH = 4
_TRIES = 3
_PURPOSE = "client_secret"
_COMPARED = tuple(entry.name for entry in fields(Integration) if entry.name not in {"version", "updated_at"})


class Ports:
    """What upper rooms hand in, set by the registry.

    `logo_url` is the address of an integration's logo or ""; `check_change(before, after)` may refuse a change;
    `also_delete` adds parts to the transaction that deletes an integration; `also_change(tx, ctx, before, after)` to
    any that changes or deletes one (`after` is None then), so that who remembers clients hears of it.
    """

    logo_url: Callable[[str], str] | None = None
    check_change: Callable[[Integration, Integration], None] | None = None
    also_delete: Callable[[store.Transaction, Integration], None] | None = None
    also_change: Callable[[store.Transaction, Context, Integration, Integration | None], None] | None = None


def create_integration(ctx: Context, command: IntegrationCreate) -> CreatedIntegration:
    """A hidden draft with its first secret, which is in this answer only.

    Raises DeveloperLicenceRequiredError, RejectedError, NameTakenError.
    """
    company = accounts.require_developer_licence(ctx)
    for _ in range(_TRIES):
        client_secret, secret = _new_secret(ctx)
        integration = domain.new_integration(
            _new_credentials(ctx), tenant_id=company.tenant_id, details=command.given(), secret=secret, now=ctx.now
        )
        try:
            repository.add_integration(integration, _told(ctx, "created", integration), ctx.operation_id)
        except store.RefusedError as refused:
            standing = refused.parts.get("integration")
            if standing is not None and standing.operation_id == ctx.operation_id:
                return _created_before(ctx, integration.integration_id)
            continue  # one of three random identities is somebody else's: choose again
        return CreatedIntegration(integration, None if integration.is_public else client_secret)
    raise UnavailableError


def list_integrations(ctx: Context, query: PageQuery) -> Page[Integration]:
    return repository.fetch_own(ctx, query, ctx.caller.tenant_id)


def get_integration(ctx: Context, integration_id: str) -> Integration:
    """One of the caller's company. Raises NotFoundError for everybody else's as well."""
    found = repository.find_own(ctx.caller.tenant_id, integration_id)
    if found is None:
        raise NotFoundError("There is no such integration in the company you are working in.")
    return found


def update_integration(
    ctx: Context, integration_id: str, command: IntegrationUpdate, if_match: str | None = None
) -> Integration:
    """Change the details that were sent. Without `if_match` the change is applied to whatever stands.

    Raises VersionConflictError when `if_match` names another version, RejectedError, NameTakenError.
    """
    given = command.given()
    return _change(ctx, integration_id, lambda before: domain.changed_integration(before, given, ctx.now), if_match)


def delete_integration(ctx: Context, integration_id: str, if_match: str | None = None) -> None:
    """The integration is gone with this answer; `integration.deleted` ends what depends on it."""
    accounts.require_developer_licence(ctx)
    integration = get_integration(ctx, integration_id)
    _check_match(integration, if_match)

    def also(tx: store.Transaction) -> None:
        if Ports.also_delete is not None:
            Ports.also_delete(tx, integration)
        _tell_change(tx, ctx, integration, None)

    repository.delete_integration(integration, _told(ctx, "deleted", integration), also)


def add_secret(ctx: Context, integration_id: str) -> NewSecret:
    """A second secret beside the first. Raises SecretLimitReachedError when two are live, PublicClientError."""
    client_secret, secret = _new_secret(ctx)
    _change(ctx, integration_id, lambda before: domain.with_secret(before, secret, ctx.now))
    return NewSecret(secret, client_secret)


def remove_secret(ctx: Context, integration_id: str, secret_id: str) -> None:
    """The secret stops working. The last one may go too: a leak cannot wait for its successor."""
    _change(ctx, integration_id, lambda before: domain.without_secret(before, secret_id, ctx.now))


def add_status(tx: store.Transaction, ctx: Context, integration: Integration, status: IntegrationStatus) -> None:
    """Part `integration` of the caller's transaction: the new status, and a version, so that an editor reads again."""
    repository.add_status(tx, integration, status)
    _tell_change(tx, ctx, integration, replace(integration, status=status))


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


def get_public(integration_id: str) -> Integration:
    """Whoever owns it. The caller decides what of it may be shown to whom."""
    found = repository.find_integration(integration_id)
    if found is None:
        raise NotFoundError("There is no such integration.")
    return found


def list_client_ids(tenant_id: str) -> list[str]:
    """The client ids of all integrations of a developer company."""
    return repository.list_client_ids(tenant_id)


def list_all(ctx: Context, query: PageQuery) -> Page[Integration]:
    """Every developer's, newest first: for the operator."""
    return repository.fetch_all(ctx, query)


def is_client_secret(integration: Integration, secret: str, now: datetime) -> bool:
    """Whether `secret` is one of the integration's live ones. All are compared, so that the time tells nothing."""
    if len(secret) != _SECRET_LENGTH or not secret.isascii():
        return False
    live = [entry.client_secret_hash for entry in integration.secrets if entry.is_live(now)]
    return any([secrets.is_secret(secret, stored, _PURPOSE) for stored in live])  # noqa: C419 - see above


def scope_catalogue() -> Mapping[str, Scope]:
    return domain.scope_catalogue()


def categories() -> Mapping[str, Category]:
    return domain.categories()


def logo_url(integration_id: str) -> str:
    """For the integration's own pages; images are an upper room's."""
    return Ports.logo_url(integration_id) if Ports.logo_url is not None else ""


def etag(integration: Integration) -> str:
    return f'"{integration.version}"'


def put_sample(ctx: Context, ids: Credentials, tenant_id: str, details: Mapping[str, Any]) -> Integration:
    """An integration we make for a developer company, without a secret yet; once, however often it is asked for."""
    standing = repository.find_own(tenant_id, ids.integration_id)
    if standing is not None:
        return standing
    integration = domain.new_integration(ids, tenant_id=tenant_id, details=details, secret=None, now=ctx.now)
    try:
        repository.add_integration(integration, _told(ctx, "created", integration), ctx.operation_id)
    except store.RefusedError:
        standing = repository.find_own(tenant_id, ids.integration_id)
        if standing is None:
            raise UnavailableError(log={"cause": "identities of a sample taken"}) from None
        return standing
    return integration


def renew_secret(ctx: Context, integration_id: str) -> NewSecret:
    """Another secret; of two live ones the older stops working. Raises NotFoundError, VersionConflictError."""
    client_secret, secret = _new_secret(ctx)
    _change(ctx, integration_id, lambda before: domain.with_newest_secret(before, secret, ctx.now))
    return NewSecret(secret, client_secret)


def remove_sample(
    ctx: Context, tenant_id: str, integration_id: str, tell: Callable[[store.Transaction, Context, Integration], None]
) -> None:
    """Take it away, unless its developer made more of it: what was published stays. Repeating it changes nothing.

    `tell` is what `Ports.also_change` would be: consumers of events run without the registry.
    """
    integration = repository.find_own(tenant_id, integration_id)
    if integration is not None and integration.status is IntegrationStatus.DRAFT:
        event = _told(ctx, "deleted", integration)
        repository.delete_integration(integration, event, lambda tx: tell(tx, ctx, integration))


def _change(
    ctx: Context, integration_id: str, change: Callable[[Integration], Integration], if_match: str | None = None
) -> Integration:
    """Read, change, replace on condition. Another writer in between: again, unless the caller named a version."""
    accounts.require_developer_licence(ctx)
    for attempt in range(_TRIES):
        before = get_integration(ctx, integration_id)
        _check_match(before, if_match)
        after = change(before)
        changed = [name for name in _COMPARED if getattr(after, name) != getattr(before, name)]
        if not changed:
            return before
        if Ports.check_change is not None:
            Ports.check_change(before, after)
        try:
            _save(ctx, before, after, changed)
        except VersionConflictError:
            if if_match is not None or attempt == _TRIES - 1:
                raise
            continue
        return after
    raise UnavailableError


def _check_match(integration: Integration, if_match: str | None) -> None:
    # RFC 9110 §13.1.1: a list of entity tags, or * for whatever stands; weak ones never match here.
    if if_match is None or if_match.strip() == "*":
        return
    if etag(integration) not in [tag.strip() for tag in if_match.split(",")]:
        raise VersionConflictError(
            f"It is at version {integration.version} now. Read it again and repeat your change.",
            extra={"version": integration.version},
        )


def _created_before(ctx: Context, integration_id: str) -> CreatedIntegration:
    """An earlier try of this request stored it and died unheard: nobody knows its secret, so a new one replaces it."""
    client_secret, secret = _new_secret(ctx)
    before = get_integration(ctx, integration_id)
    if before.is_public:
        return CreatedIntegration(before, None)
    after = domain.with_only_secret(before, secret, ctx.now)
    _save(ctx, before, after, ["secrets"])
    return CreatedIntegration(after, client_secret)


def _save(ctx: Context, before: Integration, after: Integration, changed: Sequence[str]) -> None:
    repository.save_integration(
        before, after, _told(ctx, "updated", after, changed), ctx.operation_id,
        lambda tx: _tell_change(tx, ctx, before, after),
    )  # fmt: skip


def _tell_change(tx: store.Transaction, ctx: Context, before: Integration, after: Integration | None) -> None:
    if Ports.also_change is not None:
        Ports.also_change(tx, ctx, before, after)


def _new_secret(ctx: Context) -> tuple[str, ClientSecret]:
    client_secret = secrets.mint(_SECRET_LENGTH)
    stored = ClientSecret(
        secret_id=ctx.new_id("sec"),
        client_secret_hash=secrets.hash_secret(client_secret, _PURPOSE),
        hint=client_secret[-_HINT_LENGTH:],
        created_at=ctx.now,
    )
    return client_secret, stored


def _new_credentials(ctx: Context) -> Credentials:
    """Made from ids of the context, so that a repeat under the same Idempotency-Key meets its own row."""
    integration_id = ctx.new_id("int")
    digest = hashlib.sha256(ctx.new_id("num").encode()).digest()
    number = int.from_bytes(digest[:8], "big") >> 11  # 53 bits: every JSON reader keeps it exactly
    return Credentials(integration_id, number, ctx.new_id("cli")[-_CLIENT_ID_LENGTH:])


def _told(ctx: Context, what: str, integration: Integration, changed: Sequence[str] = ()) -> Event:
    data = {
        "integration_id": integration.integration_id,
        "owner_tenant_id": integration.tenant_id,
        "client_id": integration.client_id,
        "number": integration.number,
        "name": integration.name,
        "version": integration.version,
    }
    if changed:
        data["changed"] = list(changed)
    return new_event(ctx, f"integration.{what}", integration.integration_id, **data)
