"""What developers do to integrations: each change is one conditional write that tells of itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import timedelta

from chalicelib.accounts import service as accounts
from chalicelib.integrations import domain, repository
from chalicelib.integrations.domain import (
    ClientSecret,
    CreatedIntegration,
    Credentials,
    Integration,
    IntegrationStatus,
    VersionConflictError,
)
from chalicelib.integrations.schemas import IntegrationCreate, IntegrationUpdate
from chalicelib.integrations.service.ports import Ports
from chalicelib.integrations.service.reading import etag, get_integration
from chalicelib.kit import secrets, store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import UnavailableError
from chalicelib.kit.outbox import Event, new_event

__all__ = [
    "add_status",
    "change",
    "changed_names",
    "check_match",
    "create_integration",
    "delete_integration",
    "new_secret",
    "tell_change",
    "told",
    "update_integration",
]

_SECRET_LENGTH = 32  # contract.md: 12 + 1 + 32 bytes stay on one line of Base64 at every client
_CLIENT_ID_LENGTH = 12
_HINT_LENGTH = 4
_TRIES = 3
_PURPOSE = "client_secret"
_COMPARED = tuple(entry.name for entry in fields(Integration) if entry.name not in {"version", "updated_at"})


def create_integration(ctx: Context, command: IntegrationCreate) -> CreatedIntegration:
    """A hidden draft with its first secret, which is in this answer only.

    Raises DeveloperLicenceRequiredError, RejectedError, NameTakenError.
    """
    company = accounts.require_developer_licence(ctx)
    for _ in range(_TRIES):
        client_secret, secret = new_secret(ctx)
        integration = domain.new_integration(
            _new_credentials(ctx), tenant_id=company.tenant_id, details=command.given(), secret=secret, now=ctx.now
        )
        try:
            repository.add_integration(integration, told(ctx, "created", integration), ctx.operation_id)
        except store.RefusedError as refused:
            standing = refused.parts.get("integration")
            if standing is not None and standing.operation_id == ctx.operation_id:
                return _created_before(ctx, integration.integration_id)
            continue  # one of three random identities is somebody else's: choose again
        return CreatedIntegration(integration, None if integration.is_public else client_secret)
    raise UnavailableError


def update_integration(
    ctx: Context, integration_id: str, command: IntegrationUpdate, if_match: str | None = None
) -> Integration:
    """Change the details that were sent. Without `if_match` the change is applied to whatever stands.

    Raises VersionConflictError when `if_match` names another version, RejectedError, NameTakenError.
    """
    given = command.given()
    return change(ctx, integration_id, lambda before: domain.changed_integration(before, given, ctx.now), if_match)


def delete_integration(ctx: Context, integration_id: str, if_match: str | None = None) -> None:
    """The integration is gone with this answer; `integration.deleted` ends what depends on it."""
    accounts.require_developer_licence(ctx)
    integration = get_integration(ctx, integration_id)
    check_match(integration, if_match)

    def also(tx: store.Transaction) -> None:
        if Ports.also_delete is not None:
            Ports.also_delete(tx, integration)
        tell_change(tx, ctx, integration, None)

    repository.delete_integration(integration, told(ctx, "deleted", integration), also)


def add_status(
    tx: store.Transaction,
    ctx: Context,
    integration: Integration,
    status: IntegrationStatus,
    *,
    keeps_customers: bool = False,
) -> None:
    """Part `integration` of the caller's transaction: the new status, and a version, so that an editor reads again."""
    repository.add_status(tx, integration, status, keeps_customers=keeps_customers)
    tell_change(tx, ctx, integration, replace(integration, status=status, keeps_customers=keeps_customers))


def change(
    ctx: Context, integration_id: str, make: Callable[[Integration], Integration], if_match: str | None = None
) -> Integration:
    """Read, change, replace on condition. Another writer in between: again, unless the caller named a version."""
    accounts.require_developer_licence(ctx)
    for attempt in range(_TRIES):
        before = get_integration(ctx, integration_id)
        check_match(before, if_match)
        after = make(before)
        changed = changed_names(before, after)
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


def changed_names(before: Integration, after: Integration) -> list[str]:
    return [name for name in _COMPARED if getattr(after, name) != getattr(before, name)]


def check_match(integration: Integration, if_match: str | None) -> None:
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
    client_secret, secret = new_secret(ctx)
    before = get_integration(ctx, integration_id)
    if before.is_public:
        return CreatedIntegration(before, None)
    after = domain.with_only_secret(before, secret, ctx.now)
    _save(ctx, before, after, ["secrets"])
    return CreatedIntegration(after, client_secret)


def _save(ctx: Context, before: Integration, after: Integration, changed: Sequence[str]) -> None:
    event = told(ctx, "updated", after, changed)
    old, new = domain.price_in_words(before), domain.price_in_words(after)
    if old != new:
        event = replace(event, data={**event.data, "price": f"{old} → {new}"})
    repository.save_integration(
        before, after, event, ctx.operation_id,
        lambda tx: tell_change(tx, ctx, before, after),
    )  # fmt: skip


def tell_change(tx: store.Transaction, ctx: Context, before: Integration, after: Integration | None) -> None:
    """Let who remembers clients hear of it, in the same transaction."""
    if Ports.also_change is not None:
        Ports.also_change(tx, ctx, before, after)


def new_secret(ctx: Context, days: int | None = None) -> tuple[str, ClientSecret]:
    """A plain secret and its stored form, which ends after so many days or never."""
    client_secret = secrets.mint(_SECRET_LENGTH)
    stored = ClientSecret(
        secret_id=ctx.new_id("sec"),
        client_secret_hash=secrets.hash_secret(client_secret, _PURPOSE),
        hint=client_secret[-_HINT_LENGTH:],
        created_at=ctx.now,
        expires_at=ctx.now + timedelta(days=days) if days else None,
    )
    return client_secret, stored


def _new_credentials(ctx: Context) -> Credentials:
    """Made from ids of the context, so that a repeat under the same Idempotency-Key meets its own row."""
    integration_id = ctx.new_id("int")
    digest = hashlib.sha256(ctx.new_id("num").encode()).digest()
    number = int.from_bytes(digest[:8], "big") >> 11  # 53 bits: every JSON reader keeps it exactly
    return Credentials(integration_id, number, ctx.new_id("cli")[-_CLIENT_ID_LENGTH:])


def told(ctx: Context, what: str, integration: Integration, changed: Sequence[str] = ()) -> Event:
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
