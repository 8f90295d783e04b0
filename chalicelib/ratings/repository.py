"""Rows of ratings, and the summary that changes in the same transaction as they do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.pagination import Page, PageQuery, fetch_page
from chalicelib.ratings.domain import Rating, RatingChangedError, Summary

__all__ = [
    "TABLES",
    "RatingItem",
    "SummaryItem",
    "fetch_by_owner",
    "fetch_of_integration",
    "fetch_reported",
    "find_rating",
    "find_summary",
    "iterate_ratings",
    "judge_summary",
    "remove_summary",
    "save_rating",
]

_INTEGRATION_ID = re.compile(r"int_[a-z0-9]{1,40}")
_RATING_ID = re.compile(r"rat_[0-9a-f]{24}")
_OPEN = "open"


class ByOwner(GlobalSecondaryIndex["RatingItem"]):  # type: ignore[no-untyped-call]  # PynamoDB left a hook untyped
    """Everything said of one developer's integrations, newest first. Not consistent: nothing rests on it."""

    Meta = store.index("by_owner", AllProjection())

    owner_tenant_id = UnicodeAttribute(hash_key=True)
    updated_at = UTCDateTimeAttribute(range_key=True)


class ByReport(GlobalSecondaryIndex["RatingItem"]):  # type: ignore[no-untyped-call]  # as above
    """Reported and not judged yet, oldest first: sparse, rows leave it when they are judged."""

    Meta = store.index("by_report", AllProjection())

    report_state = UnicodeAttribute(hash_key=True)
    reported_at = UTCDateTimeAttribute(range_key=True)


class RatingItem(store.Item):
    """The range key follows from the company, so that one has one."""

    Meta = store.table("ratings")

    integration_id = UnicodeAttribute(hash_key=True)
    rating_id = UnicodeAttribute(range_key=True)
    number = NumberAttribute()
    owner_tenant_id = UnicodeAttribute()
    tenant_id = UnicodeAttribute()
    company_name = UnicodeAttribute()
    account_id = UnicodeAttribute()
    stars = NumberAttribute()
    comment = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()
    response = UnicodeAttribute()
    response_created_at = UTCDateTimeAttribute(null=True)
    response_updated_at = UTCDateTimeAttribute(null=True)
    report_state = UnicodeAttribute(null=True)
    reported_at = UTCDateTimeAttribute(null=True)
    report_reason = UnicodeAttribute()
    hidden_at = UTCDateTimeAttribute(null=True)
    hidden_reason = UnicodeAttribute()
    version = NumberAttribute()

    by_owner = ByOwner()
    by_report = ByReport()


class SummaryItem(store.Item):
    Meta = store.table("rating-summaries")

    integration_id = UnicodeAttribute(hash_key=True)
    count_ = NumberAttribute(attr_name="count", default=0)
    total = NumberAttribute(default=0)
    is_recommended = BooleanAttribute(default=False)
    version = NumberAttribute(default=0)


TABLES = (RatingItem, SummaryItem)


def find_rating(integration_id: str, rating_id: str) -> Rating | None:
    if not _INTEGRATION_ID.fullmatch(integration_id) or not _RATING_ID.fullmatch(rating_id):
        return None
    item = store.find(RatingItem, integration_id, rating_id)
    return _to_entity(item) if item else None


def save_rating(tx: store.Transaction, before: Rating | None, after: Rating | None) -> None:
    """Parts `rating` and `summary`: both move together, so the summary needs no recount."""
    one = after or before
    if one is None:
        raise ValueError("nothing to save")
    if after is None and before is not None:
        key = (before.integration_id, before.rating_id)
        tx.delete("rating", RatingItem, key, RatingItem.version == before.version)
    elif after is not None:
        state = _OPEN if after.reported_at is not None and after.is_shown else None
        item = store.to_item(RatingItem, after, report_state=state, reported_at=after.reported_at if state else None)
        tx.put("rating", item, RatingItem.version == before.version if before else store.absent(RatingItem))
    old, new = before.counted if before else (0, 0), after.counted if after else (0, 0)
    if old != new:
        actions: list[Action] = [
            SummaryItem.count_.add(new[0] - old[0]), SummaryItem.total.add(new[1] - old[1]), SummaryItem.version.add(1),
        ]  # fmt: skip
        tx.update("summary", SummaryItem, (one.integration_id,), actions)


def commit(tx: store.Transaction) -> None:
    """Raises RatingChangedError when somebody else was faster."""
    try:
        tx.commit()
    except store.RefusedError as refused:
        raise RatingChangedError("Look at it again and repeat your change.") from refused


def find_summary(integration_id: str) -> Summary:
    item = store.find(SummaryItem, integration_id)
    return _to_summary(item) if item else Summary(integration_id=integration_id)


def judge_summary(tx: store.Transaction, summary: Summary, *, is_recommended: bool) -> Summary:
    """Part `summary`, refused when it is no longer the one that was judged."""
    after = replace(summary, is_recommended=is_recommended, version=summary.version + 1)
    row = SummaryItem(
        after.integration_id, count_=after.count, total=after.total, is_recommended=is_recommended,
        version=after.version,
    )  # fmt: skip
    tx.put("summary", row, SummaryItem.version == summary.version if summary.version else store.absent(SummaryItem))
    return after


def remove_summary(integration_id: str) -> None:
    store.remove(SummaryItem, (integration_id,))


def fetch_of_integration(ctx: Context, integration_id: str, query: PageQuery) -> Page[Rating]:
    """Those that are shown: one Query."""
    page = fetch_page(
        ctx,
        f"ratings of {integration_id}",
        query,
        lambda **kw: RatingItem.query(integration_id, filter_condition=RatingItem.hidden_at.does_not_exist(), **kw),
    )
    return page.map(_to_entity)


def fetch_by_owner(ctx: Context, tenant_id: str, query: PageQuery) -> Page[Rating]:
    """Newest first: one Query."""
    page = fetch_page(
        ctx,
        "ratings of my integrations",
        query,
        lambda **kw: RatingItem.by_owner.query(tenant_id, scan_index_forward=False, **kw),
    )
    return page.map(_to_entity)


def fetch_reported(ctx: Context, query: PageQuery) -> Page[Rating]:
    """Longest waiting first: one Query."""
    page = fetch_page(ctx, "reported ratings", query, lambda **kw: RatingItem.by_report.query(_OPEN, **kw))
    return page.map(_to_entity)


def list_by_owner(tenant_id: str, most: int) -> list[Rating]:
    """The newest: for programs that know no pages."""
    with store.faults():
        return [_to_entity(item) for item in RatingItem.by_owner.query(tenant_id, scan_index_forward=False, limit=most)]


def iterate_ratings(integration_id: str) -> Iterator[Rating]:
    with store.faults():
        for item in RatingItem.query(integration_id, consistent_read=True):
            yield _to_entity(item)


def _to_entity(item: RatingItem) -> Rating:
    return store.to_entity(Rating, item, number=int(item.number), stars=int(item.stars), version=int(item.version))


def _to_summary(item: SummaryItem) -> Summary:
    return Summary(
        integration_id=item.integration_id, count=int(item.count_), total=int(item.total),
        is_recommended=bool(item.is_recommended), version=int(item.version),
    )  # fmt: skip
