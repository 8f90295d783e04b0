"""The fault switchboard: what a program meets, how long, and that nobody else meets it."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from chalicelib.faults import service as faults
from chalicelib.kit.context import new_context
from chalicelib.oauth.cutoffs import forget_revocations
from chalicelib.oauth.service import rotate_signing_keys
from chalicelib.sandboxes import service
from tests.client import Client
from tests.factories import aws_calls, developer, whoami
from tests.sandboxes.test_inside import connect, in_english, token_of
from tests.sandboxes.test_pages import HOME, page


@pytest.fixture
def anna(client):
    rotate_signing_keys(new_context())
    return in_english(developer(client))


@pytest.fixture
def made(anna, queue):
    sandbox_id = anna.post("/sandboxes", json={"name": "Faulty"}).json["sandbox_id"]
    queue.drain()
    return anna.get(f"/sandboxes/{sandbox_id}").json


@pytest.fixture
def connection(anna, made):
    return connect(anna, made)


@pytest.fixture
def call(anna, connection):
    token = token_of(anna, connection).json["access_token"]

    def send(method="GET", path="/3/customers", **kwargs):
        return Client(anna.app).request(method, path, headers={"Authorization": f"Bearer {token}"}, **kwargs)

    assert send().status == 200
    return send


def switch(anna, made, kind, **body):
    answer = anna.request("PUT", f"/sandboxes/{made['sandbox_id']}/faults/{kind}", json=body)
    assert answer.status == 200, answer.text
    return answer.json


def test_a_limit_struck_twice_is_over_after_two_calls(anna, made, call):
    switch(anna, made, "too-many-requests", calls=2)
    answers = [call() for _ in range(3)]
    assert [answer.status for answer in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "5"
    assert answers[0].headers["anslut-fault"] == "too-many-requests"
    assert answers[0].json["ErrorInformation"]["Message"] == answers[0].json["ErrorInformation"]["message"]


@pytest.mark.parametrize("status", [500, 502, 503])
def test_server_errors_strike_until_they_are_switched_off(anna, made, call, status):
    switch(anna, made, "server-error", status=status)
    assert [call().status, call().status] == [status, status]
    assert anna.request("DELETE", f"/sandboxes/{made['sandbox_id']}/faults/server-error").status == 204
    assert call().status == 200


def test_a_lost_answer_leaves_its_effect(anna, made, call):
    switch(anna, made, "lost-answer", calls=1)
    before = call(path="/3/suppliers")
    assert before.status == 504
    switch(anna, made, "lost-answer", calls=1)
    assert call("POST", json={"Customer": {"CustomerNumber": "lost", "Name": "Lost"}}).status == 504
    assert call(path="/3/customers/lost").json["Customer"]["Name"] == "Lost"


def test_a_slow_answer_says_so(anna, made, call, monkeypatch):
    waited = []
    monkeypatch.setattr(faults.time, "sleep", waited.append)
    switch(anna, made, "slow", seconds=7)
    answer = call()
    assert (answer.status, answer.headers["anslut-fault"], waited) == (200, "slow", [7])


def test_a_module_is_missing_for_a_while(anna, made, call):
    switch(anna, made, "module-removed", module="Integration")
    answer = call()
    assert (answer.status, answer.json["ErrorInformation"]["code"]) == (403, 2001101)
    assert (
        anna.request("PUT", f"/sandboxes/{made['sandbox_id']}/faults/module-removed", json={"module": "None"}).status
        == 422
    )


def test_as_if_the_customer_had_disconnected(anna, made, call, connection):
    switch(anna, made, "revoked")
    assert call().status == 401
    refused = token_of(anna, connection)
    assert (refused.status, refused.json["error"]) == (400, "unauthorized_client")
    anna.request("DELETE", f"/sandboxes/{made['sandbox_id']}/faults/revoked")
    assert call().status == 200


def test_tokens_expire_now_and_new_ones_work(anna, made, call, connection):
    switch(anna, made, "expired-tokens")
    forget_revocations()  # a real process asks again within five seconds
    assert call().status == 401
    later = {"Anslut-Time-Travel": "2"}
    basic = base64.b64encode(f"{connection['client_id']}:{connection['client_secret']}".encode()).decode()
    renewed = Client(anna.app).post(
        "/oauth-v1/token", form={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {basic}", "TenantId": str(connection["tenant_number"]), **later},
    )  # fmt: skip
    assert renewed.status == 200


def test_the_token_endpoint_is_struck_where_that_was_asked_for(anna, made, call, connection):
    switch(anna, made, "server-error", place="token")
    assert call().status == 200
    refused = token_of(anna, connection)
    assert (refused.status, refused.json["error"], refused.headers["anslut-fault"]) == (
        503,
        "server_error",
        "server-error",
    )


def test_a_lease_ends_by_itself(anna, made):
    fault = switch(anna, made, "server-error", minutes=1)
    ctx = whoami(anna).ctx()
    board = faults.read(made["company_tenant_id"])
    assert [str(one.kind) for one in board.running(ctx.now)] == ["server-error"]
    assert board.running(ctx.now + timedelta(minutes=1)) == []
    assert fault["until"] > fault["since"]


def test_another_sandbox_notices_nothing(anna, made, queue):
    switch(anna, made, "server-error")
    other = anna.post("/sandboxes", json={"name": "Other"}).json["sandbox_id"]
    queue.drain()
    assert token_of(anna, connect(anna, {"sandbox_id": other})).status == 200


def test_a_call_costs_one_read_more_in_a_sandbox(anna, made, call):
    call()
    with aws_calls() as calls:
        call()
    assert calls.count("GetItem") == 3, calls  # switchboard, company, head of the list


def test_the_page_switches_on_and_off(anna, made):
    path = f"{HOME}/{made['sandbox_id']}"
    sent = anna.submit(
        path,
        path + "/faults",
        kind="slow",
        minutes="5",
        calls="3",
        place="api",
        status="503",
        seconds="2",
        module="Integration",
    )
    assert sent.status == 303
    shown = page(anna, path).text
    assert "On now" in shown
    assert anna.submit(path, path + "/faults/off", kind="slow").status == 303
    assert "On now" not in page(anna, path).text
    assert anna.submit(path, path + "/faults", kind="nonsense", minutes="5").status == 404


def test_nobody_elses_sandbox_is_disturbed(anna, made):
    stranger = developer(anna)
    for method in ("PUT", "DELETE"):
        json = {} if method == "PUT" else None
        assert stranger.request(method, f"/sandboxes/{made['sandbox_id']}/faults/slow", json=json).status == 404
    assert stranger.get(f"/sandboxes/{made['sandbox_id']}/faults").status == 404


def test_the_flight_recorder_says_that_it_was_the_developers_own_switchboard(anna, made, connection, call):
    """Whatever struck, at the token endpoint or at the API: not our trouble, and nobody hunts it."""
    sample = service.find_sample(whoami(anna).ctx(), service.get_sandbox(whoami(anna).ctx(), made["sandbox_id"]))

    def recorded():
        rows = anna.get(f"/integrations/{sample.integration_id}/attempts").json["items"]
        assert {(row["cause"], row["who_acts"]) for row in rows} <= {("switched_on", "developer")}
        return [(row["step"], row["description"].split(".")[0], row["times"]) for row in rows]

    assert recorded() == []
    for kind, body in {
        "too-many-requests": {"calls": 2}, "lost-answer": {"calls": 1}, "module-removed": {"module": "Integration"},
        "revoked": {},
    }.items():  # fmt: skip
        switch(anna, made, kind, place="api", **body)
        assert [call().status < 400 for _ in range(2)] == [False, kind == "lost-answer"], kind
        if kind == "module-removed":
            anna.request("DELETE", f"/sandboxes/{made['sandbox_id']}/faults/{kind}")
    token_of(anna, connection)
    seen = {(step, fault): times for step, fault, times in recorded()}
    assert seen.keys() >= {("call", "Fault: revoked"), ("service", "Fault: revoked")}
    assert sum(times for (step, _), times in seen.items() if step == "call") == 7


def test_the_flight_recorder_has_what_came_late_and_what_was_told_to_be_old(anna, made, connection, call, monkeypatch):
    """They end well, or look like any old token: still nobody should wonder."""
    monkeypatch.setattr(faults.time, "sleep", lambda _: None)
    sample = service.find_sample(whoami(anna).ctx(), service.get_sandbox(whoami(anna).ctx(), made["sandbox_id"]))

    def recorded():
        rows = anna.get(f"/integrations/{sample.integration_id}/attempts").json["items"]
        assert {(row["cause"], row["who_acts"]) for row in rows} <= {("switched_on", "developer")}
        return {(row["step"], row["description"].split(".")[0]) for row in rows}

    switch(anna, made, "slow")
    assert (call().status, token_of(anna, connection).status) == (200, 200)
    anna.request("DELETE", f"/sandboxes/{made['sandbox_id']}/faults/slow")
    assert recorded() == {("call", "Fault: slow"), ("service", "Fault: slow")}
    switch(anna, made, "expired-tokens")
    forget_revocations()
    refused = call()
    assert (refused.status, refused.headers["anslut-fault"]) == (401, "expired-tokens")
    assert recorded() == {("call", "Fault: slow"), ("service", "Fault: slow"), ("call", "Fault: expired-tokens")}
