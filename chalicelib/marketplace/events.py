"""The queue `marketplace`: what becomes live or ceases to be. Loads only this room (F4)."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.kit.context import Context
from chalicelib.kit.events import queue_edge
from chalicelib.kit.outbox import Event
from chalicelib.marketplace import building

events = Blueprint(__name__)


@events.on_sqs_message(queue="marketplace", name="marketplace-build", batch_size=1)
@queue_edge
def marketplace_build(_: Context, event: Event) -> None:
    building.build(event)
