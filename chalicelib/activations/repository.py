"""Activations (one row per company and integration) and consents (append-only) in DynamoDB."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.activations.domain import Activation, ActivationStatus, Consent, ConsentKind, EndCause
from chalicelib.kit import store
from chalicelib.kit.ahead import Row, Wanted
from chalicelib.kit.context import Context
from chalicelib.kit.pagination import Page, PageQuery, fetch_page

_INTEGRATION_ID = re.compile(
    r"int_[a-z0-9_]{1,40}"
)  # a longer key is an error to DynamoDB, not a row that is not there


class _ByIntegration(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # PynamoDB: untyped __init_subclass__
    Meta = store.index("by_integration", AllProjection())

    integration_id = UnicodeAttribute(hash_key=True)
    activated_at = UTCDateTimeAttribute(range_key=True)


class ActivationItem(store.Item):
    Meta = store.table("activations")

    tenant_id = UnicodeAttribute(hash_key=True)
    integration_id = UnicodeAttribute(range_key=True)
    activation_id = UnicodeAttribute()
    tenant_number = NumberAttribute()
    company_name = UnicodeAttribute()
    integration_name = UnicodeAttribute()
    integration_version = NumberAttribute()
    owner_tenant_id = UnicodeAttribute()
    client_id = UnicodeAttribute()
    status = store.EnumAttribute(ActivationStatus)
    scopes = store.WordSetAttribute()
    kind = store.EnumAttribute(ConsentKind)
    account_id = UnicodeAttribute()
    redirect_uri = UnicodeAttribute()
    country_code = UnicodeAttribute(default="")
    service_scopes = store.WordSetAttribute(null=True)
    service_account_id = UnicodeAttribute(null=True)
    price_version = NumberAttribute(null=True)
    agreement_version = NumberAttribute(null=True)
    activated_at = UTCDateTimeAttribute()
    consented_at = UTCDateTimeAttribute()
    ended_at = UTCDateTimeAttribute(null=True)
    ended_by = UnicodeAttribute(null=True)
    end_cause = store.EnumAttribute(EndCause, null=True)
    version = NumberAttribute()
    by_integration = _ByIntegration()


class ConsentItem(store.Item):
    Meta = store.table("consents")

    activation_id = UnicodeAttribute(hash_key=True)
    consent_id = UnicodeAttribute(range_key=True)
    kind = store.EnumAttribute(ConsentKind)
    scopes = store.WordSetAttribute()
    account_id = UnicodeAttribute()
    tenant_id = UnicodeAttribute()
    integration_id = UnicodeAttribute()
    integration_version = NumberAttribute()
    redirect_uri = UnicodeAttribute()
    price_version = NumberAttribute(null=True)
    agreement_version = NumberAttribute(null=True)
    consented_at = UTCDateTimeAttribute()


def find(tenant_id: str, integration_id: str) -> Activation | None:
    if not _INTEGRATION_ID.fullmatch(integration_id):
        return None
    item = store.find(ActivationItem, tenant_id, integration_id)
    return store.to_entity(Activation, item) if item else None


def find_many(integration_id: str, tenant_ids: Iterable[str]) -> list[Activation]:
    """Those of these companies: one call for each hundred."""
    rows = store.get_many(ActivationItem, [(tenant_id, integration_id) for tenant_id in tenant_ids])
    return [store.to_entity(Activation, row) for row in rows]


def activation_read(tenant_id: str, integration_id: str) -> Wanted | None:
    """What `find` will ask for."""
    return Row(ActivationItem, tenant_id, integration_id) if _INTEGRATION_ID.fullmatch(integration_id) else None


def put(tx: store.Transaction, activation: Activation, standing: Activation | None) -> None:
    """Part "activation" of the caller's transaction: refused when the row is no longer the one that was read."""
    unchanged = (
        ActivationItem.tenant_id.does_not_exist() if standing is None else ActivationItem.version == standing.version
    )
    tx.put("activation", store.to_item(ActivationItem, activation), unchanged)


def add_consent(tx: store.Transaction, consent: Consent, activation: Activation) -> None:
    tx.add("consent", store.to_item(ConsentItem, consent, activation_id=activation.activation_id))


def list_all(tenant_id: str) -> list[Activation]:
    """Every activation of a company, strongly consistent: for a company that ends."""
    with store.faults():
        return [_to_activation(item) for item in ActivationItem.query(tenant_id, consistent_read=True)]


def remove(activation: Activation) -> None:
    """Its consents, then its row: it may be stopped anywhere and called again."""
    with store.faults():
        consents = [item.consent_id for item in ConsentItem.query(activation.activation_id, consistent_read=True)]
    for consent_id in consents:
        store.remove(ConsentItem, (activation.activation_id, consent_id))
    store.remove(ActivationItem, (activation.tenant_id, activation.integration_id))


def list_consents(activation_id: str) -> list[tuple[str, str, datetime]]:
    """Account, kind and moment of each consent of an activation."""
    with store.faults():
        found = ConsentItem.query(activation_id, consistent_read=True)
        return [(item.account_id, str(item.kind), item.consented_at) for item in found]


def list_by_tenant(ctx: Context, tenant_id: str, query: PageQuery) -> Page[Activation]:
    page = fetch_page(ctx, "activations", query, lambda **kwargs: ActivationItem.query(tenant_id, **kwargs))
    return page.map(_to_activation)


def list_by_integration(ctx: Context, integration_id: str, query: PageQuery) -> Page[Activation]:
    """Newest first."""
    page = fetch_page(
        ctx,
        f"activations of {integration_id}",
        query,
        lambda **kwargs: ActivationItem.by_integration.query(integration_id, scan_index_forward=False, **kwargs),
    )
    return page.map(_to_activation)


def list_newest(integration_id: str, most: int) -> list[Activation]:
    """The newest `most` of an integration, ended ones included: one Query for each megabyte."""
    with store.faults():
        found = ActivationItem.by_integration.query(integration_id, scan_index_forward=False, limit=most)
        return [_to_activation(item) for item in found]


def iterate_by_integration(integration_id: str) -> Iterator[Activation]:
    with store.faults():
        for item in ActivationItem.by_integration.query(integration_id):
            yield _to_activation(item)


def iterate_by_tenant(tenant_id: str) -> Iterator[Activation]:
    """Strongly consistent."""
    with store.faults():
        for item in ActivationItem.query(tenant_id, consistent_read=True):
            yield _to_activation(item)


def _to_activation(item: ActivationItem) -> Activation:
    return store.to_entity(Activation, item)
