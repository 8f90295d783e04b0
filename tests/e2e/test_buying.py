"""Buying on the embedded AWS with the real package: the story of a customer, and races for purchases and seats."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from chalicelib.oauth.pkce import challenge_of
from infra.seed import draw_logo, publish
from infra.visitor import Visitor, wait_for
from tests.e2e.stack import Stack
from tests.e2e.test_story import PASSWORD, gets_the_licence, sign_up

VERIFIER = "v" * 64
CALLBACK = "https://reminders.example/callback"
COLLEAGUES = 5


@pytest.fixture
def sold(stack: Stack, unique: str) -> dict[str, Any]:
    """A published integration, sold per user."""
    operator = Visitor(stack.url, "operator@nordbok.example", "try-anslut-today")
    operator.sign_in()
    developer = sign_up(stack, f"seller-{unique}@codehouse.example", "Sara Seller", f"Seller {unique} AB")
    gets_the_licence(operator, developer)
    developer.sign_in()
    made: dict[str, Any] = developer.call(
        "POST",
        "/integrations",
        json={
            "name": f"Reminders {unique}", "scopes": ["companyinformation", "invoice"], "redirect_uris": [CALLBACK],
            "description": "Sends reminders to customers who have not paid, politely and in time.", "category": "receipts",
            "contact_email": "support@codehouse.example", "user_agreement": "https://codehouse.example/terms",
            "sales_channel": "platform", "price_minor": 9900, "licence_model": "per_user",
        },
    )  # fmt: skip
    draw_logo(developer, made)
    publish(operator, developer, made)
    return made


@pytest.fixture
def buyer(stack: Stack, unique: str) -> Visitor:
    return sign_up(stack, f"buyer-{unique}@customer.example", "Bo Buyer", f"Buyer {unique} AB")


def together(work: Callable[[int], Any], times: int) -> list[Any]:
    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(work, range(times)))


def send(visitor: Visitor, method: str, path: str, **kwargs: Any) -> requests.Response:
    """From a connection of its own; what asks for patience gets it."""
    for _ in range(20):
        answer = requests.request(method, visitor.url + path, cookies=visitor.browser.cookies, timeout=60, **kwargs)
        if answer.status_code not in {429, 502, 503, 504}:
            return answer
    return answer


def order(visitor: Visitor, sold: dict[str, Any], seats: int) -> dict[str, Any]:
    offer = visitor.call("GET", f"/offers/{sold['integration_id']}")
    terms = {name: offer[name] for name in ("integration_id", "price_version", "agreement_version")}
    return {**terms, "seats": seats, "is_agreed": True}


def authorization(visitor: Visitor, sold: dict[str, Any]) -> str:
    return (
        f"{visitor.url}/oauth-v1/auth?client_id={sold['client_id']}&response_type=code&state=s&scope=companyinformation"
        f"&code_challenge={challenge_of(VERIFIER)}&code_challenge_method=S256"
    )


def test_bought_approved_used_and_cancelled(buyer: Visitor, sold: dict[str, Any]) -> None:
    refused = buyer.approve(authorization(buyer, sold))
    assert refused["error"] == "error_missing_app_license"

    bought = buyer.call("POST", "/licences", json=order(buyer, sold, 2), expect=201)
    assert (bought["unit_minor"], bought["seats"], bought["agreement_version"]) == (9900, 2, 1)
    code = buyer.approve(authorization(buyer, sold))["code"]
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
    client = (sold["client_id"], sold["client_secret"])
    tokens = requests.post(f"{buyer.url}/oauth-v1/token", data=form, auth=client, timeout=30).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    right = requests.get(f"{buyer.url}/api/entitlements/v1", headers=bearer, timeout=30).json()
    assert (right["is_entitled"], right["is_assigned"], right["seats"], right["assigned"]) == (True, True, 2, 1)

    for _ in range(3):
        assert requests.get(f"{buyer.url}/3/companyinformation", headers=bearer, timeout=30).status_code == 200
    receipt = buyer.call("GET", f"/activations/{sold['integration_id']}/receipt")
    assert [(line["scope"], line["calls"]) for line in receipt["lines"]] == [("companyinformation", 3)]

    cancelled = buyer.call("DELETE", f"/licences/{sold['integration_id']}")
    assert cancelled["ends_on"] == cancelled["next_period_start"]
    right = requests.get(f"{buyer.url}/api/entitlements/v1", headers=bearer, timeout=30).json()
    assert (right["is_entitled"], right["until"]) == (True, cancelled["ends_on"])
    later = {**bearer, "Anslut-Time-Travel": str(45 * 86_400)}
    assert requests.get(f"{buyer.url}/api/entitlements/v1", headers=later, timeout=30).status_code == 401


def test_eight_purchases_at_once_are_one(stack: Stack, buyer: Visitor, sold: dict[str, Any]) -> None:
    body = order(buyer, sold, 2)
    answers = together(lambda _: send(buyer, "POST", "/licences", json=body), 8)
    assert Counter(answer.status_code for answer in answers) == {201: 8}
    assert len({answer.json()["subscription_id"] for answer in answers}) == 1
    tenant_id = buyer.call("GET", "/companies/current")["tenant_id"]
    orders = stack.aws("dynamodb").query(
        TableName=stack.table("agreement-approvals"), ConsistentRead=True, KeyConditionExpression="tenant_id = :t",
        ExpressionAttributeValues={":t": {"S": tenant_id}},
    )["Items"]  # fmt: skip
    assert len({row["subscription_id"]["S"] for row in orders}) == 1
    seats = stack.aws("dynamodb").get_item(
        TableName=stack.table("seats"), ConsistentRead=True,
        Key={"tenant_id": {"S": tenant_id}, "integration_id": {"S": sold["integration_id"]}},
    )["Item"]  # fmt: skip
    assert (seats["bought"]["N"], len(seats["holders"]["SS"])) == ("2", 1)


def test_a_crowd_gets_as_many_seats_as_were_bought(buyer: Visitor, sold: dict[str, Any], unique: str) -> None:
    buyer.call("POST", "/licences", json=order(buyer, sold, 3), expect=201)
    people = together(lambda number: joins(buyer, f"crowd-{number}-{unique}@customer.example"), COLLEAGUES)
    path = f"/licences/{sold['integration_id']}/holders"
    answers = together(lambda number: send(buyer, "PUT", f"{path}/{people[number % COLLEAGUES]}"), 3 * COLLEAGUES)
    assert {answer.status_code for answer in answers} == {204, 409}
    held = [one["account_id"] for one in buyer.call("GET", path) if one["is_assigned"]]
    assert len(held) == 3
    # Fewer licences and a free seat asked for at once: whoever wins, nobody sits without a licence.
    free = next(one for one in people if one not in held)
    buyer.call("DELETE", f"{path}/{next(one for one in people if one in held)}")
    change = lambda number: (  # noqa: E731 - the two that race
        send(buyer, "PUT", f"/licences/{sold['integration_id']}/seats", json={"seats": 2})
        if number
        else send(buyer, "PUT", f"{path}/{free}")
    )
    statuses = [answer.status_code for answer in together(change, 2)]
    seated = sum(one["is_assigned"] for one in buyer.call("GET", path))
    assert statuses in ([204, 409], [409, 200])
    assert seated == (3 if statuses[0] == 204 else 2)


def joins(buyer: Visitor, email: str) -> str:
    """A colleague, invited and arrived; their account id."""
    buyer.call("POST", "/companies/current/invitations", json={"email": email, "lang": "en"})
    guest = Visitor(buyer.url, email, PASSWORD)
    found = wait_for(lambda: [re.search(r"code=([A-Za-z0-9_.~-]+)", one["text"]) for one in guest.mails()], "the mail")
    code = next(one[1] for one in found if one)
    guest.call("POST", "/invitations/acceptances", json={"code": code, "name": "Carl Crowd", "password": PASSWORD})
    account_id: str = guest.sign_in()["account_id"]
    return account_id
