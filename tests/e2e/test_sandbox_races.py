"""Sandboxes under a crowd, on the embedded AWS with the real package: exactly thirty, freed exactly once (D7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from infra.visitor import Visitor, wait_for
from tests.e2e.stack import Stack
from tests.e2e.test_story import gets_the_licence, sign_up

CROWD = 50
CAP = 30


@pytest.fixture
def developer(stack: Stack, unique: str) -> Visitor:
    operator = Visitor(stack.url, "operator@nordbok.example", "try-anslut-today")
    operator.sign_in()
    visitor = sign_up(stack, f"race-{unique}@codehouse.example", "Ada Race", f"Race {unique} AB")
    gets_the_licence(operator, visitor)
    return visitor


def together(work: Callable[[int], Any], times: int) -> list[Any]:
    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(work, range(times)))


def send(developer: Visitor, method: str, path: str, **kwargs: Any) -> requests.Response:
    """One try from a connection of its own, with what the answer asks for: 503 and a refused key are repeated."""
    for _ in range(20):
        answer = requests.request(
            method, developer.url + path, cookies=developer.browser.cookies, timeout=60, allow_redirects=False, **kwargs
        )
        if answer.status_code not in {429, 502, 503, 504}:
            return answer
    return answer


def create(developer: Visitor, name: str, key: str = "") -> requests.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return send(developer, "POST", "/sandboxes", json={"name": name}, headers=headers)


def listed(developer: Visitor) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = developer.call("GET", "/sandboxes")["items"]
    return found


def slots(stack: Stack, tenant_id: str) -> dict[str, str]:
    """Slot to sandbox, read from the table itself."""
    answer = stack.aws("dynamodb").query(
        TableName=stack.table("sandbox-slots"), ConsistentRead=True, KeyConditionExpression="tenant_id = :t",
        ExpressionAttributeValues={":t": {"S": tenant_id}},
    )  # fmt: skip
    return {item["slot"]["S"]: item["sandbox_id"]["S"] for item in answer["Items"]}


def test_SB_02_a_crowd_of_creates_gets_exactly_thirty_and_a_crowd_of_deletes_frees_each_once(
    stack: Stack, developer: Visitor, unique: str
) -> None:
    tenant_id = developer.call("GET", "/companies/current")["tenant_id"]

    answers = together(lambda n: create(developer, f"No {n}", key=f"{unique}-{n}"), CROWD)
    assert Counter(answer.status_code for answer in answers) == {202: CAP, 409: CROWD - CAP}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"sandbox-cap-reached"}
    made = {answer.json()["sandbox_id"] for answer in answers if answer.status_code == 202}
    taken = slots(stack, tenant_id)
    assert (len(taken), set(taken.values())) == (CAP, made)

    wait_for(lambda: all(s["status"] == "ready" for s in listed(developer)), "thirty ready sandboxes", seconds=180)
    numbers = {sandbox["company_number"] for sandbox in listed(developer)}
    assert len(numbers) == CAP

    one, *others = sorted(made)
    answers = together(lambda _: send(developer, "DELETE", f"/sandboxes/{one}"), 10)
    assert {answer.status_code for answer in answers} == {202}
    wait_for(lambda: len(listed(developer)) == CAP - 1, "the end of one")

    answers = together(lambda n: create(developer, f"Late {n}", key=f"{unique}-late-{n}"), 20)
    assert Counter(answer.status_code for answer in answers) == {202: 1, 409: 19}
    (last,) = {answer.json()["sandbox_id"] for answer in answers if answer.status_code == 202}

    together(lambda n: send(developer, "DELETE", f"/sandboxes/{[*others, last][n]}"), CAP)
    wait_for(lambda: not listed(developer), "the end of all", seconds=180)
    assert slots(stack, tenant_id) == {}
    left = stack.aws("dynamodb").scan(
        TableName=stack.table("companies"), FilterExpression="home_tenant_id = :t",
        ExpressionAttributeValues={":t": {"S": tenant_id}},
    )  # fmt: skip
    assert left["Items"] == []


def test_SB_03_a_crowd_with_one_key_makes_one(stack: Stack, developer: Visitor, unique: str) -> None:
    def until_told(_: int) -> requests.Response:
        return wait_for(
            lambda: next((a for a in [create(developer, "Same", key=unique)] if a.status_code != 409), None),
            "an answer",
        )

    answers = together(until_told, 20)
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["sandbox_id"] for answer in answers}) == 1
    assert len(listed(developer)) == 1


def test_SB_08_deleting_at_once_after_creating_always_ends_with_nothing(
    stack: Stack, developer: Visitor, unique: str
) -> None:
    tenant_id = developer.call("GET", "/companies/current")["tenant_id"]

    def come_and_go(n: int) -> None:
        made = create(developer, f"Brief {n}", key=f"{unique}-{n}").json()
        assert send(developer, "DELETE", f"/sandboxes/{made['sandbox_id']}").status_code == 202

    together(come_and_go, 15)
    wait_for(lambda: not listed(developer), "the end of all", seconds=180)
    assert slots(stack, tenant_id) == {}
