"""Rows of integrations: keyed by their owner, beside one row for everything that must be unique."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from pynamodb.expressions.update import Action

from chalicelib.integrations.domain import (
    GrantType,
    Integration,
    IntegrationStatus,
    NameTakenError,
    VersionConflictError,
    fold_name,
    warnings_of,
)
from chalicelib.integrations.repository.client_secrets import add_warnings
from chalicelib.integrations.repository.items import SHELF, IntegrationItem, IntegrationKeyItem, all_but, uses_of
from chalicelib.kit import store, together
from chalicelib.kit.ahead import Row, Wanted
from chalicelib.kit.context import Context
from chalicelib.kit.outbox import Event, publish
from chalicelib.kit.pagination import Page, PageQuery, fetch_page

__all__ = [
    "add_integration",
    "add_status",
    "delete_integration",
    "fetch_all",
    "fetch_own",
    "find_by_client_id",
    "find_by_number",
    "find_by_secret_hash",
    "find_integration",
    "find_integrations",
    "find_own",
    "find_owner",
    "is_id",
    "iterate_all",
    "key_item",
    "list_client_ids",
    "note_pictures",
    "owner_read",
    "reservations",
    "row_read",
    "save_integration",
    "to_item",
    "want_own",
]

_KEPT_ABOVE = frozenset({"logo", "covers"})
_ID = re.compile(r"int_[a-z0-9]{1,40}")  # longer keys are an error to DynamoDB, not a row that is not there
_CLIENT_ID = re.compile(r"[A-Za-z0-9_]{1,40}")


def add_integration(integration: Integration, event: Event, operation_id: str) -> None:
    """Insert with all its reservations, or nothing.

    Raises NameTakenError, or store.RefusedError when an id, number or client id is already somebody's.
    """
    try:
        with store.transaction() as tx:
            tx.add("integration", to_item(integration, operation_id))
            for part, reservation in reservations(integration).items():
                tx.add(part, key_item(reservation, integration))
            publish(tx, event)
    except store.RefusedError as refused:
        if set(refused.parts) == {"name"}:
            raise NameTakenError(f"Choose another name than {integration.name!r}.") from refused
        raise


def save_integration(
    before: Integration,
    after: Integration,
    event: Event,
    operation_id: str,
    also: Callable[[store.Transaction], None] | None = None,
) -> None:
    """Replace `before` if it is still the stored version. Raises VersionConflictError or NameTakenError."""
    old, new = reservations(before), reservations(after)
    try:
        with store.transaction() as tx:
            # Not a put: what the rooms above keep on the row may have changed since `before` was read.
            actions = all_but(to_item(after, operation_id), _KEPT_ABOVE)
            tx.update("integration", IntegrationItem, _key(before), actions, IntegrationItem.version == before.version)
            for part in [part for part in old if new.get(part) != old[part]]:
                tx.delete(f"old {part}", IntegrationKeyItem, (old[part],))
            for part in [part for part in new if old.get(part) != new[part]]:
                tx.add(part, key_item(new[part], after))
            add_warnings(tx, after, warnings_of(before, after))
            if also is not None:
                also(tx)
            publish(tx, event)
    except store.RefusedError as refused:
        if "integration" in refused.parts:
            raise VersionConflictError("Read it again and repeat your change.") from refused
        raise NameTakenError(f"Choose another name than {after.name!r}.") from refused


def delete_integration(
    integration: Integration, event: Event, also: Callable[[store.Transaction], None] | None = None
) -> None:
    """Take away the row and everything it reserved. Raises VersionConflictError when it changed or is gone."""
    key = (integration.tenant_id, integration.integration_id)
    try:
        with store.transaction() as tx:
            tx.delete("integration", IntegrationItem, key, IntegrationItem.version == integration.version)
            for part, reservation in reservations(integration).items():
                tx.delete(part, IntegrationKeyItem, (reservation,))
            if also is not None:
                also(tx)
            publish(tx, event)
    except store.RefusedError as refused:
        raise VersionConflictError("It was changed or deleted while you asked; look at it again.") from refused


def add_status(
    tx: store.Transaction, integration: Integration, status: IntegrationStatus, *, keeps_customers: bool = False
) -> None:
    """Part `integration`, refused when it is gone. Only status and version are touched: edits in between stay."""
    actions: list[Action] = [
        IntegrationItem.status.set(status),
        IntegrationItem.keeps_customers.set(keeps_customers),
        IntegrationItem.version.add(1),
    ]
    key = (integration.tenant_id, integration.integration_id)
    tx.update("integration", IntegrationItem, key, actions, IntegrationItem.tenant_id.exists())


def note_pictures(integration: Integration, logo: str, covers: Sequence[str]) -> None:
    """Beside its version: nobody's edit is refused for it. One that has moved or gone is left alone."""
    actions: list[Action] = [IntegrationItem.logo.set(logo), IntegrationItem.covers.set(list(covers))]
    try:
        store.update(IntegrationItem, _key(integration), actions, IntegrationItem.tenant_id.exists())
    except store.RefusedError:
        return


def find_own(tenant_id: str, integration_id: str) -> Integration | None:
    item = find_item(tenant_id, integration_id)
    return _to_entity(item) if item else None


def want_own(tenant_id: str, integration_id: str) -> together.Wanted[Integration]:
    """As `find_own`, read together with rows of other rooms. The id is of its form."""
    return together.Wanted(IntegrationItem, (tenant_id, integration_id), _to_entity)


