"""What must work where scripts are off: signing in, agreeing, finding, creating."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from infra.visitor import Visitor
from tests.browser.program import Program
from tests.e2e.stack import Stack

Window = Callable[..., Page]


def test_a_customer_signs_in_finds_agrees_and_disconnects(
    window: Window, customer: Visitor, integration: dict[str, Any], program: Program
) -> None:
    page = window(java_script_enabled=False)
    page.goto("/sign-in?next=/marketplace")
    page.get_by_label("E-mail").fill(customer.email)
    page.get_by_label("Password").fill(customer.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("textbox", name="Client id").fill(integration["client_id"])
    page.get_by_role("button", name="Find").click()
    page.get_by_role("button", name="Activate").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading")).to_have_text("Back in the program")
    assert program.answers[0]["code"]

    page.goto("/my-integrations")
    card = page.get_by_role("region", name=integration["name"])
    card.get_by_role("button", name="Disconnect").click()  # a popover: the browser opens it by itself
    dialog = page.locator(f"#end-{integration['integration_id']}")
    dialog.get_by_role("textbox").fill(integration["name"])
    dialog.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("region", name=integration["name"])).to_have_count(0)


def test_a_developer_creates_an_integration_and_reads_the_secret(
    window: Window, developer: Visitor, unique: str
) -> None:
    page = window(developer, java_script_enabled=False)
    page.goto("/portal/integrations")
    page.get_by_role("link", name="Create integration").click()
    page.get_by_role("textbox", name="Name").fill(f"Plain {unique}")
    page.get_by_role("checkbox", name="Read the company's name").check()
    page.get_by_role("button", name="Create integration").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Plain {unique}")
    assert len(page.get_by_label("Client secret").input_value()) >= 32
    expect(page.locator("copy-button:visible")).to_have_count(0)  # a button that can do nothing is not shown


def test_language_and_theme_are_chosen_by_form(window: Window) -> None:
    page = window(java_script_enabled=False)
    page.goto("/sign-in")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Svenska").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Logga in")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_statistics_are_a_table(window: Window, developer: Visitor, stack: Stack) -> None:
    page = window(developer, java_script_enabled=False)
    page.goto("/portal/statistics")
    expect(page.locator("time-chart table").first).to_be_visible()
    expect(page.get_by_role("button", name="Show as table")).to_be_hidden()
