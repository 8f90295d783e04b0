"""The queue `callback-tests`: requests to strangers' servers are made here, with no right to anything else."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.callbacks import running
from chalicelib.kit.context import Context
from chalicelib.kit.events import queue_edge
from chalicelib.kit.outbox import Event

events = Blueprint(__name__)


@events.on_sqs_message(queue="callback-tests", name="callbacks-run", batch_size=1)
@queue_edge
def callbacks_run(ctx: Context, event: Event) -> None:
    running.run_test(ctx, event)
