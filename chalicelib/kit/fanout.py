"""The outbox stream's function: each new event is sent to every queue that asked for its type."""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint

from chalicelib.config import settings
from chalicelib.kit.aws import client
from chalicelib.kit.context import Context
from chalicelib.kit.events import call_edge
from chalicelib.kit.log import log
from chalicelib.kit.outbox import consumers_of

events = Blueprint("chalicelib.kit.fanout")


def fan_out(image: dict[str, Any]) -> None:
    """Send one outbox row. A repeat sends again: consumers recognise the event by its id."""
    queue_urls = settings().queue_urls
    for consumer in consumers_of(image["event_type"]["S"]):
        client("sqs").send_message(QueueUrl=queue_urls[consumer], MessageBody=image["body"]["S"])


@events.on_dynamodb_record(stream_arn="outbox", name="outbox-fanout", batch_size=100, starting_position="TRIM_HORIZON")
def outbox_fanout(event: Any) -> dict[str, list[dict[str, str]]]:
    answer: dict[str, list[dict[str, str]]] = _run(event.to_dict())
    return answer


@call_edge
def _run(ctx: Context, event: dict[str, Any]) -> dict[str, list[dict[str, str]]]:
    """Stops at the first record that fails and names it: the stream goes on from there, in order, nothing skipped."""
    for record in event["Records"]:
        if record["eventName"] != "INSERT":
            continue
        try:
            fan_out(record["dynamodb"]["NewImage"])
        except Exception:  # noqa: BLE001 - the stream stops here and comes back to this record
            log.exception("outbox.fanout_failed", extra={"request_id": ctx.request_id})
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}
