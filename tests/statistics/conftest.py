"""A developer's facts, told as the activations room tells them."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.statistics import events, rollup

_numbers = itertools.count(1)


def told(
    kind: str,
    at: datetime,
    *,
    owner: str = "ten_dev",
    integration: str = "int_1",
    tenant: str = "ten_c",
    event_id: str = "",
) -> str:
    return json.dumps({
        "event_id": event_id or f"evt_{next(_numbers)}", "event_type": f"activation.{kind}", "subject": "act_1",
        "occurred_at": at.isoformat(), "correlation_id": "req_1",
        "data": {"activation_id": "act_1", "integration_id": integration, "owner_tenant_id": owner, "client_id": "c",
                 "tenant_id": tenant, "tenant_number": 1234567, "scopes": ["invoice"], "kind": "user"},
    })  # fmt: skip


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Capture:
    """`deliver` hands messages to the function as SQS would, seen from a moment near them."""

    def deliver(self, *bodies: str) -> list[str]:
        records = [
            {"messageId": str(n), "body": body, "receiptHandle": "r", "eventSourceARN": "arn"}
            for n, body in enumerate(bodies)
        ]
        answer: Any = events.statistics_capture({"Records": records}, None)
        return [entry["itemIdentifier"] for entry in answer["batchItemFailures"]]

    def fold(self) -> int:
        return rollup.roll_up()


@pytest.fixture
def capture(aws: None, monkeypatch: pytest.MonkeyPatch) -> Capture:
    monkeypatch.setattr(rollup, "is_plausible", lambda *_: True)
    return Capture()
