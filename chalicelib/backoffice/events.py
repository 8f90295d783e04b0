"""The functions behind the queues: one message, one row of the log; one message, one piece of a migration."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.backoffice import audit, migration
from chalicelib.kit.context import Context
from chalicelib.kit.events import queue_edge
from chalicelib.kit.outbox import Event

events = Blueprint(__name__)


@events.on_sqs_message(queue="audit", name="backoffice-audit", batch_size=1)
@queue_edge
def backoffice_audit(_: Context, event: Event) -> None:
    audit.record(event)


@events.on_sqs_message(queue="migrations", name="backoffice-migrate", batch_size=1)
@queue_edge
def backoffice_migrate(ctx: Context, event: Event) -> None:
    migration.work(ctx, event)
