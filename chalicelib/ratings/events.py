"""The queue `ratings`: whatever changes what listings show of ratings."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.kit.context import Context
from chalicelib.kit.events import queue_edge
from chalicelib.kit.outbox import Event
from chalicelib.ratings import judging

events = Blueprint(__name__)


@events.on_sqs_message(queue="ratings", name="ratings-judge", batch_size=1)
@queue_edge
def ratings_judge(ctx: Context, event: Event) -> None:
    judging.judge(ctx, event)
