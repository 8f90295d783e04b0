"""The queue `licences`: people who are no longer of a company."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.kit.context import Context
from chalicelib.kit.events import queue_edge
from chalicelib.kit.outbox import Event
from chalicelib.licences import leaving

events = Blueprint(__name__)


@events.on_sqs_message(queue="licences", name="licences-leave", batch_size=1)
@queue_edge
def licences_leave(ctx: Context, event: Event) -> None:
    leaving.give_up_seats(ctx, str(event.data["tenant_id"]), event.subject)
