"""Tokens under a crowd, on the embedded AWS with the real package (cases RT-11, CX-09, and refresh against revoke).

RACE_ROUNDS=100 RACE_CROWD=100 runs the full hundred rounds of a hundred calls at once; make test runs a few smaller ones, because
the embedded AWS starts a process for each call that is under way.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from infra.seed import CUSTOMER, DEVELOPER, PASSWORD
from infra.visitor import Visitor
from tests.e2e.stack import Stack

CALLBACK = "http://127.0.0.1:9099/callback"
ROUNDS = int(os.environ.get("RACE_ROUNDS", "3"))
CROWD = int(os.environ.get("RACE_CROWD", "24"))
PATIENCE = 300  # seconds; a crowd of cold starts on two cores takes its time


class Program:
    """A client that sends each request on a connection of its own."""

    def __init__(self, stack: Stack, unique: str) -> None:
        self.url = stack.url
        developer = Visitor(stack.url, DEVELOPER.email, PASSWORD)
        developer.sign_in()
        body = {"name": f"Race {unique}", "scopes": ["companyinformation"], "redirect_uris": [CALLBACK]}
        made = developer.call("POST", "/integrations", json=body, expect=201)
        self.login = (made["client_id"], made["client_secret"])
        self.customer = Visitor(stack.url, CUSTOMER.email, PASSWORD)
        self.customer.sign_in()

    def approved_code(self) -> str:
        query = f"client_id={self.login[0]}&response_type=code&scope=companyinformation&state=s&redirect_uri={CALLBACK}"
        return self.customer.approve(f"{self.url}/oauth-v1/auth?{query}")["code"]

    def ask(self, path: str = "token", **form: str) -> requests.Response:
        return requests.post(f"{self.url}/oauth-v1/{path}", data=form, auth=self.login, timeout=PATIENCE)

    def exchange(self, code: str) -> requests.Response:
        return self.ask(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)

    def refresh(self, token: str) -> requests.Response:
        return self.ask(grant_type="refresh_token", refresh_token=token)

    def connect(self) -> dict[str, Any]:
        answer = self.exchange(self.approved_code())
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens


@pytest.fixture
def program(stack: Stack, unique: str) -> Program:
    """It warms the functions up step by step: a crowd of cold starts is a test of this machine, not of tokens."""
    found, crowd = Program(stack, unique), 2
    while crowd < CROWD:
        together(lambda _: found.ask(grant_type="warm-up"), crowd)
        crowd *= 2
    return found


def together(work: Callable[[int], Any], times: int) -> list[Any]:
    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(work, range(times)))


def families_of(stack: Stack, program: Program) -> list[dict[str, Any]]:
    """The rows themselves, read from the table."""
    index = stack.aws("dynamodb").query(
        TableName=stack.table("token-families"), IndexName="by_client", KeyConditionExpression="client_id = :c",
        ExpressionAttributeValues={":c": {"S": program.login[0]}},
    )  # fmt: skip
    keys = [item["family_id"] for item in index["Items"]]
    get = stack.aws("dynamodb").get_item
    return [
        get(TableName=stack.table("token-families"), Key={"family_id": key}, ConsistentRead=True)["Item"]
        for key in keys
    ]


def test_RT_11_a_crowd_that_refreshes_one_token_gets_one_successor_and_loses_no_session(
    stack: Stack, program: Program
) -> None:
    token = program.connect()["refresh_token"]
    statuses: Counter[int] = Counter()
    for _ in range(ROUNDS):
        answers = together(lambda _, same=token: program.refresh(same), CROWD)
        statuses.update(answer.status_code for answer in answers)
        assert statuses == {200: sum(statuses.values())}, Counter(answer.text for answer in answers).most_common(2)
        (token,) = {answer.json()["refresh_token"] for answer in answers}
    (family,) = families_of(stack, program)
    assert int(family["gen"]["N"]) == ROUNDS
    assert program.refresh(token).status_code == 200


def test_CX_09_a_crowd_that_exchanges_one_code_ends_with_one_dead_family(stack: Stack, program: Program) -> None:
    for _ in range(ROUNDS):
        before = {family["family_id"]["S"] for family in families_of(stack, program)}
        code = program.approved_code()
        answers = together(lambda _, same=code: program.exchange(same), CROWD)
        statuses = Counter(answer.status_code for answer in answers)
        assert statuses[200] <= 1
        assert set(statuses) <= {200, 400, 503}
        assert {answer.json()["error"] for answer in answers if answer.status_code == 400} == {"invalid_grant"}
        (family,) = [f for f in families_of(stack, program) if f["family_id"]["S"] not in before]
        assert family["revoked_reason"]["S"] == "code_reused"  # decided: a code seen twice is a stolen one
        for answer in answers:
            if answer.status_code == 200:
                assert program.refresh(answer.json()["refresh_token"]).json()["error"] == "invalid_grant"


def test_nothing_that_was_refreshed_survives_a_revoke(stack: Stack, program: Program) -> None:
    for _ in range(ROUNDS):
        token = program.connect()["refresh_token"]

        def act(number: int, same: str = token) -> requests.Response:
            return program.ask("revoke", token=same) if number == CROWD // 4 else program.refresh(same)

        answers = together(act, CROWD)
        assert answers[CROWD // 4].json() == {"revoked": True}
        assert {answer.status_code for answer in answers} <= {200, 400}
        known = {a.json()["refresh_token"] for a in answers if "refresh_token" in a.json()} | {token}
        for one in known:
            assert program.refresh(one).json()["error"] == "invalid_grant"
        access = [a.json()["access_token"] for a in answers if "access_token" in a.json()]
        for one in access[-1:]:
            stack.eventually(lambda one=one: _is_refused(stack, one), seconds=20)


def _is_refused(stack: Stack, access_token: str) -> bool:
    answer = requests.get(
        f"{stack.url}/3/companyinformation", headers={"Authorization": f"Bearer {access_token}"}, timeout=60
    )
    return answer.status_code == 401
