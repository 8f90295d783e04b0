"""Outbox (D8): a change and the event that tells of it are one transaction; a stream fans events out to queues."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from pynamodb.attributes import TTLAttribute, UnicodeAttribute

from chalicelib.config import load_data
from chalicelib.kit import store
from chalicelib.kit.context import Context

__all__ = ["Event", "OutboxItem", "consumers_of", "new_event", "parse_event", "publish"]

KEPT_FOR = timedelta(days=14)  # longer than any redelivery: SQS keeps a message at most this long


@dataclass(frozen=True, slots=True)
class Event:
    """`event_type` is past tense, `<noun>.<verb>`; `subject` the id of the thing it happened to; `data` plain JSON."""

    event_id: str
    event_type: str
    subject: str
    occurred_at: datetime
    correlation_id: str
    data: Mapping[str, Any] = field(default_factory=dict)
    actor: str = ""  # the account that caused it; nobody for schedules and strangers

    def to_json(self) -> str:
        return json.dumps(
            {
                "event_id": self.event_id,
                "event_type": self.event_type,
                "subject": self.subject,
                "occurred_at": self.occurred_at.isoformat(),
                "correlation_id": self.correlation_id,
                "data": dict(self.data),
                "actor": self.actor,
            },
            separators=(",", ":"),
            ensure_ascii=False,
        )


def parse_event(text: str) -> Event:
    """Raises KeyError, TypeError or ValueError for a message that is no event of ours."""
    raw = json.loads(text)
    return Event(**(raw | {"occurred_at": datetime.fromisoformat(raw["occurred_at"])}))


class OutboxItem(store.Item):
    Meta = store.table("outbox", stream=True)

    event_id = UnicodeAttribute(hash_key=True)
    event_type = UnicodeAttribute()
    body = UnicodeAttribute()
    expires_at = TTLAttribute()


def new_event(ctx: Context, event_type: str, subject: str, **data: Any) -> Event:
    """An event of this request; with an Idempotency-Key its id follows from the key, so a retry tells it once."""
    actor = ctx.actor.account_id if ctx.actor else ""
    return Event(ctx.new_id("evt"), event_type, subject, ctx.now, ctx.correlation_id, data, actor)


def publish(tx: store.Transaction, event: Event) -> None:
    """Put the event into the transaction that makes it true."""
    row = OutboxItem(
        event.event_id,
        event_type=event.event_type,
        body=event.to_json(),
        expires_at=event.occurred_at + KEPT_FOR,
    )
    tx.put(f"outbox:{event.event_id}", row)


def consumers_of(event_type: str) -> list[str]:
    """Queues that asked for this type in `data/subscriptions.json` (shell patterns such as `activation.*`)."""
    subscriptions: dict[str, list[str]] = load_data("subscriptions")
    return [
        queue
        for queue, patterns in subscriptions.items()
        if any(fnmatchcase(event_type, pattern) for pattern in patterns)
    ]
