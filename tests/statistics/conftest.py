"""A developer's facts, told as the outbox's stream tells them."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.kit.context import Context, new_context
from chalicelib.statistics import capture as capturing
from chalicelib.statistics import events, rollup
from chalicelib.statistics.repository import FactItem, MarkItem, SeriesItem

_numbers = itertools.count(1)
LATER = datetime(2029, 1, 1, 12, tzinfo=UTC)  # when every history of these tests is over and its days are closed


def told(
    kind: str,
    at: datetime,
    *,
    owner: str = "ten_dev",
    integration: str = "int_1",
    tenant: int = 1234567,
    event_id: str = "",
    country: str = "SE",
) -> str:
    event_type = kind if "." in kind else f"activation.{kind}"
    return json.dumps({
        "event_id": event_id or f"evt_{next(_numbers)}", "event_type": event_type, "subject": "act_1",
        "occurred_at": at.isoformat(), "correlation_id": "req_1",
        "data": {"activation_id": "act_1", "integration_id": integration, "owner_tenant_id": owner, "client_id": "c",
                 "tenant_id": "ten_c", "tenant_number": tenant, "country_code": country, "scopes": ["invoice"],
                 "kind": "user"},
    })  # fmt: skip


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def seen_from(now: datetime) -> Context:
    return replace(new_context(), now=now)


def forget() -> None:
    """Empty tables, quicker than a fresh AWS."""
    for item in (FactItem, MarkItem, SeriesItem):
        with item.batch_write() as batch:
            for row in item.scan():
                batch.delete(row)


class Capture:
    """`deliver` hands events to the function as the stream would; `fold` counts as the schedule would, at `now`."""

    def deliver(self, *bodies: str) -> list[str]:
        answer: Any = events.statistics_capture({"Records": [_record(n, body) for n, body in enumerate(bodies)]}, None)
        return [entry["itemIdentifier"] for entry in answer["batchItemFailures"]]

    def fold(self, now: datetime = LATER) -> rollup.Done:
        return rollup.roll_up(seen_from(now))


def _record(number: int, body: str) -> dict[str, Any]:
    image = {"event_type": {"S": json.loads(body)["event_type"]}, "body": {"S": body}}
    return {"eventName": "INSERT", "dynamodb": {"NewImage": image, "SequenceNumber": str(number)}}


@pytest.fixture
def capture(aws: None, monkeypatch: pytest.MonkeyPatch) -> Capture:
    monkeypatch.setattr(capturing, "is_plausible", lambda *_: True)
    return Capture()
