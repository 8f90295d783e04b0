"""Image functions: S3 tells of an upload; a deleted integration takes its images with it. Loads only this room (F4)."""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint

from chalicelib.images import processing
from chalicelib.kit.context import Context
from chalicelib.kit.events import call_edge, queue_edge
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
    processing.remove_all_images(event.subject)
