"""Events: written with the change, fanned out to those who asked, handled one by one, logged without secrets."""

from __future__ import annotations

import json

import boto3
import pytest

from chalicelib.kit import fanout, store
from chalicelib.kit.context import new_context
from chalicelib.kit.events import queue_edge
from chalicelib.kit.log import redact
from chalicelib.kit.outbox import Event, OutboxItem, consumers_of, new_event, parse_event, publish
from tests.kit.notebook import TitleItem, create


def stream_record(event: Event, kind="INSERT", sequence="1"):
    image = {"event_id": {"S": event.event_id}, "event_type": {"S": event.event_type}, "body": {"S": event.to_json()}}
    return {"eventName": kind, "dynamodb": {"SequenceNumber": sequence, "NewImage": image}}


def sqs(*bodies):
    class Batch:
        def to_dict(self):
            return {"Records": [{"messageId": str(n), "body": body} for n, body in enumerate(bodies)]}

    return Batch()


def test_WH_12_no_change_no_event(aws):
    create()
    store.add(TitleItem("taken", book_id="x"))
    with pytest.raises(store.RefusedError), store.transaction() as tx:
        tx.add("title", TitleItem("taken", book_id="y"))
        publish(tx, new_event(new_context(), "title.taken", "y"))
    assert list(OutboxItem.scan()) == []


def test_an_event_survives_the_wire():
    event = new_event(new_context(), "thing.happened", "int_1", name="å", count=1)
    assert parse_event(event.to_json()) == event


def test_consumers_are_those_who_asked():
    assert consumers_of("mail.requested") == ["mail"]
    assert consumers_of("activation.ended") == ["audit", "ratings"]
    assert consumers_of("nobody.asked") == []


@pytest.fixture
def mail_queue(aws, monkeypatch):
    from dataclasses import replace

    from chalicelib.config import settings

    sqs_client = boto3.client("sqs")
    url = sqs_client.create_queue(QueueName="mail")["QueueUrl"]
    monkeypatch.setattr(fanout, "settings", lambda: replace(settings(), queue_urls={"mail": url}))
    return lambda: sqs_client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])


def run_fanout(*records):
    class Stream:
        def to_dict(self):
            return {"Records": list(records)}

    return fanout.outbox_fanout.func(Stream()) if hasattr(fanout.outbox_fanout, "func") else None


def test_fan_out_sends_new_rows_only(mail_queue):
    event = new_event(new_context(), "mail.requested", "acc_1")
    answer = run_fanout(stream_record(event), stream_record(event, kind="REMOVE", sequence="2"))
    assert answer == {"batchItemFailures": []}
    assert [json.loads(message["Body"])["event_id"] for message in mail_queue()] == [event.event_id]


def test_SB_20_fan_out_stops_at_the_record_that_fails_and_names_it(mail_queue):
    good = new_event(new_context(), "mail.requested", "acc_1")
    poison = new_event(new_context(), "sandbox.requested", "sbx_1")  # its queue is not known here
    answer = run_fanout(stream_record(good), stream_record(poison, sequence="2"), stream_record(good, sequence="3"))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    assert len(mail_queue()) == 1


def test_FA_19_one_poison_message_goes_back_alone():
    seen = []

    @queue_edge
    def handler(ctx, event):
        if event.subject == "bad":
            raise RuntimeError
        seen.append((event.subject, ctx.correlation_id == event.correlation_id))

    ctx = new_context()
    bodies = [new_event(ctx, "a.b", subject).to_json() for subject in ("one", "bad", "two")] + ["not json", "{}"]
    assert handler(sqs(*bodies)) == {"batchItemFailures": [{"itemIdentifier": n} for n in ("1", "3", "4")]}
    assert seen == [("one", True), ("two", True)]


@pytest.mark.parametrize("name", [
    "client_secret", "access_token", "refresh_token", "password", "new_password", "Authorization", "cookie", "code",
    "code_verifier", "otp", "form_token", "token",
])  # fmt: skip
def test_secrets_never_reach_the_log(name):
    line = redact({"a": [{"deep": {name: "hunter2", "other": "kept"}}]})
    assert "hunter2" not in json.dumps(line)
    assert "kept" in json.dumps(line)


def test_OP_06_an_injected_line_break_stays_one_line():
    assert redact({"name": "a\r\nb"}) == {"name": "a\\r\\nb"}
