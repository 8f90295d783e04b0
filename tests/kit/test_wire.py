"""The lean DynamoDB path: the same signature as botocore's, the same errors, the same tries, the same events."""

from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, ReadTimeoutError
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kit import store, wire

BODY = {
    "TableName": "anslut-test-revocations", "Key": {"hour": {"S": "2026-01-01T00"}, "revocation_id": {"S": "x"}},
    "UpdateExpression": "SET subjects = :n", "ExpressionAttributeValues": {":n": {"S": "1"}},
}  # fmt: skip


@pytest.fixture
def client(aws: None) -> Any:
    return store.shared_connection().client


class Answer:
    def __init__(self, status: int, body: Any) -> None:
        self.status_code, self.content = status, json.dumps(body).encode()


class Listener:
    """Answers in place of AWS, one after the other; the last answer stays."""

    def __init__(self, client: Any, *answers: Any) -> None:
        self.events, self.answers, self.requests = client.meta.events, list(answers), []

    def __enter__(self) -> Self:
        self.events.register_first("before-send.dynamodb", self.answer)
        return self

    def __exit__(self, *_: object) -> None:
        self.events.unregister("before-send.dynamodb", self.answer)

    def answer(self, request: Any, **_: Any) -> Any:
        self.requests.append(request)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)


@settings(deadline=None, max_examples=30)
@given(
    payload=st.binary(max_size=300),
    token=st.one_of(st.none(), st.text("abcABC123+/=", min_size=1, max_size=400)),
    operation=st.sampled_from(["UpdateItem", "GetItem", "Query"]),
    endpoint=st.sampled_from(["https://dynamodb.eu-north-1.amazonaws.com", "http://127.0.0.1:4566"]),
)
def test_the_signature_is_botocores(payload: bytes, token: str | None, operation: str, endpoint: str) -> None:
    credentials = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token)
    client: Any = Double(
        meta=Double(endpoint_url=endpoint, region_name="eu-north-1"), _request_signer=Double(_credentials=credentials)
    )
    for _ in range(2):  # a second may turn between the two
        ours = wire._headers(client, operation, payload)
        theirs = AWSRequest("POST", f"{endpoint}/", data=payload, headers={
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{operation}"})  # fmt: skip
        SigV4Auth(credentials, "dynamodb", "eu-north-1").add_auth(theirs)
        if ours["X-Amz-Date"] == theirs.headers["X-Amz-Date"]:
            break
    assert ours["Authorization"] == theirs.headers["Authorization"]
    assert ours.get("X-Amz-Security-Token") == theirs.headers.get("X-Amz-Security-Token")


class Double:
    """A third party's object, as far as it is looked at."""

    def __init__(self, **members: Any) -> None:
        self.__dict__.update(members)


def test_an_answer_is_the_decoded_body(client: Any) -> None:
    with Listener(client, Answer(200, {"Attributes": {"gen": {"N": "1"}}})) as heard:
        assert wire.call(client, "UpdateItem", BODY) == {"Attributes": {"gen": {"N": "1"}}}
    (request,) = heard.requests
    assert json.loads(request.body) == BODY
    assert request.url == client.meta.endpoint_url + "/"


def test_a_refused_condition_is_raised_at_once_with_the_row_that_stood_in_the_way(client: Any) -> None:
    refused = {
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "message": "no",
        "Item": {"a": {"S": "b"}},
    }
    with Listener(client, Answer(400, refused)) as heard, pytest.raises(ClientError) as caught:
        wire.call(client, "UpdateItem", BODY)
    assert caught.value.response["Error"] == {"Code": "ConditionalCheckFailedException", "Message": "no"}
    assert caught.value.response["Item"] == {"a": {"S": "b"}}
    assert len(heard.requests) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        Answer(500, {"__type": "InternalServerError"}),
        Answer(503, {}),
        Answer(400, {"__type": "x#ProvisionedThroughputExceededException"}),
        Answer(400, {"__type": "x#ThrottlingException"}),
        ReadTimeoutError(endpoint_url="https://x"),
    ],
    ids=["500", "503", "no room", "throttled", "time-out"],
)
def test_what_may_pass_is_tried_three_times(client: Any, trouble: Any) -> None:
    with Listener(client, trouble, trouble, Answer(200, {})) as heard:
        assert wire.call(client, "UpdateItem", BODY) == {}
    assert len(heard.requests) == 3
    with Listener(client, trouble) as heard, pytest.raises((ClientError, ReadTimeoutError)):
        wire.call(client, "UpdateItem", BODY)
    assert len(heard.requests) == 3


def test_each_try_is_signed_anew(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(1_800_000_000, 1_800_000_100, 10))
    real = time.gmtime
    monkeypatch.setattr("chalicelib.kit.wire.time.gmtime", lambda: real(next(moments)))
    with Listener(client, Answer(500, {}), Answer(200, {})) as heard:
        wire.call(client, "UpdateItem", BODY)
    assert len({request.headers["X-Amz-Date"] for request in heard.requests}) == 2


def test_what_botocore_would_say_of_the_same_call(client: Any) -> None:
    """Both paths against the same store (moto): a missing row is the same refusal."""
    request = BODY | {
        "ConditionExpression": "attribute_exists(subjects)",
        "Key": BODY["Key"] | {"revocation_id": {"S": "y"}},
    }
    with pytest.raises(ClientError) as ours:
        wire.call(client, "UpdateItem", request)
    with pytest.raises(ClientError) as theirs:
        client.update_item(**request)
    assert ours.value.response["Error"]["Code"] == theirs.value.response["Error"]["Code"]


class OverTheWire(BaseHTTPRequestHandler):
    """Answers like DynamoDB's own HTTP interface, and keeps what it was sent."""

    heard: list[tuple[str, dict[str, str], Any]] = []  # noqa: RUF012 - one server, one test

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((self.path, {k.lower(): v for k, v in self.headers.items()}, json.loads(body)))
        answer = b'{"Attributes": {}}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        pass


def test_it_goes_through_the_clients_own_connection_pool() -> None:
    """No listener answers here: the request leaves through botocore's HTTP session, as in a function."""
    import boto3

    server = ThreadingHTTPServer(("127.0.0.1", 0), OverTheWire)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        client = boto3.client(
            "dynamodb", endpoint_url=f"http://127.0.0.1:{server.server_port}", region_name="eu-north-1"
        )
        for _ in range(2):
            assert wire.call(client, "UpdateItem", BODY) == {"Attributes": {}}
    finally:
        server.shutdown()
        server.server_close()
    path, headers, body = OverTheWire.heard[0]
    assert (path, body, headers["x-amz-target"]) == ("/", BODY, "DynamoDB_20120810.UpdateItem")
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=")
