"""The outbox stream, from which facts are captured, and the schedules that fold and recount them."""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint, Cron, Rate

from chalicelib.kit.context import Context
from chalicelib.kit.events import call_edge, schedule_edge
from chalicelib.kit.log import log
from chalicelib.kit.outbox import Event, parse_event
from chalicelib.statistics import capture, recount, rollup

events = Blueprint(__name__)

# Many events share a row and a mark: waiting four minutes costs a tenth, and with the fold pages stay within ten.
_WINDOW_SECONDS = 240


@events.on_dynamodb_record(
    stream_arn="outbox",
    name="statistics-capture",
    batch_size=5_000,
    starting_position="TRIM_HORIZON",
    maximum_batching_window_in_seconds=_WINDOW_SECONDS,
)
def statistics_capture(event: Any) -> dict[str, list[dict[str, str]]]:
    answer: dict[str, list[dict[str, str]]] = _capture(event.to_dict())
    return answer


@call_edge
def _capture(ctx: Context, event: dict[str, Any]) -> dict[str, list[dict[str, str]]]:
    """All or nothing: written twice is counted once, so a batch that fails simply comes again."""
    images = [record["dynamodb"]["NewImage"] for record in event["Records"] if record["eventName"] == "INSERT"]
    told = [image["body"]["S"] for image in images if image["event_type"]["S"] in capture.KINDS]
    try:
        facts = capture.capture(ctx, _parse_all(told))
    except Exception:  # noqa: BLE001 - the stream stops here and comes back to these records
        log.exception("statistics.capture_failed")
        return {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["dynamodb"]["SequenceNumber"]}]}
    log.info("statistics.captured", extra={"records": len(event["Records"]), "facts": facts})
    return {"batchItemFailures": []}


def _parse_all(told: list[str]) -> list[Event]:
    return [parse_event(text) for text in told]


@events.schedule(Rate(5, unit=Rate.MINUTES), name="statistics-rollup")
@schedule_edge
def statistics_rollup(ctx: Context) -> None:
    rollup.roll_up(ctx)


@events.schedule(Cron(17, 2, "*", "*", "?", "*"), name="statistics-recount")
@schedule_edge
def statistics_recount(ctx: Context) -> None:
    recount.recount(ctx)
