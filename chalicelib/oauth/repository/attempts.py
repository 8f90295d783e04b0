"""Attempts in DynamoDB: newest first for a client, by short id for support; kept for thirty days."""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.pagination import Page, PageQuery, fetch_page
from chalicelib.oauth.attempts.domain import KEPT_FOR, Attempt, Cause, Step

_FOUND_MAX = 10
_LATEST = ("short_id", "request_id", "step", "cause", "error", "description", "family_id", "ended_at")


class _ByShortId(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # PynamoDB: untyped __init_subclass__
    Meta = store.index("by_short_id", AllProjection())

    short_id = UnicodeAttribute(hash_key=True)


class AttemptItem(store.Item):
    Meta = store.table("connection-attempts")

    client_id = UnicodeAttribute(hash_key=True)
    attempt_id = UnicodeAttribute(range_key=True)  # begins with the instant
    short_id = UnicodeAttribute()
    request_id = UnicodeAttribute()
    step = store.EnumAttribute(Step)
    cause = store.EnumAttribute(Cause)
    error = UnicodeAttribute(default="")
    description = UnicodeAttribute(default="")
    tenant_number = NumberAttribute(null=True)
    family_id = UnicodeAttribute(default="")
    times = NumberAttribute(default=1)
    ended_at = UTCDateTimeAttribute()
    expires_at = TTLAttribute()
    by_short_id = _ByShortId()


def put(tx: store.Transaction, attempt: Attempt) -> None:
    """Part "attempt" of the transaction that ends it; what stood there before is the same attempt, one step earlier."""
    tx.put("attempt", _to_item(attempt))


def save(attempt: Attempt) -> None:
    store.save(_to_item(attempt))


def count(attempt: Attempt) -> None:
    """The same failure again within its minute: one row that counts, whatever somebody throws at the token endpoint."""
    item = AttemptItem
    actions: list[Action] = [item.times.add(1), item.expires_at.set(attempt.ended_at + KEPT_FOR)]
    actions += [getattr(item, name).set(getattr(attempt, name)) for name in _LATEST]
    if attempt.tenant_number is not None:
        actions.append(item.tenant_number.set(attempt.tenant_number))
    store.update(item, (attempt.client_id, attempt.attempt_id), actions)


def list_by_client(ctx: Context, client_id: str, query: PageQuery) -> Page[Attempt]:
    """Newest first."""
    page = fetch_page(
        ctx, f"attempts of {client_id}", query,
        lambda **kwargs: AttemptItem.query(client_id, scan_index_forward=False, **kwargs),
    )  # fmt: skip
    return page.map(_to_attempt)


def list_by_short_id(short_id: str) -> list[Attempt]:
    with store.faults():
        return [_to_attempt(item) for item in AttemptItem.by_short_id.query(short_id, limit=_FOUND_MAX)]


def _to_item(attempt: Attempt) -> AttemptItem:
    return store.to_item(AttemptItem, attempt, expires_at=attempt.ended_at + KEPT_FOR)


def _to_attempt(item: AttemptItem) -> Attempt:
    return store.to_entity(Attempt, item, times=int(item.times), tenant_number=_whole(item.tenant_number))


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
