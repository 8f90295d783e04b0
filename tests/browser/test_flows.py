"""Tasks that begin at one side and end at the other: a publication (D4, O2, O3, O4), what it did (C1, C4), why it stopped (O5).

The table of all of them is tests/browser/flows.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from infra.screenshots import Guide
from infra.seed import draw_logo
from infra.seed_life import authorization
from infra.visitor import Visitor, wait_for
from tests.browser.program import Program
from tests.browser.watch import Hand, Watch
from tests.e2e.stack import Stack

Window = Callable[..., Page]


@pytest.fixture
def complete(developer: Visitor, program: Program, stack: Stack, unique: str) -> dict[str, Any]:
    """An integration whose checklist is green, of a company that has accepted the agreement; nobody has asked yet."""
    made: dict[str, Any] = developer.call(
        "POST",
        "/integrations",
        json={
            "name": f"Complete {unique}", "scopes": ["companyinformation"], "redirect_uris": [program.uri],
            "description": "Sends reminders to customers who have not paid, politely and always in time.",
            "category": "receipts", "contact_email": "support@dahls.example", "website": "https://dahls.example/",
            "sales_channel": "website", "price_text": "Free",
        },
    )  # fmt: skip
    draw_logo(developer, made)
    agreement = developer.call("GET", "/partner-agreement")
    developer.call("POST", "/partner-agreement", json={"version": agreement["version"]})
    program.asks_at(stack.url, made)
    return made


@pytest.fixture
def waiting(developer: Visitor, complete: dict[str, Any]) -> dict[str, Any]:
    developer.call("POST", f"/integrations/{complete['integration_id']}/publication", json={"action": "submit"})
    return complete


def status_of(developer: Visitor, integration: dict[str, Any]) -> str:
    found: str = developer.call("GET", f"/integrations/{integration['integration_id']}/publication")["status"]
    return found


def test_D4_publication_is_asked_for_in_two_presses(
    window: Window, developer: Visitor, operator: Visitor, complete: dict[str, Any], stack: Stack
) -> None:
    page = window(developer)
    hand = Hand(page)
    page.goto(f"/portal/integrations/{complete['integration_id']}")
    hand.follow("Publish", within="main")
    hand.press("Ask for publication")
    expect(page.get_by_role("region", name="Publication")).to_contain_text("In review")
    expect(page.get_by_role("region", name="Timeline")).to_contain_text("Sent to review")
    hand.stays_within("D4")
    assert status_of(developer, complete) == "in_review"
    stack.eventually(lambda: any(complete["name"] in mail["subject"] for mail in stack.mails(operator.email)))


def test_O2_a_review_is_opened_ticked_and_approved_in_three_presses(
    window: Window, developer: Visitor, operator: Visitor, waiting: dict[str, Any], stack: Stack
) -> None:
    page = window(operator)
    hand = Hand(page)
    page.goto("/operator/reviews")
    hand.follow(waiting["name"])
    hand.does(page.get_by_label("I have looked at everything").check)
    hand.press("Approve")
    expect(page.locator(".page-head .badge")).to_have_text("Published")
    hand.stays_within("O2")
    nobody = requests.get(f"{stack.url}/marketplace/{waiting['integration_id']}", timeout=30)
    assert (nobody.status_code, waiting["name"] in nobody.text) == (200, True)
    stack.eventually(lambda: any("approved" in mail["subject"] for mail in stack.mails(developer.email)))


def test_O3_changes_are_asked_for_in_three_presses_and_reach_the_developer_rule_by_rule(
    window: Window, developer: Visitor, operator: Visitor, waiting: dict[str, Any]
) -> None:
    page = window(operator)
    hand = Hand(page)
    page.goto("/operator/reviews")
    hand.follow(waiting["name"])
    hand.does(page.locator("#rule-contact").uncheck)
    page.locator("[name=comment-contact]").fill("No answer in five days.")
    page.get_by_label("Reason that comes often").select_option("scopes")
    hand.press("Ask for changes")
    expect(page.locator(".page-head .badge")).to_have_text("Changes requested")
    hand.stays_within("O3")

    theirs = window(developer)
    theirs.goto(f"/portal/integrations/{waiting['integration_id']}/publish")
    expect(theirs.get_by_role("alert").or_(theirs.locator(".alert.is-warn"))).to_contain_text("scopes it does not need")
    expect(theirs.get_by_role("region", name="Timeline")).to_contain_text("No answer in five days.")


@pytest.fixture
def connected(
    customer: Visitor, developer: Visitor, operator: Visitor, waiting: dict[str, Any], program: Program
) -> Iterator[dict[str, Any]]:
    """Published, activated, and its program has used its tokens once."""
    review = f"/operator/publications/{waiting['integration_id']}"
    found = operator.call("GET", review)
    verdicts = [{"rule": one["rule"], "is_fulfilled": True} for one in found["findings"]]
    version = developer.call("GET", f"/integrations/{waiting['integration_id']}/publication")["version"]
    operator.call("POST", review, json={"action": "approve", "version": version, "verdicts": verdicts})
    answer = customer.approve(authorization(customer.url, waiting, program.uri, "flow"))
    tokens = ask_tokens(customer.url, waiting, code=answer["code"], redirect_uri=program.uri)
    bearer = {"Authorization": f"Bearer {tokens.json()['access_token']}"}
    assert requests.get(f"{customer.url}/3/companyinformation", headers=bearer, timeout=30).ok
    yield {**waiting, "refresh_token": tokens.json()["refresh_token"]}
    customer.call("DELETE", f"/activations/{waiting['integration_id']}")


def ask_tokens(url: str, integration: dict[str, Any], **form: str) -> requests.Response:
    grant = "authorization_code" if "code" in form else "refresh_token"
    verifier = {"code_verifier": "demo-verifier-demo-verifier-demo-verifier-demo"} if "code" in form else {}
    secret = (integration["client_id"], integration["client_secret"])
    return requests.post(
        f"{url}/oauth-v1/token", data={"grant_type": grant, **verifier, **form}, auth=secret, timeout=30
    )


def test_C4_what_an_integration_may_do_and_did_is_one_press_away(
    window: Window, customer: Visitor, connected: dict[str, Any]
) -> None:
    page = window(customer)
    hand = Hand(page)
    page.goto("/my-integrations")
    hand.follow("What it does", within=f"#{connected['integration_id']}")
    main = page.get_by_role("main")
    expect(main).to_contain_text("Read the company's name, number and addresses")
    expect(main).to_contain_text("Last call")
    expect(main).to_contain_text(re.compile(r"(second|minute)s? ago"))
    hand.stays_within("C4")


@pytest.mark.parametrize("keeps", [True, False], ids=["customers-go-on", "customers-stop"])
def test_O4_an_integration_is_suspended_in_two_presses_and_a_reason(
    window: Window, operator: Visitor, connected: dict[str, Any], stack: Stack, keeps: bool
) -> None:
    page = window(operator)
    hand = Hand(page)
    page.goto("/operator/integrations")
    hand.follow(f"Review {connected['name']}")
    page.get_by_label("Reason", exact=True).fill("It mails people who never asked.")
    if keeps:
        page.get_by_label("let those who have activated it go on").check()  # a choice, not a press more than needed
    hand.press("Suspend")
    expect(page.locator(".page-head .badge")).to_have_text("Suspended")
    hand.stays_within("O4")

    assert requests.get(f"{stack.url}/marketplace/{connected['integration_id']}", timeout=30).status_code == 404
    token = {"refresh_token": connected["refresh_token"]}
    if keeps:
        assert ask_tokens(stack.url, connected, **token).ok
    else:  # a process that remembers the client hears of it within five seconds
        wait_for(lambda: not ask_tokens(stack.url, connected, **token).ok, "the tokens to end")


def test_C1_receipts_are_found_with_one_search_and_one_press_without_a_script(window: Window, guide: Guide) -> None:
    page = window(guide.people["customer"], java_script_enabled=False)
    hand = Hand(page)
    page.goto("/marketplace")
    page.get_by_role("searchbox").first.fill("receipts")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Found")).to_be_visible()
    assert "Kvitto Sync" in page.locator(".listings .item-name").all_inner_texts()[:3]
    hand.follow("Kvitto Sync")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kvitto Sync")
    hand.stays_within("C1")


def test_O5_why_it_stopped_is_one_search_and_one_press_away(
    window: Window, watch: Watch, operator: Visitor, customer: Visitor, integration: dict[str, Any], program: Program
) -> None:  # fmt: skip
    watch.expect("status of 400")
    wrong = program.asks_at(operator.url, integration, redirect_uri=f"{program.uri}/elsewhere")
    theirs = window(customer)
    theirs.goto(wrong)
    number = theirs.locator("main .kv code").first.inner_text()

    page = window(operator)
    hand = Hand(page)
    page.goto("/operator")
    hand.follow("Why did it stop?")
    for asked in (integration["client_id"], number):
        page.get_by_role("searchbox").fill(asked)
        page.keyboard.press("Enter")
        found = page.get_by_role("region", name="Attempts")
        expect(found).to_contain_text("redirect URI is not the registered one")
        expect(found).to_contain_text("The developer")
        expect(found).to_contain_text(number)
    hand.stays_within("O5")