def is_id(integration_id: str) -> bool:
    return _ID.fullmatch(integration_id) is not None


def find_item(tenant_id: str, integration_id: str) -> IntegrationItem | None:
    if not _ID.fullmatch(integration_id):
        return None
    return store.find(IntegrationItem, tenant_id, integration_id)


def find_integration(integration_id: str) -> Integration | None:
    """Whoever owns it."""
    return _find_reserved(f"integration#{integration_id}") if _ID.fullmatch(integration_id) else None


def owner_read(integration_id: str) -> Wanted | None:
    """What `find_owner`, and `find_integration` first, will ask for."""
    return Row(IntegrationKeyItem, f"integration#{integration_id}") if _ID.fullmatch(integration_id) else None


def find_owner(integration_id: str) -> str | None:
    """The company it belongs to."""
    held = store.find(IntegrationKeyItem, f"integration#{integration_id}") if _ID.fullmatch(integration_id) else None
    return held.tenant_id if held else None


def row_read(tenant_id: str, integration_id: str) -> Wanted | None:
    """What `find_own`, and `find_integration` at last, will ask for."""
    return Row(IntegrationItem, tenant_id, integration_id) if _ID.fullmatch(integration_id) else None


def find_integrations(keys: Sequence[tuple[str, str]]) -> dict[str, Integration]:
    """By id; owners that are out of date are looked up anew."""
    wanted = list(dict.fromkeys(keys))
    found = {item.integration_id: _to_entity(item) for item in store.get_many(IntegrationItem, wanted)}
    missing = [integration_id for _, integration_id in wanted if integration_id not in found]
    if missing:
        rows = store.get_many(IntegrationKeyItem, [f"integration#{one}" for one in missing])
        moved = [(row.tenant_id, row.integration_id) for row in rows]
        found |= {item.integration_id: _to_entity(item) for item in store.get_many(IntegrationItem, moved)}
    return found


def find_by_client_id(client_id: str) -> Integration | None:
    """Whoever owns it; strongly consistent."""
    return _find_reserved(f"client#{client_id}") if _CLIENT_ID.fullmatch(client_id) else None


def find_by_number(number: int) -> Integration | None:
    return _find_reserved(f"number#{number}")


def find_by_secret_hash(client_secret_hash: str) -> Integration | None:
    """Whose secret it is, if it is still one."""
    return _find_reserved(f"secret#{client_secret_hash}")


def fetch_own(ctx: Context, query: PageQuery, tenant_id: str) -> Page[Integration]:
    page = fetch_page(
        ctx, "integrations", query, lambda **kw: IntegrationItem.query(tenant_id, consistent_read=True, **kw)
    )
    return page.map(_to_entity)


def list_client_ids(tenant_id: str) -> list[str]:
    with store.faults():
        found = IntegrationItem.query(tenant_id, consistent_read=True, attributes_to_get=["client_id"])
        return [item.client_id for item in found]


def fetch_all(ctx: Context, query: PageQuery) -> Page[Integration]:
    page = fetch_page(
        ctx,
        "all integrations",
        query,
        lambda **kw: IntegrationItem.by_creation.query(SHELF, scan_index_forward=False, **kw),
    )
    return page.map(_to_entity)


def iterate_all() -> Iterator[Integration]:
    with store.faults():
        for item in IntegrationItem.by_creation.query(SHELF):
            yield _to_entity(item)


def _find_reserved(reservation: str) -> Integration | None:
    held = store.find(IntegrationKeyItem, reservation)
    return find_own(held.tenant_id, held.integration_id) if held else None


def reservations(integration: Integration) -> dict[str, str]:
    """What must be unique or leads here; names only among their owner's, as a hash: folded they may outgrow a key."""
    name = hashlib.sha256(fold_name(integration.name).encode()).hexdigest()
    return {
        "name": f"name#{integration.tenant_id}#{name}",
        "id": f"integration#{integration.integration_id}",
        "client id": f"client#{integration.client_id}",
        "number": f"number#{integration.number}",
        **{f"secret {one.secret_id}": f"secret#{one.client_secret_hash}" for one in integration.secrets},
    }


def key_item(reservation: str, integration: Integration) -> IntegrationKeyItem:
    return IntegrationKeyItem(reservation, tenant_id=integration.tenant_id, integration_id=integration.integration_id)


def to_item(integration: Integration, operation_id: str) -> IntegrationItem:
    return store.to_item(
        IntegrationItem,
        integration,
        redirect_uris=list(integration.redirect_uris),
        covers=list(integration.covers),
        scope_reasons=integration.reasons or None,
        secret_uses=uses_of(integration),
        operation_id=operation_id,
    )


def _to_entity(item: IntegrationItem) -> Integration:
    return store.to_entity(
        Integration,
        item,
        redirect_uris=tuple(item.redirect_uris),
        grant_types=frozenset(GrantType(one) for one in item.grant_types) if item.grant_types else frozenset(GrantType),
        covers=tuple(item.covers),
        scope_reasons=tuple(sorted((item.scope_reasons or {}).items())),
        secrets=tuple(replace(one, last_used_at=item.secret_uses.get(one.secret_id)) for one in item.secrets),
        number=int(item.number),
        version=int(item.version),
        price_minor=_whole(item.price_minor),
        trial_days=int(item.trial_days),
    )


def _key(integration: Integration) -> tuple[str, str]:
    return integration.tenant_id, integration.integration_id


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
