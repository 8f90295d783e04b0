"""The palette: opened and used by keyboard from anywhere, focus comes back, and it leads where it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from infra.visitor import Visitor

Window = Callable[..., Page]


def test_an_integration_is_three_keys_and_a_word_away(
    window: Window, developer: Visitor, integration: dict[str, Any]
) -> None:
    page = window(developer)
    page.goto("/portal/statistics")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Go to …")).to_be_focused()
    expect(page.get_by_role("dialog").get_by_role("option").first).to_be_visible()
    page.keyboard.type(integration["name"][-6:])
    expect(page.get_by_role("dialog").get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/portal/integrations/{integration['integration_id']}")


def test_escape_gives_the_focus_back_and_arrows_walk_round(window: Window, developer: Visitor) -> None:
    page = window(developer)
    page.goto("/portal")
    page.locator("[data-palette]").click()
    first, last = (
        page.get_by_role("dialog").get_by_role("option").first,
        page.get_by_role("dialog").get_by_role("option").last,
    )
    expect(first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.locator("[data-palette]")).to_be_focused()


def test_without_a_script_it_is_a_page(window: Window, developer: Visitor) -> None:
    page = window(developer, java_script_enabled=False)
    page.goto("/portal")
    page.locator("[data-palette]").click()
    page.get_by_label("Name").fill("statis")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("#palette-list a")).to_have_count(1)
    page.locator("#palette-list a").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Statistics")
