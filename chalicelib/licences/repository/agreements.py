"""Agreements by version, and approvals (append-only) in DynamoDB."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.kit import store
from chalicelib.kit.ahead import Latest, Wanted
from chalicelib.licences.domain import Agreement, Approval

__all__ = ["AgreementItem", "ApprovalItem", "add_approval", "find_latest_agreement", "put_agreement"]


class AgreementItem(store.Item):
    Meta = store.table("user-agreements")

    integration_id = UnicodeAttribute(hash_key=True)
    version = NumberAttribute(range_key=True)
    url = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()


class ApprovalItem(store.Item):
    """`place` begins with the integration, so that a company's approvals of one stand together."""

    Meta = store.table("agreement-approvals")

    tenant_id = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)
    approval_id = UnicodeAttribute()
    integration_id = UnicodeAttribute()
    subscription_id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    person = UnicodeAttribute()
    agreement_version = NumberAttribute(null=True)
    agreement_url = UnicodeAttribute()
    price_version = NumberAttribute()
    unit_minor = NumberAttribute()
    currency = UnicodeAttribute()
    seats = NumberAttribute()
    approved_at = UTCDateTimeAttribute()


def find_latest_agreement(integration_id: str) -> Agreement | None:
    found = store.latest(AgreementItem, integration_id)
    return store.to_entity(Agreement, found, version=int(found.version)) if found else None


def agreement_read(integration_id: str) -> Wanted:
    """What `find_latest_agreement` will ask for."""
    return Latest(AgreementItem, integration_id)


def put_agreement(tx: store.Transaction, agreement: Agreement) -> None:
    """Part "agreement": refused when this number was given to another address meanwhile."""
    same = AgreementItem.url == agreement.url
    tx.put("agreement", store.to_item(AgreementItem, agreement), AgreementItem.integration_id.does_not_exist() | same)


def remove_approvals(tenant_id: str) -> None:
    """A test company's; those of a live one are kept for ever. Repeatable."""
    with store.faults():
        keys = [(row.tenant_id, row.place) for row in ApprovalItem.query(tenant_id, consistent_read=True)]
    for key in keys:
        store.remove(ApprovalItem, key)


def add_approval(tx: store.Transaction, approval: Approval) -> None:
    place = f"{approval.integration_id}#{approval.approved_at:%Y-%m-%dT%H:%M:%S.%fZ}#{approval.approval_id}"
    tx.add("approval", store.to_item(ApprovalItem, approval, place=place))
