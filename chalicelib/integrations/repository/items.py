"""The item classes of integrations: a row each, keyed by its owner, and one for everything that must be unique."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    SalesChannel,
)
from chalicelib.kit import store

__all__ = ["SHELF", "IntegrationItem", "IntegrationKeyItem", "all_but", "uses_of"]

SHELF = "all"


class _SecretsAttribute(store.JsonAttribute):
    """A tuple of client secrets as JSON, moments in ISO 8601."""

    def serialize(self, value: Iterable[ClientSecret]) -> str:
        return super().serialize(
            [{name: _plain(entry) for name, entry in asdict(one).items() if name != "last_used_at"} for one in value]
        )

    def deserialize(self, value: str) -> tuple[ClientSecret, ...]:
        return tuple(_to_secret(**entry) for entry in super().deserialize(value))


class _MomentsAttribute(store.JsonAttribute):
    """Moments by name, sorted, so that equal mappings are equal texts."""

    def serialize(self, value: Mapping[str, datetime]) -> str:
        return super().serialize({name: value[name].isoformat() for name in sorted(value)})

    def deserialize(self, value: str) -> dict[str, datetime]:
        return {name: datetime.fromisoformat(moment) for name, moment in super().deserialize(value).items()}


class ByCreation(GlobalSecondaryIndex["IntegrationItem"]):  # type: ignore[no-untyped-call]  # PynamoDB left a hook untyped
    """Every integration, newest first, for the operator. Not consistent: nothing rests on it."""

    Meta = store.index("by_creation", AllProjection())

    shelf = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class IntegrationItem(store.Item):
    Meta = store.table("integrations")

    tenant_id = UnicodeAttribute(hash_key=True)
    integration_id = UnicodeAttribute(range_key=True)
    shelf = UnicodeAttribute(default=SHELF)
    operation_id = UnicodeAttribute()
    number = NumberAttribute()
    client_id = UnicodeAttribute()
    name = UnicodeAttribute()
    status = store.EnumAttribute(IntegrationStatus)
    version = NumberAttribute()
    scopes = store.WordSetAttribute()
    secrets = _SecretsAttribute()
    secret_uses = _MomentsAttribute(default=dict)
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
    trial_days = NumberAttribute(default=0)
    licence_model = store.EnumAttribute(LicenceModel)
    only_administrator = BooleanAttribute(default=False)
    keeps_customers = BooleanAttribute(default=False)
    client_type = store.EnumAttribute(ClientType, default=ClientType.CONFIDENTIAL)
    grant_types = store.WordSetAttribute(null=True)  # absent in rows of before there was a choice: all
    scope_reasons = store.JsonAttribute(null=True)
    logo = UnicodeAttribute(default="")
    covers = store.JsonAttribute(default=list)
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()

    by_creation = ByCreation()


class IntegrationKeyItem(store.Item):
    """Whoever holds the row owns the name, client id, number or id; it also leads from there to the integration."""

    Meta = store.table("integration-keys")

    reservation = UnicodeAttribute(hash_key=True)
    tenant_id = UnicodeAttribute()
    integration_id = UnicodeAttribute()


def all_but(item: store.Item, kept: frozenset[str]) -> list[Action]:
    """Actions that make a stored row this one, leaving its key and `kept` as they are."""
    actions: list[Action] = []
    for name, attribute in type(item).get_attributes().items():
        if name in kept or attribute.is_hash_key or attribute.is_range_key:
            continue
        value = getattr(item, name)
        actions.append(attribute.remove() if value is None else attribute.set(value))
    return actions


def uses_of(integration: Integration) -> dict[str, datetime]:
    """When each secret was last used, as the row keeps it beside the secrets."""
    return {one.secret_id: one.last_used_at for one in integration.secrets if one.last_used_at is not None}


def _to_secret(*, created_at: str, expires_at: str | None, **entry: Any) -> ClientSecret:
    ends = datetime.fromisoformat(expires_at) if expires_at else None
    return ClientSecret(created_at=datetime.fromisoformat(created_at), expires_at=ends, **entry)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
