"""Integrations under a crowd, on the embedded AWS with the real package: one winner, nothing in between, nothing lost."""

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

CROWD = 12
REVIEWED = {
    "description": "Photograph a receipt and the voucher is there. " * 3, "category": "receipts",
    "contact_email": "help@example.com", "redirect_uris": ["https://app.example/cb"], "sales_channel": "website",
    "price_text": "Free", "website": "https://app.example",
}  # fmt: skip


def together(work: Callable[[int], Any], times: int = CROWD) -> list[Any]:
    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(work, range(times)))


def send(visitor: Visitor, method: str, path: str, **kwargs: Any) -> requests.Response:
    """From a connection of its own; trouble that says "come back" is repeated."""
    for _ in range(20):
        answer = requests.request(
            method, visitor.url + path, cookies=visitor.browser.cookies, timeout=60, allow_redirects=False, **kwargs
        )
        if answer.status_code not in {429, 502, 503, 504}:
            return answer
    return answer


@pytest.fixture
def operator(stack: Stack) -> Visitor:
    visitor = Visitor(stack.url, "operator@nordbok.example", "try-anslut-today")
    visitor.sign_in()
    return visitor


@pytest.fixture
def developer(stack: Stack, operator: Visitor, unique: str) -> Visitor:
    visitor = sign_up(stack, f"races-{unique}@codehouse.example", "Ada Race", f"Races {unique} AB")
    gets_the_licence(operator, visitor)
    return visitor


@pytest.fixture
def made(developer: Visitor, unique: str) -> dict[str, Any]:
    body = {"name": f"Race {unique}", "scopes": ["profile"]}
    found: dict[str, Any] = developer.call("POST", "/integrations", json=body, expect=201)
    return found


def test_one_name_is_given_once(developer: Visitor, unique: str) -> None:
    body = {"name": f"Same {unique}", "scopes": ["profile"]}
    answers = together(lambda _: send(developer, "POST", "/integrations", json=body))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: CROWD - 1}
    names = [one["name"] for one in developer.call("GET", "/integrations")["items"]]
    assert names.count(f"Same {unique}") == 1


def test_SE_06_a_crowd_of_rotations_leaves_two_live_secrets_and_one_that_is_known(
    developer: Visitor, made: dict[str, Any]
) -> None:
    path = f"/integrations/{made['integration_id']}"
    answers = together(lambda _: send(developer, "POST", f"{path}/secrets/rotations", json={"overlap_days": 1}))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: CROWD - 1}
    (new,) = [answer.json() for answer in answers if answer.status_code == 201]
    hints = {secret["hint"] for secret in developer.call("GET", path)["secrets"]}
    assert hints == {made["client_secret"][-4:], new["client_secret"][-4:]}


def test_a_found_secret_handed_in_by_many_dies_once(stack: Stack, developer: Visitor, made: dict[str, Any]) -> None:
    body = {"client_secret": made["client_secret"]}
    answers = together(lambda _: send(developer, "POST", "/burn", json=body))
    assert Counter(answer.json()["result"] for answer in answers) == {"burned": 1, "unknown": CROWD - 1}
    assert developer.call("GET", f"/integrations/{made['integration_id']}")["secrets"] == []
    mailed = wait_for(
        lambda: [mail for mail in developer.mails() if "handed in" in mail["subject"]], "the mail to the owner"
    )
    assert len(mailed) == 1


def test_two_editors_with_versions_one_wins_and_without_both_do(developer: Visitor, made: dict[str, Any]) -> None:
    path = f"/integrations/{made['integration_id']}"
    tag = {"If-Match": f'"{developer.call("GET", path)["version"]}"'}
    answers = together(lambda n: send(developer, "PATCH", path, json={"description": f"Text {n}"}, headers=tag))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: CROWD - 1}
    fields = ["website", "start_page", "user_agreement"]
    together(lambda n: send(developer, "PATCH", path, json={fields[n]: f"https://a.example/{n}"}), len(fields))
    now = developer.call("GET", path)
    assert [now[field] for field in fields] == [f"https://a.example/{n}" for n in range(len(fields))]


def test_files_applied_by_many_with_one_version_make_one_change(developer: Visitor, made: dict[str, Any]) -> None:
    path = f"/integrations/{made['integration_id']}/file"
    answer = developer.browser.get(developer.url + path, timeout=30)
    file, tag = answer.json(), {"If-Match": answer.headers["ETag"]}
    answers = together(lambda n: send(developer, "PUT", path, json=file | {"description": f"Text {n}"}, headers=tag), 6)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: 5}


