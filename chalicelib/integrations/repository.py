"""Rows of integrations: keyed by their owner, beside one row for everything that must be unique."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.integrations.domain import (
    ClientSecret,
    ClientType,
    Integration,
    IntegrationStatus,
    LicenceModel,
    NameTakenError,
    SalesChannel,
    VersionConflictError,
    fold_name,
)
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.outbox import Event, publish
from chalicelib.kit.pagination import Page, PageQuery, fetch_page

__all__ = [
    "IntegrationItem",
    "IntegrationKeyItem",
    "add_integration",
    "add_status",
    "delete_integration",
    "fetch_all",
    "fetch_own",
    "find_by_client_id",
    "find_by_number",
    "find_integration",
    "find_integrations",
    "find_own",
    "list_client_ids",
    "save_integration",
]

_ID = re.compile(r"int_[a-z0-9]{1,40}")  # longer keys are an error to DynamoDB, not a row that is not there
_CLIENT_ID = re.compile(r"[A-Za-z0-9_]{1,40}")
_SHELF = "all"


class _SecretsAttribute(store.JsonAttribute):
    """A tuple of client secrets as JSON, moments in ISO 8601."""

    def serialize(self, value: Iterable[ClientSecret]) -> str:
        return super().serialize([{name: _plain(entry) for name, entry in asdict(one).items()} for one in value])

    def deserialize(self, value: str) -> tuple[ClientSecret, ...]:
        return tuple(_to_secret(**entry) for entry in super().deserialize(value))


class ByCreation(GlobalSecondaryIndex["IntegrationItem"]):  # type: ignore[no-untyped-call]  # PynamoDB left a hook untyped
    """Every integration, newest first, for the operator. Not consistent: nothing rests on it."""

    Meta = store.index("by_creation", AllProjection())

    shelf = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class IntegrationItem(store.Item):
    Meta = store.table("integrations")

    tenant_id = UnicodeAttribute(hash_key=True)
    integration_id = UnicodeAttribute(range_key=True)
    shelf = UnicodeAttribute(default=_SHELF)
    operation_id = UnicodeAttribute()
    number = NumberAttribute()
    client_id = UnicodeAttribute()
    name = UnicodeAttribute()
    status = store.EnumAttribute(IntegrationStatus)
    version = NumberAttribute()
    scopes = store.WordSetAttribute()
    secrets = _SecretsAttribute()
    description = UnicodeAttribute(default="")
    contact_email = UnicodeAttribute(default="")
    redirect_uris = store.JsonAttribute()
    start_page = UnicodeAttribute(default="")
    website = UnicodeAttribute(default="")
    user_agreement = UnicodeAttribute(default="")
    category = UnicodeAttribute(null=True)
    sales_channel = store.EnumAttribute(SalesChannel, null=True)
    price_minor = NumberAttribute(null=True)
    currency = UnicodeAttribute()
    price_text = UnicodeAttribute(default="")
    licence_model = store.EnumAttribute(LicenceModel)
    only_administrator = BooleanAttribute(default=False)
    client_type = store.EnumAttribute(ClientType, default=ClientType.CONFIDENTIAL)
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()

    by_creation = ByCreation()


class IntegrationKeyItem(store.Item):
    """Whoever holds the row owns the name, client id, number or id; it also leads from there to the integration."""

    Meta = store.table("integration-keys")

    reservation = UnicodeAttribute(hash_key=True)
    tenant_id = UnicodeAttribute()
    integration_id = UnicodeAttribute()


def add_integration(integration: Integration, event: Event, operation_id: str) -> None:
    """Insert with all its reservations, or nothing.

    Raises NameTakenError, or store.RefusedError when an id, number or client id is already somebody's.
    """
    try:
        with store.transaction() as tx:
            tx.add("integration", _to_item(integration, operation_id))
            for part, reservation in _reservations(integration).items():
                tx.add(part, _key_item(reservation, integration))
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
    old, new = _reservations(before)["name"], _reservations(after)["name"]
    try:
        with store.transaction() as tx:
            tx.put("integration", _to_item(after, operation_id), IntegrationItem.version == before.version)
            if old != new:
                tx.delete("old name", IntegrationKeyItem, (old,))
                tx.add("name", _key_item(new, after))
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
            for part, reservation in _reservations(integration).items():
                tx.delete(part, IntegrationKeyItem, (reservation,))
            if also is not None:
                also(tx)
            publish(tx, event)
    except store.RefusedError as refused:
        raise VersionConflictError("It was changed or deleted while you asked; look at it again.") from refused


def add_status(tx: store.Transaction, integration: Integration, status: IntegrationStatus) -> None:
    """Part `integration`, refused when it is gone. Only status and version are touched: edits in between stay."""
    actions: list[Action] = [IntegrationItem.status.set(status), IntegrationItem.version.add(1)]
    key = (integration.tenant_id, integration.integration_id)
    tx.update("integration", IntegrationItem, key, actions, IntegrationItem.tenant_id.exists())


def find_own(tenant_id: str, integration_id: str) -> Integration | None:
    item = find_item(tenant_id, integration_id)
    return _to_entity(item) if item else None


def find_item(tenant_id: str, integration_id: str) -> IntegrationItem | None:
    if not _ID.fullmatch(integration_id):
        return None
    return store.find(IntegrationItem, tenant_id, integration_id)


def find_integration(integration_id: str) -> Integration | None:
    """Whoever owns it."""
    return _find_reserved(f"integration#{integration_id}") if _ID.fullmatch(integration_id) else None


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
        lambda **kw: IntegrationItem.by_creation.query(_SHELF, scan_index_forward=False, **kw),
    )
    return page.map(_to_entity)


def _find_reserved(reservation: str) -> Integration | None:
    held = store.find(IntegrationKeyItem, reservation)
    return find_own(held.tenant_id, held.integration_id) if held else None


def _reservations(integration: Integration) -> dict[str, str]:
    """What must be unique; a name only among its owner's, as a hash: folded it can be longer than a key may be."""
    name = hashlib.sha256(fold_name(integration.name).encode()).hexdigest()
    return {
        "name": f"name#{integration.tenant_id}#{name}",
        "id": f"integration#{integration.integration_id}",
        "client id": f"client#{integration.client_id}",
        "number": f"number#{integration.number}",
    }


def _key_item(reservation: str, integration: Integration) -> IntegrationKeyItem:
    return IntegrationKeyItem(reservation, tenant_id=integration.tenant_id, integration_id=integration.integration_id)


def _to_item(integration: Integration, operation_id: str) -> IntegrationItem:
    return store.to_item(
        IntegrationItem, integration, redirect_uris=list(integration.redirect_uris), operation_id=operation_id
    )


def _to_entity(item: IntegrationItem) -> Integration:
    return store.to_entity(
        Integration,
        item,
        redirect_uris=tuple(item.redirect_uris),
        number=int(item.number),
        version=int(item.version),
        price_minor=_whole(item.price_minor),
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _to_secret(*, created_at: str, expires_at: str | None, **entry: str) -> ClientSecret:
    ends = datetime.fromisoformat(expires_at) if expires_at else None
    return ClientSecret(created_at=datetime.fromisoformat(created_at), expires_at=ends, **entry)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
