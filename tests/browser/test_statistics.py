"""The statistics page (D5): its chart is its table, and its address says what it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from infra.visitor import Visitor
from tests.browser.conftest import join
from tests.browser.program import Program
from tests.browser.watch import Hand
from tests.e2e.stack import Stack
from tests.e2e.test_story import scheduled_event

Window = Callable[..., Page]


def test_D5_activations_are_seen_in_two_presses_as_chart_and_as_table(
    window: Window, developer: Visitor, stack: Stack, integration: dict[str, Any], program: Program
) -> None:
    join(stack, "Sten Stat", "Stens Stat AB").approve(program.authorization)

    def counted() -> int:
        stack.invoke("statistics-rollup", scheduled_event())
        query = {"interval": "week", "integration_id": integration["integration_id"]}
        found: int = developer.call("GET", "/statistics/activations", params=query)["totals"]["activated"]
        return found

    stack.eventually(counted, seconds=40, every=1)
    page = window(developer)
    hand = Hand(page)
    page.goto("/portal/integrations")
    hand.follow("Statistics")
    page.get_by_label("Integration").select_option(integration["name"])
    page.get_by_role("radio", name="Week").check()
    hand.press("Show")
    hand.stays_within("D5")
    assert f"integration_id={integration['integration_id']}" in page.url
    assert "interval=week" in page.url
    expect(page.get_by_text("Activations", exact=True).first.locator("xpath=following::dd[1]")).to_contain_text("1")

    drawing = page.get_by_role("img", name="Activations over time")
    expect(drawing).to_be_visible()
    assert is_drawn(page)
    rows = page.locator("#series time-chart tbody tr")
    table = [[int(cell) for cell in cells] for cells in (row_values(rows.nth(n)) for n in range(rows.count()))]
    query = {"interval": "week", "integration_id": integration["integration_id"]}
    found = developer.call("GET", "/statistics/activations", params=query)
    points = found["points"]
    assert table == [[point["activated"], point["deactivated"], point["net"]] for point in points]
    assert sum(row[0] for row in table) == 1
    active = page.locator("#active time-chart tbody tr")
    assert [row_values(active.nth(n)) for n in range(active.count())] == [[str(point["active"])] for point in points]
    assert found["active_now"] == points[-1]["active"] == 1

    switch = page.get_by_role("button", name="Show as table")
    switch.click()
    expect(drawing).to_be_hidden()
    expect(rows.last).to_be_visible()
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(switch).to_be_focused()

    again = window(developer)
    again.goto(page.url)
    expect(again.get_by_label("Integration")).to_have_value(integration["integration_id"])


def test_D5_all_integrations_over_90_days_take_two_presses_and_agree_with_the_api(
    window: Window, developer: Visitor
) -> None:
    page = window(developer)
    hand = Hand(page)
    page.goto("/portal/integrations")
    hand.follow("Statistics")
    hand.follow("90 days")
    hand.stays_within("D5")
    expect(page.get_by_role("img", name="Activations over time")).to_be_visible()
    assert is_drawn(page)
    points = developer.call("GET", "/statistics/activations", params={"period": "90d"})["points"]
    rows = page.locator("#series time-chart tbody tr")
    shown = [[int(cell) for cell in row_values(rows.nth(n))] for n in range(rows.count())]
    assert shown == [[point["activated"], point["deactivated"], point["net"]] for point in points]


def row_values(row: Any) -> list[str]:
    values: list[str] = row.locator("[data-value]").evaluate_all("cells => cells.map((cell) => cell.dataset.value)")
    return values


def is_drawn(page: Page) -> bool:
    """Are there coloured points on the canvas?"""
    inked: bool = page.locator("#series time-chart canvas").evaluate("""canvas => canvas.getContext('2d')
        .getImageData(0, 0, canvas.width, canvas.height).data.some((value, i) => i % 4 === 3 && value > 0)""")
    return inked


def test_the_chart_takes_the_colours_of_the_theme(window: Window, developer: Visitor) -> None:
    page = window(developer)
    page.goto("/portal/statistics")
    canvas = page.locator("#series time-chart canvas")
    expect(canvas).to_be_visible()
    light = canvas.evaluate("canvas => canvas.toDataURL()")
    page.get_by_role("button", name="Switch between light and dark").click()
    page.wait_for_function(
        "before => document.querySelector('#series time-chart canvas').toDataURL() !== before", arg=light
    )
