"""Every declared route, generated: bad input is 4xx with a reason, trouble at AWS is 503 that says when to come back.

The routes come from the registry, so a new one is tried here without being named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from chalicelib import registry
from chalicelib.kit import store
from chalicelib.kit.context import new_context
from chalicelib.kit.http import Route
from chalicelib.kit.outbox import OutboxItem
from chalicelib.oauth.service import rotate_signing_keys
from tests import factories
from tests.client import Answer, Client
from tests.conftest import fresh_aws

ROUTES = registry.all_routes()
WITH_BODY = [
    route
    for route in ROUTES
    if route.kind == "json" and route.body is not None and not route.guard.name.startswith("scope:")
]  # the company API speaks its own dialect: tests/company_data
WITH_ID = [route for route in ROUTES if "{" in route.path and route.kind == "json"]
GETS = [route for route in ROUTES if route.method == "GET"]
WRONG_VALUES: list[Any] = [7, 1.5, True, None, [], {}, "", "x" * 50_000, "\u202e", "\x00", {"S": "x"}, [[]], -1, 2**60]
TEXT = "a name'\"<script>${7*7}{{7*7}}"
UNAVAILABLE = 503


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


class Everybody:
    """One signed-in person per role; `for_route` is whoever the route's guard lets in."""

    def __init__(self, app: Any) -> None:
        self.developer = factories.developer(app)
        self.operator = factories.operator(app)
        self.anybody = Client(app)

    def for_route(self, route: Route) -> Client:
        guard = route.guard.name
        if guard.startswith(("role:operator", "role:reviewer")):
            return self.operator
        return self.anybody if guard == "public" else self.developer


@pytest.fixture(scope="module")
def everybody(app: Any) -> Iterator[Everybody]:
    with fresh_aws():
        rotate_signing_keys(new_context())
        yield Everybody(app)


def address(route: Route, value: str = "int_nobody") -> str:
    return re.sub(r"{\w+}", value, route.path)


def send(client: Client, route: Route, body: str, content_type: str = "application/json") -> Answer:
    return client.request(route.method, address(route), body=body, headers={"Content-Type": content_type})


def assert_refused(answer: Answer) -> None:
    assert 400 <= answer.status < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["status"] == answer.status
    assert answer.json["instance"]
    assert answer.json.get("detail") or answer.json["title"]


@pytest.mark.parametrize("route", WITH_BODY, ids=name_of)
def test_a_body_that_is_no_object_is_refused(everybody, route):
    for body in ("", "[]", "null", "{", '{"a":NaN}', '{"a":1,"a":2}', "[" * 5000, '{"a":"' + "x" * 200_000 + '"}'):
        assert_refused(send(everybody.for_route(route), route, body))
    assert_refused(send(everybody.for_route(route), route, "{}", "text/plain"))


REFUSING = [route for route in WITH_BODY if route.name != "validate_integration_file"]  # that one tells, with 200


@pytest.mark.parametrize("route", REFUSING, ids=name_of)
def test_BO_11_unknown_fields_are_named_and_refused(everybody, route):
    sent = {"tenant_id ": "x", "pk": "A#", "role": "operator", "owner_id": "x", "ttl": 1}
    answer = send(everybody.for_route(route), route, json.dumps(sent))
    assert_refused(answer)
    assert {f"/{name}" for name in ("pk", "role", "owner_id")} <= {entry["pointer"] for entry in answer.json["errors"]}


@pytest.mark.parametrize("route", WITH_BODY, ids=name_of)
def test_IN_04_a_wrong_value_in_any_field_never_breaks_anything(everybody, route):
    client = everybody.for_route(route)
    for field in route.body.model_fields:
        for value in WRONG_VALUES:
            before = len(list(OutboxItem.scan()))
            answer = send(client, route, json.dumps({field: value}))
            assert answer.status < 500, (field, value, answer.text)
            if answer.status >= 400:
                assert len(list(OutboxItem.scan())) == before, "a refused request tells nobody anything"


@pytest.mark.parametrize("route", WITH_ID, ids=name_of)
def test_IN_30_a_strange_or_foreign_id_is_not_found(everybody, route):
    client = everybody.for_route(route)
    for value in ("int_nobody", "%00", "..%2f..", "A%23", "x" * 3000, "%F0%9F%98%80", "%7B%7D", "SLOT%2301"):
        answer = client.request(route.method, address(route, value), json={} if route.body else None)
        assert 400 <= answer.status < 500, (value, answer.status, answer.text)


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_strange_queries_headers_and_cookies_never_break_anything(everybody, route):
    client = everybody.for_route(route)
    query = "?limit=x&cursor=%00&from=2026-02-30&interval=decade&client_id=a&client_id=b&next=//evil&page=-1"
    answer = client.request(
        route.method, address(route) + query,
        headers={"Accept": "text/html", "If-Match": "x", "Idempotency-Key": "k", "Authorization": "Basic %%%"},
    )  # fmt: skip
    assert answer.status < 500, answer.text


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_nobody_gets_in_without_a_session_or_a_token(everybody, app, route):
    if route.guard.name == "public":
        return
    answer = Client(app).request(route.method, address(route), json={} if route.body else None)
    signed_out = answer.status == 303 and answer.headers["location"].startswith("/sign-in")
    assert signed_out or answer.status in {401, 403}, answer.status


@contextmanager
def throttled_from(number: int) -> Iterator[list[int]]:
    """DynamoDB refuses every call from the `number`-th on; answers how many were refused."""
    seen, refused = [0], [0]

    def refuse(request: Any, **_: Any) -> AWSResponse | None:
        seen[0] += 1
        if seen[0] < number:
            return None
        refused[0] += 1
        body = b'{"__type":"ThrottlingException","message":"arn:aws:dynamodb:secret"}'
        raw = type("Raw", (), {"stream": lambda self, *a, **k: iter([body]), "read": lambda self: body})()
        return AWSResponse(request.url, 400, {"content-type": "application/x-amz-json-1.0"}, raw)

    events = store.shared_connection().client.meta.events
    events.register_first("before-send.dynamodb", refuse)
    try:
        yield refused
    finally:
        events.unregister("before-send.dynamodb", refuse)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("route", GETS, ids=name_of)
def test_FA_18_throttling_is_503_with_a_time_to_come_back(everybody, monkeypatch, route, number):
    monkeypatch.setattr("time.sleep", lambda _: None)
    client = everybody.for_route(route)
    with throttled_from(number) as refused:
        answer = client.request(route.method, address(route), headers={"Accept": "text/html"})
    if refused[0]:
        assert answer.status == UNAVAILABLE, answer.text
        assert answer.headers["retry-after"]
        assert "arn:aws" not in answer.text
