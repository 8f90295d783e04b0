"""Buying on the marketplace (C3), what an integration did (C4), and new scopes (C6): presses counted in Chromium."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from infra.seed import draw_logo, publish
from infra.visitor import Visitor
from tests.browser.conftest import join
from tests.browser.program import Program
from tests.browser.watch import Hand
from tests.e2e.stack import Stack

Window = Callable[..., Page]
TERMS = "https://nordkod.example/terms"


@pytest.fixture(scope="module")
def buyer(stack: Stack) -> Visitor:
    """A company of its own: what it buys is in nobody's way."""
    return join(stack, "Kim Köpare", "Köpares Redovisning AB")


@pytest.fixture
def sold(developer: Visitor, operator: Visitor, program: Program, stack: Stack, unique: str) -> dict[str, Any]:
    """A published integration that the platform sells per user; its program runs here."""
    made: dict[str, Any] = developer.call(
        "POST",
        "/integrations",
        json={
            "name": f"Bought {unique}", "scopes": ["companyinformation", "profile"], "redirect_uris": [program.uri],
            "description": "Sends reminders to customers who have not paid, politely and in time.", "category": "invoicing",
            "contact_email": "support@nordkod.example", "user_agreement": TERMS, "sales_channel": "platform",
            "price_minor": 14900, "licence_model": "per_user",
        },
    )  # fmt: skip
    draw_logo(developer, made)
    publish(operator, developer, made)
    program.asks_at(stack.url, made)
    return made


def test_C3_buying_takes_three_presses_and_shows_price_and_period_first(
    window: Window, buyer: Visitor, sold: dict[str, Any], program: Program
) -> None:
    page = window(buyer)
    hand = Hand(page)
    page.goto(f"/marketplace/{sold['integration_id']}")
    hand.follow("Buy")
    main = page.get_by_role("main")
    expect(main).to_contain_text("SEK\N{NO-BREAK SPACE}149.00 a month and user")
    expect(main).to_contain_text("One month at a time")
    expect(page.get_by_role("link", name="Read the user agreement")).to_have_attribute("href", TERMS)
    page.get_by_label("Number of licences").fill("2")
    hand.does(page.get_by_label("approves the user agreement").check)
    hand.press("Confirm")
    # The program was reached without a code and asks by itself: the consent page stands there.
    expect(page.get_by_role("heading", level=1)).to_contain_text("work with Köpares Redovisning AB?")
    hand.stays_within("C3")
    licence = buyer.call("GET", f"/licences/{sold['integration_id']}")
    assert (licence["seats"], licence["agreement_version"], licence["price_version"]) == (2, 1, 1)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading")).to_have_text("Back in the program")
    assert program.answers[0]["code"]

    page.goto(f"/my-integrations/{sold['integration_id']}/licence")
    expect(page.get_by_role("main")).to_contain_text("1 of 2 taken")


def test_without_the_agreement_the_page_says_so_beside_it(
    window: Window, buyer: Visitor, watch: Any, sold: dict[str, Any]
) -> None:
    watch.expect("status of 422")
    page = window(buyer)
    page.goto(f"/marketplace/{sold['integration_id']}/buy")
    page.get_by_label("Number of licences").fill("3")
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".error")).to_contain_text("Approve the user agreement to buy.")
    expect(page.get_by_label("Number of licences")).to_have_value("3")


def test_what_is_not_bought_is_told_to_the_program(
    window: Window, buyer: Visitor, sold: dict[str, Any], program: Program
) -> None:
    page = window(buyer)
    page.goto(program.authorization)
    expect(page.get_by_role("heading")).to_have_text("Back in the program")
    assert program.answers[0]["error"] == "error_missing_app_license"


def test_C3_works_without_a_script(window: Window, buyer: Visitor, sold: dict[str, Any]) -> None:
    page = window(buyer, java_script_enabled=False)
    page.goto(f"/marketplace/{sold['integration_id']}")
    page.get_by_role("link", name="Buy", exact=True).click()
    page.get_by_label("approves the user agreement").check()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("work with Köpares Redovisning AB?")


def test_C6_added_scopes_take_two_presses_and_only_they_are_marked(
    window: Window, customer: Visitor, developer: Visitor, integration: dict[str, Any], program: Program, stack: Stack
) -> None:
    customer.approve(program.authorization)
    program.answers.clear()
    wider = [*integration["scopes"], "settings"]
    developer.call("PATCH", f"/integrations/{integration['integration_id']}", json={"scopes": wider})
    program.asks_at(stack.url, {**integration, "scopes": wider})
    page = window(customer)
    hand = Hand(page)
    page.goto("/my-integrations")
    card = page.get_by_role("region", name=integration["name"])
    expect(card).to_contain_text("It asks for one more thing")
    hand.follow("Look and approve", within=f"#{integration['integration_id']}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("work with Kunds Bageri AB?")
    asked = page.locator("section[aria-labelledby=can] li")
    expect(asked).to_have_count(3)
    marked = asked.filter(has=page.get_by_text("New", exact=True))
    expect(marked).to_have_count(1)
    expect(marked).to_contain_text("settings")
    hand.press("Approve")
    expect(page.get_by_role("heading")).to_have_text("Back in the program")
    hand.stays_within("C6")
    (mine,) = [
        one
        for one in customer.call("GET", "/activations")["items"]
        if one["integration_id"] == integration["integration_id"]
    ]
    assert (sorted(mine["scopes"]), mine["added_scopes"]) == (sorted(wider), [])
    customer.call("DELETE", f"/activations/{integration['integration_id']}")


def test_the_preview_appears_in_the_page_and_saves_nothing(
    window: Window, customer: Visitor, developer: Visitor, integration: dict[str, Any], program: Program
) -> None:
    customer.approve(program.authorization)
    page = window(developer)
    page.goto(f"/portal/integrations/{integration['integration_id']}/scopes")
    page.locator("input[name=scopes][value=salary]").check()
    page.get_by_role("button", name="See what it means for customers").click()
    expect(page.locator("#scope-preview")).to_contain_text("One of 1 customers would have to approve anew")
    expect(page.locator("#scope-preview")).to_contain_text("Lön")
    assert page.url.endswith("/scopes")
    assert "salary" not in developer.call("GET", f"/integrations/{integration['integration_id']}")["scopes"]
    customer.call("DELETE", f"/activations/{integration['integration_id']}")
