"""The queue `statistics`, which captures facts, and the schedule that folds them."""

from __future__ import annotations

from chalice.app import Blueprint, Rate

from chalicelib.kit.context import Context
from chalicelib.kit.events import queue_edge, schedule_edge
from chalicelib.kit.log import log
from chalicelib.kit.outbox import Event
from chalicelib.statistics import rollup

events = Blueprint(__name__)


@events.on_sqs_message(queue="statistics", name="statistics-capture", batch_size=1)
@queue_edge
def statistics_capture(ctx: Context, event: Event) -> None:
    rollup.capture(ctx, event)


@events.schedule(Rate(5, unit=Rate.MINUTES), name="statistics-rollup")
@schedule_edge
def statistics_rollup(_: Context) -> None:
    log.info("statistics.rolled_up", extra={"partitions": rollup.roll_up()})
