"""The edge of event functions: plain decorators, because `app.py` is not loaded there (aws/chalice#1566).

Events arrive at least once and in no order: handlers are idempotent, a failed record is reported alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from chalicelib.kit.context import Context, new_context
from chalicelib.kit.log import bind, log
from chalicelib.kit.outbox import Event, parse_event
from chalicelib.start import ready

__all__ = ["call_edge", "queue_edge", "schedule_edge"]

BatchAnswer = dict[str, list[dict[str, str]]]


def queue_edge(handler: Callable[[Context, Event], None]) -> Callable[[Any], BatchAnswer]:
    """For SQS: one call per message; a message that raises goes back to the queue, the others are done."""

    @wraps(handler)
    def edge(event: Any) -> BatchAnswer:
        ready()
        failed = [record["messageId"] for record in event.to_dict()["Records"] if not _handled(handler, record)]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    return edge


def _handled(handler: Callable[[Context, Event], None], record: dict[str, Any]) -> bool:
    try:
        message = parse_event(record["body"])
        ctx = new_context(correlation_id=message.correlation_id)
        bind(request_id=ctx.request_id, correlation_id=ctx.correlation_id, event_id=message.event_id)
        handler(ctx, message)
    except Exception:  # noqa: BLE001 - whatever went wrong, this message alone goes back to the queue
        log.exception("event.failed", extra={"handler": handler.__name__, "message_id": record.get("messageId")})
        return False
    log.info("event.handled", extra={"handler": handler.__name__, "event_type": message.event_type})
    return True


def schedule_edge(handler: Callable[[Context], None]) -> Callable[[Any], None]:
    """For schedules: a failure is raised, so that the function's retry and its dead-letter queue see it."""

    @wraps(handler)
    def edge(_event: Any) -> None:
        ready()
        ctx = new_context()
        bind(request_id=ctx.request_id, correlation_id=ctx.correlation_id)
        handler(ctx)
        log.info("schedule.handled", extra={"handler": handler.__name__})

    return edge


def call_edge(handler: Callable[[Context, Any], Any]) -> Callable[..., Any]:
    """For functions invoked with a raw payload (S3 notifications, streams, operators): `handler(ctx, payload)`."""

    @wraps(handler)
    def edge(event: Any, _context: Any = None) -> Any:
        ready()
        ctx = new_context()
        bind(request_id=ctx.request_id, correlation_id=ctx.correlation_id)
        return handler(ctx, event)

    return edge
