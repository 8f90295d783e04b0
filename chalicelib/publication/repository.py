"""Rows of publications, their timeline and the accepted agreements."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from chalicelib.kit import store, together
from chalicelib.kit.context import Context
from chalicelib.kit.pagination import Page, PageQuery, fetch_page
from chalicelib.publication.domain import (
    Acceptance,
    Note,
    Place,
    Publication,
    PublicationStatus,
    ReviewOutdatedError,
    Snapshot,
    Verdict,
)

__all__ = [
    "TABLES",
    "AgreementItem",
    "PublicationItem",
    "PublicationNoteItem",
    "add_acceptance",
    "add_note",
    "fetch_by_status",
    "fetch_notes",
    "find_acceptance",
    "find_publication",
    "list_publications",
    "move_publication",
    "put_publication",
    "remove_publication",
    "save_steps",
    "want_acceptance",
    "want_publication",
]

_QUEUE_FIELDS = ["integration_id", "name", "developer", "draft_place", "place", "listing_version", "is_listed"]


class _SnapshotAttribute(store.JsonAttribute):
    def serialize(self, value: Snapshot) -> str:
        return super().serialize(asdict(value))

    def deserialize(self, value: str) -> Snapshot:
        raw: dict[str, Any] = super().deserialize(value)
        plain: dict[str, Any] = {
            name: tuple(entry) if isinstance(entry, list) else entry for name, entry in raw.items()
        }
        return Snapshot(**plain)


class ByStatus(GlobalSecondaryIndex["PublicationItem"]):  # type: ignore[no-untyped-call]  # PynamoDB left a hook untyped
    """The operator's queue, longest waiting first. Not consistent: each step is decided on the row itself."""

    Meta = store.index("by_status", IncludeProjection(_QUEUE_FIELDS))

    status = store.EnumAttribute(PublicationStatus, hash_key=True)
    status_since = UTCDateTimeAttribute(range_key=True)


class PublicationItem(store.Item):
    Meta = store.table("publications")

    tenant_id = UnicodeAttribute(hash_key=True)
    integration_id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    developer = UnicodeAttribute()
    status = store.EnumAttribute(PublicationStatus)
    status_since = UTCDateTimeAttribute()
    place = store.EnumAttribute(Place)
    draft = _SnapshotAttribute(null=True)
    draft_place = store.EnumAttribute(Place, null=True)
    approved = _SnapshotAttribute(null=True)
    is_listed = BooleanAttribute()
    listing_version = NumberAttribute()
    version = NumberAttribute()
    submitted_by = UnicodeAttribute()
    checklist_version = UnicodeAttribute()
    verdicts = store.RecordsAttribute(Verdict)
    reason = UnicodeAttribute()

    by_status = ByStatus()


class PublicationNoteItem(store.Item):
    """Reached only through a publication, and that through its owner or the operator; the range key sorts by time."""

    Meta = store.table("publication-notes")

    integration_id = UnicodeAttribute(hash_key=True)
    note_key = UnicodeAttribute(range_key=True)
    note_id = UnicodeAttribute()
    kind = UnicodeAttribute()
    side = UnicodeAttribute()
    text = UnicodeAttribute()
    account_id = UnicodeAttribute()
    person = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    listing_version = NumberAttribute()
    verdicts = store.RecordsAttribute(Verdict)


class AgreementItem(store.Item):
    Meta = store.table("agreements")

    tenant_id = UnicodeAttribute(hash_key=True)
    agreement_version = UnicodeAttribute(range_key=True)
    account_id = UnicodeAttribute()
    person = UnicodeAttribute()
    email = UnicodeAttribute()
    accepted_at = UTCDateTimeAttribute()


TABLES = (PublicationItem, PublicationNoteItem, AgreementItem)


def find_publication(tenant_id: str, integration_id: str) -> Publication | None:
    item = store.find(PublicationItem, tenant_id, integration_id)
    return _to_entity(item) if item else None


def want_publication(tenant_id: str, integration_id: str) -> together.Wanted[Publication]:
    return together.Wanted(PublicationItem, (tenant_id, integration_id), _to_entity)


def want_acceptance(tenant_id: str, agreement_version: str) -> together.Wanted[Acceptance]:
    return together.Wanted(AgreementItem, (tenant_id, agreement_version), _to_acceptance)


def _to_acceptance(item: AgreementItem) -> Acceptance:
    return store.to_entity(Acceptance, item)


def list_publications(tenant_id: str) -> list[Publication]:
    """All of a company: one Query for up to a megabyte of listings."""
    with store.faults():
        return [_to_entity(item) for item in PublicationItem.query(tenant_id)]


def put_publication(tx: store.Transaction, before: Publication, after: Publication) -> None:
    """Part `publication`: replaces `before` if it is still the stored version."""
    item = store.to_item(PublicationItem, after)
    if before.version == 0:
        tx.add("publication", item)
    else:
        tx.put("publication", item, PublicationItem.version == before.version)


def save_steps(tx: store.Transaction) -> None:
    """Commit. Raises ReviewOutdatedError when the publication, or the integration behind it, is another one now."""
    try:
        tx.commit()
    except store.RefusedError as refused:
        raise ReviewOutdatedError("Somebody else changed it at the same moment. Look again.") from refused


def move_publication(tx: store.Transaction, before: Publication, after: Publication) -> None:
    """Parts `publication` and `publication there`: the row under its new owner."""
    tx.delete(
        "publication",
        PublicationItem,
        (before.tenant_id, before.integration_id),
        PublicationItem.version == before.version,
    )
    tx.add("publication there", store.to_item(PublicationItem, after))


def remove_publication(tx: store.Transaction, tenant_id: str, integration_id: str) -> None:
    tx.delete("publication", PublicationItem, (tenant_id, integration_id))


def add_note(tx: store.Transaction, note: Note) -> None:
    key = f"{note.created_at:%Y-%m-%dT%H:%M:%S.%fZ}#{note.note_id}"
    tx.add(f"note {note.note_id}", store.to_item(PublicationNoteItem, note, note_key=key))


def fetch_notes(ctx: Context, integration_id: str, query: PageQuery) -> Page[Note]:
    """Newest first, one Query."""
    page = fetch_page(
        ctx,
        f"publication notes:{integration_id}",
        query,
        lambda **kw: PublicationNoteItem.query(integration_id, scan_index_forward=False, consistent_read=True, **kw),
    )
    return page.map(lambda item: store.to_entity(Note, item, listing_version=int(item.listing_version)))


def fetch_by_status(ctx: Context, status: PublicationStatus, query: PageQuery) -> Page[PublicationItem]:
    """Who waits longest stands first: one Query. The rows have only what a list shows."""
    return fetch_page(ctx, f"publications:{status}", query, lambda **kw: PublicationItem.by_status.query(status, **kw))


def find_acceptance(tenant_id: str, agreement_version: str) -> Acceptance | None:
    item = store.find(AgreementItem, tenant_id, agreement_version)
    return _to_acceptance(item) if item else None


def add_acceptance(acceptance: Acceptance) -> Acceptance:
    """The first yes counts; a second one changes nothing and answers with the first."""
    try:
        store.add(store.to_item(AgreementItem, acceptance))
    except store.RefusedError as refused:
        standing = refused.parts["item"]
        return store.to_entity(Acceptance, standing) if standing is not None else acceptance
    return acceptance


def _to_entity(item: PublicationItem) -> Publication:
    return store.to_entity(Publication, item, version=int(item.version), listing_version=int(item.listing_version))
