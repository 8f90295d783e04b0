"""What the operator does: grants a licence (O1) and finds anybody's integration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from infra.visitor import Visitor
from tests.browser.conftest import join
from tests.browser.watch import Hand
from tests.e2e.stack import Stack

Window = Callable[..., Page]


def test_O1_granting_a_licence_takes_two_presses_and_the_company_field(
    window: Window, operator: Visitor, stack: Stack
) -> None:
    newcomer = join(stack, "Nora Nyss", "Nyss Kod AB")
    number = newcomer.call("GET", "/companies/current")["number"]
    theirs = window(newcomer)
    theirs.goto("/portal/integrations")
    create = theirs.get_by_role("link", name="Create integration")
    expect(theirs.get_by_text("Your company may not build integrations yet")).to_be_visible()
    expect(create).to_have_count(0)

    page = window(operator)
    hand = Hand(page)
    page.goto("/operator")
    page.get_by_role("searchbox", name="Company number or e-mail").fill(str(number))
    page.keyboard.press("Enter")
    hand.follow("Nyss Kod AB")
    hand.press("Grant licence")
    expect(page.locator(".page-head .badge")).to_have_text("Granted")
    expect(page.get_by_role("region", name="Log")).to_contain_text("Licence granted")
    expect(page.get_by_role("region", name="Log")).to_contain_text(operator.email)
    hand.stays_within("O1")

    theirs.reload()
    expect(create).not_to_have_count(0)
    stack.eventually(lambda: "licence" in stack.mails(newcomer.email)[0]["subject"])


def test_suspending_needs_a_reason_and_keeps_the_focus_on_it(
    window: Window, operator: Visitor, developer: Visitor
) -> None:
    tenant_id = developer.call("GET", "/companies/current")["tenant_id"]
    page = window(operator)
    page.goto(f"/operator/companies/{tenant_id}")
    page.get_by_role("button", name="Suspend").click()
    expect(page.get_by_label("Reason")).to_be_focused()  # the browser's own check: the field is required
    assert developer.call("GET", "/companies/current")["licence"] == "granted"


def test_the_operator_sees_every_integration(window: Window, operator: Visitor, integration: dict[str, Any]) -> None:
    page = window(operator)
    page.goto("/operator/integrations")
    row = page.get_by_role("row").filter(has_text=integration["client_id"])
    expect(row).to_contain_text(integration["name"])
    row.get_by_role("link", name=integration["name"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dahls Kod AB")
