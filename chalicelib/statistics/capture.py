"""What the stream's function runs: events, written with their change, become packed facts."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.accounts.domain import is_sandbox
from chalicelib.config import settings
from chalicelib.kit.context import Context
from chalicelib.kit.log import log
from chalicelib.kit.outbox import Event
from chalicelib.statistics import packing, repository
from chalicelib.statistics.domain import Fact, FactKind, is_plausible

KINDS = {
    "activation.activated": FactKind.ACTIVATED,
    "activation.reactivated": FactKind.REACTIVATED,
    "activation.ended": FactKind.ENDED,
    "connection.expired": FactKind.EXPIRED,
    "subscription.started": FactKind.PURCHASED,
    "subscription.cancelled": FactKind.CANCELLED,
}


def capture(ctx: Context, events: Sequence[Event]) -> int:
    """Remember what happened; how many facts that was. A second delivery changes nothing.

    Rows first, then the marks: whoever dies in between gets the events again, writes the same rows and marks them then.
    """
    real = [event for event in events if event.event_type in KINDS and not _is_test(event)]
    facts = [fact for event in real if (fact := _parse(ctx, event)) is not None]
    batches = packing.pack(facts)
    for batch in batches:
        repository.add_batch(batch)
    for slot in sorted({batch.partition.slot for batch in batches}):
        repository.mark_slot(slot, ctx.request_id)
    return len(facts)


def _is_test(event: Event) -> bool:
    """What happens in test companies is no customer's doing."""
    return bool(event.data.get("is_test")) or is_sandbox(str(event.data.get("tenant_id", "")))


def _parse(ctx: Context, event: Event) -> Fact | None:
    """The fact, or None for one that is put aside: a stream must not stop at what will never be right."""
    try:
        fact = Fact(
            event_id=event.event_id,
            kind=KINDS[event.event_type],
            detail=str(event.data.get("country_code", ""))[:2],
            owner_tenant_id=event.data["owner_tenant_id"],
            integration_id=event.data["integration_id"],
            tenant_number=int(event.data.get("tenant_number", 0)),
            occurred_at=event.occurred_at,
        )
    except (KeyError, TypeError, ValueError):
        _put_aside(event, "statistics.unreadable")
        return None
    # The embedded stage travels in time: there no moment is impossible.
    if settings().is_embedded or is_plausible(fact.occurred_at, ctx.now):
        return fact
    _put_aside(event, "statistics.quarantined")
    return None


def _put_aside(event: Event, why: str) -> None:
    repository.quarantine(event.event_id, event.to_json())
    log.error(why, extra={"event_id": event.event_id, "occurred_at": event.occurred_at.isoformat()})
