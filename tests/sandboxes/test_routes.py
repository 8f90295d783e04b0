"""Sandboxes over HTTP."""

from __future__ import annotations

import pytest

from chalicelib.accounts.domain import PortalRole
from tests.factories import aws_calls, customer, developer


@pytest.fixture
def anna(client):
    return developer(client)


def test_creating_answers_accepted_with_where_to_look(anna, queue):
    answer = anna.post("/sandboxes", json={"name": "  Acceptance tests "})
    assert answer.status == 202
    made = answer.json
    assert answer.headers["location"] == f"/sandboxes/{made['sandbox_id']}"
    assert (made["name"], made["status"], made["step"], made["steps"]) == ("Acceptance tests", "requested", 0, 6)
    assert "account_id" not in made
    assert "slot" not in made
    queue.drain()
    ready = anna.get(answer.headers["location"]).json
    assert (ready["status"], ready["step"]) == ("ready", 6)
    assert 1_000_000 <= ready["company_number"] <= 9_999_999


def test_the_list_has_all_on_one_page_and_hides_the_deleted(anna, queue):
    ids = [anna.post("/sandboxes", json={"name": f"No {n}"}).json["sandbox_id"] for n in range(3)]
    anna.request("DELETE", f"/sandboxes/{ids[1]}")
    queue.drain()
    with aws_calls() as calls:
        answer = anna.get("/sandboxes").json
    assert [entry["sandbox_id"] for entry in answer["items"]] == [ids[0], ids[2]]
    assert answer["next_cursor"] is None
    assert calls.count("Query") == 1
    assert anna.get(f"/sandboxes/{ids[1]}").json["status"] == "deleted"


def test_IK_01_a_repeated_create_with_a_key_gives_the_first_answer(anna):
    first, second = (anna.post("/sandboxes", json={"name": "A"}, headers={"Idempotency-Key": "k1"}) for _ in range(2))
    assert second.json == first.json
    assert second.headers["idempotent-replayed"] == "true"
    assert len(anna.get("/sandboxes").json["items"]) == 1


def test_IK_02_a_key_for_another_request_is_refused(anna):
    anna.post("/sandboxes", json={"name": "A"}, headers={"Idempotency-Key": "k1"})
    answer = anna.post("/sandboxes", json={"name": "B"}, headers={"Idempotency-Key": "k1"})
    assert (answer.status, answer.json["code"]) == (422, "idempotency-key-reused")


def test_the_thirty_first_is_refused_with_the_remedy(anna):
    statuses = [anna.post("/sandboxes", json={"name": "A"}).status for _ in range(30)]
    assert statuses == [202] * 30
    answer = anna.post("/sandboxes", json={"name": "A"})
    assert (answer.status, answer.json["code"]) == (409, "sandbox-cap-reached")
    assert "Delete one" in answer.json["detail"]


def test_a_delete_may_be_repeated(anna, queue):
    made = anna.post("/sandboxes", json={"name": "A"}).json
    for status in ("deleting", "deleting", "deleted"):
        answer = anna.request("DELETE", f"/sandboxes/{made['sandbox_id']}")
        assert (answer.status, answer.json["status"]) == (202, status)
        if answer.json["status"] == "deleting" and status == "deleting":
            statuses = [row["status"] for row in anna.get("/sandboxes").json["items"]]
            assert statuses == ["deleting"]
        if status == "deleting" and made.setdefault("seen", 0) == 1:
            queue.drain()
        made["seen"] = made.get("seen", 0) + 1


@pytest.mark.parametrize(("path", "body"), [("reset", None), ("restore", {"data": "empty"})])
def test_IK_01_a_repeated_reset_with_a_key_is_one_reset(anna, queue, path, body):
    made = anna.post("/sandboxes", json={"name": "A"}).json["sandbox_id"]
    queue.drain()
    answers = [
        anna.post(f"/sandboxes/{made}/{path}", json=body, headers={"Idempotency-Key": "again"}) for _ in range(2)
    ]
    assert [answer.status for answer in answers] == [202, 202], "without its key the second is refused: it is under way"
    assert len([told for told in queue.told() if "reset_requested" in told]) == 1


def test_a_ready_sandbox_needs_no_retry(anna, queue):
    made = anna.post("/sandboxes", json={"name": "A"}).json
    queue.drain()
    answer = anna.post(f"/sandboxes/{made['sandbox_id']}/retry", json={})
    assert (answer.status, answer.json["code"]) == (409, "sandbox-not-retryable")


@pytest.mark.parametrize("body", [
    {}, {"name": ""}, {"name": "   "}, {"name": None}, {"name": 1}, {"name": "x" * 61}, {"name": "a\nb"},
    {"name": "a\u202eb"}, {"name": "a", "slot": "SLOT#01"}, {"name": "a", "tenant_id": "ten_other"},
])  # fmt: skip
def test_bad_bodies_name_the_field_and_store_nothing(anna, body):
    answer = anna.post("/sandboxes", json=body)
    assert answer.status == 422
    assert answer.json["errors"][0]["pointer"] in {"/name", "/slot", "/tenant_id"}
    assert anna.get("/sandboxes").json["items"] == []


@pytest.mark.parametrize("path", ["sbx_nobody", "SLOT%2301", "%00", "x" * 3000, "deleted%23sbx_1"])
def test_unknown_ids_are_404_for_every_method(anna, path):
    assert anna.get(f"/sandboxes/{path}").status == 404
    assert anna.request("DELETE", f"/sandboxes/{path}").status == 404
    assert anna.post(f"/sandboxes/{path}/retry", json={}).status == 404


def test_BO_01_who_may_what(client, anna):
    made = anna.post("/sandboxes", json={"name": "A"}).json
    path = f"/sandboxes/{made['sandbox_id']}"
    viewer = developer(client, portal_role=PortalRole.VIEWER)
    stranger, buyer = developer(client), customer(client)
    assert client.post("/sandboxes", json={"name": "A"}).status == 401
    assert [who.get("/sandboxes").status for who in (viewer, stranger, buyer)] == [200, 200, 403]
    assert [who.post("/sandboxes", json={"name": "A"}).status for who in (viewer, stranger, buyer)] == [403, 202, 403]
    assert [who.get(path).status for who in (viewer, stranger, buyer)] == [404, 404, 403]
    assert [who.request("DELETE", path).status for who in (viewer, stranger, buyer)] == [403, 404, 403]


def test_SB_18_without_a_licence_the_answer_says_what_is_missing(client):
    answer = developer(client, licence=False).post("/sandboxes", json={"name": "A"})
    assert (answer.status, answer.json["code"]) == (403, "developer-licence-required")
