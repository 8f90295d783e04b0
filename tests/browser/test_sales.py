"""Sales in the browser: the operator's export in two presses (O6), the developer's month, an invoice on paper."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from playwright.sync_api import Page, expect

from infra.screenshots import Guide
from tests.browser.watch import Hand

Window = Callable[..., Page]


def test_O6_last_months_sales_are_exported_in_two_presses_and_equal_the_page(window: Window, guide: Guide) -> None:
    operator = guide.people["operator"]
    page = window(operator)
    hand = Hand(page)
    page.goto("/operator")
    hand.follow("All sales")
    button = page.get_by_role("link", name="Export 20")
    month = (button.text_content() or "").split()[-1]
    shown = page.locator("#months tbody tr", has_text=month).locator("td").last.inner_text()
    with page.expect_download() as waiting:
        hand.does(button.click)
    text = Path(waiting.value.path()).read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sum(Decimal(row["invoiced"]) for row in rows) == amount(shown)
    hand.stays_within("O6")


def test_a_developer_sees_a_month_by_integration_and_takes_it_along(window: Window, guide: Guide) -> None:
    developer = guide.people["developer"]
    page = window(developer)
    page.goto("/portal")
    Hand(page).follow("Sales")
    table = page.locator("#statement tbody tr")
    expect(table.first).to_contain_text("Lagerbro")
    month = page.url.partition("month=")[2] or (page.locator("#months tbody a").first.text_content() or "")
    statements = developer.call("GET", "/sales/statements", params={"from": month, "to": month})
    shown = sum(amount(table.nth(n).locator("td").nth(4).inner_text()) for n in range(table.count()))
    assert shown == Decimal(sum(one["share_minor"] for one in statements)).scaleb(-2)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Lines as CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text("utf-8"))))
    assert sum(Decimal(row["your share"]) for row in rows) == shown
    page.get_by_role("link", name="Lagerbro").click()
    expect(page.get_by_role("heading", name="Invoiced lines")).to_be_visible()


def test_an_invoice_printed_is_the_invoice_alone(window: Window, guide: Guide) -> None:
    customer = guide.people["customer"]
    newest = customer.call("GET", "/invoices")["items"][0]
    page = window(customer)
    page.goto("/account/invoices")
    page.get_by_role("link", name=str(newest["number"]), exact=True).click()
    expect(page.get_by_role("link", name="Download CSV")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("link", name="Download CSV")).to_be_hidden()
    expect(page.locator(".breadcrumb, .side, .top").first).to_be_hidden()
    expect(page.get_by_role("heading", name=f"Invoice {newest['number']}")).to_be_visible()


def amount(text: str) -> Decimal:
    """`SEK 1,192.00` as a number."""
    return Decimal("".join(char for char in text if char.isdigit() or char in ".-"))
