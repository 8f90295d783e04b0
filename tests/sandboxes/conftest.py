"""Sandboxes in tests: the queue is played by hand, so that a test decides what arrives, how often and in which order."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.kit.outbox import OutboxItem, consumers_of
from chalicelib.sandboxes import events


class Queue:
    """What the outbox told, in order. `deliver` hands messages to the function as SQS would."""

    def __init__(self) -> None:
        self.handed: set[str] = set()

    def told(self, kinds: tuple[str, ...] = ("sandbox.",)) -> list[str]:
        rows = sorted(
            OutboxItem.scan(),
            key=lambda row: (json.loads(row.body)["occurred_at"], row.event_type == "sandbox.deletion_requested"),
        )
        return [
            row.body for row in rows if row.event_type.startswith(kinds) and "sandboxes" in consumers_of(row.event_type)
        ]

    def deliver(self, *bodies: str) -> list[str]:
        """The ids of messages that go back to the queue."""
        records = [
            {"messageId": str(n), "body": body, "receiptHandle": "r", "eventSourceARN": "arn"}
            for n, body in enumerate(bodies)
        ]
        answer: Any = events.sandboxes_provision({"Records": records}, None)
        return [entry["itemIdentifier"] for entry in answer["batchItemFailures"]]

    def drain_new(self) -> None:
        """What was not handed out yet, snapshots too."""
        waiting = [body for body in self.told(("sandbox.", "snapshot.")) if body not in self.handed]
        self.handed.update(waiting)
        assert self.deliver(*waiting) == []

    def drain(self) -> None:
        assert self.deliver(*self.told()) == []


@pytest.fixture
def queue(aws: None) -> Queue:
    return Queue()
