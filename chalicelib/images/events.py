"""Image functions: S3 tells of an upload, people change selections, integrations end. Loads only this room (F4)."""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint, Rate

from chalicelib.images import cleaning, processing, removal
from chalicelib.kit.context import Context
from chalicelib.kit.events import call_edge, queue_edge, schedule_edge
from chalicelib.kit.outbox import Event

events = Blueprint(__name__)


# aws/chalice: `on_s3_event` makes packaging fail; the bucket's notification stands in our template instead.
@events.lambda_function(name="images-render")
@call_edge
def images_render(ctx: Context, notification: Any) -> None:
    for upload in processing.parse_uploads(notification):
        processing.process_upload(ctx, upload)


@events.on_sqs_message(queue="images", name="images-remove", batch_size=1)
@queue_edge
def images_remove(_: Context, event: Event) -> None:
    removal.remove_all_images(event.subject)


@events.on_sqs_message(queue="image-selections", name="images-remake", batch_size=1)
@queue_edge
def images_remake(_: Context, event: Event) -> None:
    processing.process_selection(str(event.data["integration_id"]), event.subject)


@events.schedule(Rate(1, unit=Rate.HOURS), name="images-clean")
def images_clean(event: Any) -> None:
    _clean(event)


@schedule_edge
def _clean(ctx: Context) -> None:
    cleaning.remove_orphans(ctx)