def test_a_transfer_accepted_twice_moves_once(
    stack: Stack, operator: Visitor, developer: Visitor, made: dict[str, Any], unique: str
) -> None:
    taker = sign_up(stack, f"taker-{unique}@codehouse.example", "Tilda Taker", f"Takers {unique} AB")
    gets_the_licence(operator, taker)
    company = taker.call("GET", "/companies/current")
    path = f"/integrations/{made['integration_id']}"
    developer.call("POST", f"{path}/transfer", json={"company_number": company["number"]}, expect=201)
    answers = together(lambda _: send(taker, "POST", f"/transfers/{made['integration_id']}/acceptance"), 6)
    assert Counter(answer.status_code for answer in answers)[200] == 1
    assert {answer.status_code for answer in answers} <= {200, 404, 409}
    assert taker.call("GET", path)["client_id"] == made["client_id"]
    assert send(developer, "GET", path).status_code == 404


def submitted(stack: Stack, developer: Visitor, made: dict[str, Any]) -> str:
    """Sent to review; the logo, which the rules want, is a picture of one colour."""
    from infra.seed import upload_image
    from tests.e2e.pictures import square

    path = f"/integrations/{made['integration_id']}"
    developer.call("PATCH", path, json=REVIEWED)
    upload_image(developer, f"{path}/images", "logo", square(), "image/png")
    version = developer.call("GET", "/partner-agreement")["version"]
    developer.call("POST", "/partner-agreement", json={"version": version})
    developer.call("POST", f"{path}/publication", json={"action": "submit"})
    return f"{path}/publication"


def approval(operator: Visitor, made: dict[str, Any]) -> dict[str, Any]:
    review = operator.call("GET", f"/operator/publications/{made['integration_id']}")
    verdicts = [{"rule": one["rule"], "is_fulfilled": True} for one in review["findings"]]
    return {"action": "approve", "version": review["publication"]["version"], "verdicts": verdicts}


def test_an_approval_meets_edits_and_a_withdrawal_and_what_is_live_is_what_was_looked_at(
    stack: Stack, operator: Visitor, developer: Visitor, made: dict[str, Any]
) -> None:
    publication = submitted(stack, developer, made)
    body = approval(operator, made)
    path = f"/integrations/{made['integration_id']}"

    def act(n: int) -> requests.Response:
        if n == 0:
            return send(operator, "POST", f"/operator/publications/{made['integration_id']}", json=body)
        if n == 1:
            return send(developer, "POST", publication, json={"action": "cancel"})
        return send(developer, "PATCH", path, json={"description": f"Changed while it was looked at, {n}. " * 4})

    answers = together(act, 6)
    decided, cancelled = answers[0].status_code, answers[1].status_code
    assert (decided == 200) != (cancelled == 200), (answers[0].text, answers[1].text)
    assert {decided, cancelled} <= {200, 409, 412}
    now = developer.call("GET", publication)
    assert now["status"] == ("published" if decided == 200 else "draft")
    if decided == 200:
        listing = wait_for(lambda: _listing(stack, made), "the listing")
        assert listing["description"].strip() == str(REVIEWED["description"]).strip()


def test_a_licence_withdrawn_in_the_middle_of_writes_ends_with_nothing_listed_and_nothing_writable(
    stack: Stack, operator: Visitor, developer: Visitor, made: dict[str, Any]
) -> None:
    publication = submitted(stack, developer, made)
    operator.call("POST", f"/operator/publications/{made['integration_id']}", json=approval(operator, made))
    wait_for(lambda: _listing(stack, made), "the listing")
    tenant_id = developer.call("GET", "/companies/current")["tenant_id"]
    licence = f"/operator/companies/{tenant_id}/licence"
    path = f"/integrations/{made['integration_id']}"

    def act(n: int) -> requests.Response:
        if n == 3:
            return send(operator, "POST", licence, json={"action": "withdraw", "reason": "A test"})
        return send(developer, "PATCH", path, json={"start_page": f"https://a.example/{n}"})

    answers = together(act, 8)
    assert {answer.status_code for answer in answers} <= {200, 403, 409, 412}
    assert send(developer, "PATCH", path, json={"start_page": "https://b.example"}).status_code == 403
    wait_for(lambda: not _listing(stack, made) and not _card(stack, made), "card and page to be gone")
    operator.call("POST", licence, json={"action": "grant", "reason": "A test"})
    wait_for(lambda: _listing(stack, made) and _card(stack, made), "card and page to be back")
    assert developer.call("GET", publication)["status"] == "published"


def _listing(stack: Stack, made: dict[str, Any]) -> dict[str, Any] | None:
    answer = requests.get(f"{stack.url}/listings/{made['integration_id']}", timeout=30)
    found: dict[str, Any] | None = answer.json() if answer.status_code == 200 else None
    return found


def _card(stack: Stack, made: dict[str, Any]) -> bool:
    answer = requests.get(f"{stack.url}/listings", params={"q": made["name"]}, timeout=30)
    return made["integration_id"] in [one["integration_id"] for one in answer.json()["items"]]
