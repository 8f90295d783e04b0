"""Everybody: signing up, language and theme, pages that are not there, getting about on a telephone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from infra.visitor import Visitor
from tests.browser.watch import Watch
from tests.e2e.stack import Stack

Window = Callable[..., Page]


def test_signing_up_goes_through_the_mailbox_to_a_signed_in_page(window: Window, stack: Stack, unique: str) -> None:
    email = f"nils-{unique.lower()}@people.example"
    page = window()
    page.goto("/")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Your name").fill("Nils Ny")
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("textbox", name="Company").fill("Nils Verkstad AB")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look in your inbox")

    stack.eventually(lambda: stack.mails(email))
    mailbox = page.context.new_page()
    mailbox.goto(f"/dev/mail?to={email}")
    mailbox.get_by_role("link", name="/verify").click()
    mailbox.get_by_role("button", name="Confirm and continue").click()
    expect(mailbox.get_by_role("status")).to_contain_text("Your address is confirmed.")
    mailbox.get_by_label("E-mail").fill(email)
    mailbox.get_by_label("Password").fill("a long enough password")
    mailbox.get_by_role("button", name="Sign in").click()
    expect(mailbox.get_by_role("navigation", name="Main menu")).to_contain_text("Nils Verkstad AB")

    mailbox.locator(".side-foot summary").click()
    mailbox.get_by_role("button", name="Sign out").click()
    expect(mailbox.get_by_role("link", name="Sign in")).to_be_visible()
    mailbox.goto("/account")
    expect(mailbox).to_have_url(f"{stack.url}/sign-in?next=%2Faccount")


def test_without_a_licence_the_account_page_says_what_is_missing_and_asks(window: Window, customer: Visitor) -> None:
    page = window(customer)
    page.goto("/account")
    missing = page.get_by_role("region", name="Before you can build")
    expect(missing).to_contain_text("missing")
    missing.get_by_role("button", name="Ask for a licence").click()
    expect(page.locator("#toasts")).to_contain_text("Your request is on its way")
    expect(page.get_by_role("region", name="Before you can build")).to_contain_text("The operator will answer")


def test_a_wrong_password_is_told_without_saying_which_part_was_wrong(
    window: Window, watch: Watch, unique: str
) -> None:
    watch.expect("status of 401")
    page = window()
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(f"nobody-{unique.lower()}@people.example")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("or the password is wrong")
    expect(page.get_by_label("Password")).to_have_value("")


def test_the_language_changes_in_place_and_is_remembered(window: Window) -> None:
    page = window()
    page.goto("/sign-in?next=%2Faccount")
    page.get_by_role("button", name="Svenska").click()
    expect(page.locator("html")).to_have_attribute("lang", "sv")
    expect(page.get_by_role("heading", level=1)).to_have_text("Logga in")
    assert page.url.endswith("/sign-in?next=%2Faccount")
    page.goto("/sign-up")
    expect(page.locator("html")).to_have_attribute("lang", "sv")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Create an account")


def test_a_browser_that_prefers_swedish_is_answered_in_swedish(window: Window) -> None:
    page = window(lang="sv")
    page.goto("/sign-in")
    expect(page.get_by_role("heading", level=1)).to_have_text("Logga in")


def background(page: Page) -> str:
    colour: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return colour


def test_the_theme_changes_without_a_new_page_and_is_remembered(window: Window) -> None:
    page = window()
    page.goto("/sign-in")
    light = background(page)
    page.evaluate("window.stayed = true")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert background(page) != light
    assert page.evaluate("window.stayed")
    page.goto("/sign-up")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Switch between light and dark").click()
    assert background(page) == light


def test_without_a_choice_the_theme_is_the_systems(window: Window) -> None:
    light, dark = window(), window(theme="dark")
    for page in (light, dark):
        page.goto("/sign-in")
    assert background(light) != background(dark)


@pytest.mark.parametrize(("who", "path", "status"), [("", "/nothing/here", 404), ("customer", "/operator", 403)])
def test_errors_are_pages_with_a_number_and_a_way_on(
    window: Window, customer: Visitor, watch: Watch, who: str, path: str, status: int
) -> None:
    watch.expect(f"status of {status}")
    page = window(customer if who else None)
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == status
    expect(page.get_by_role("main")).to_contain_text(f"Error {status}")
    shown = page.locator("main .kv code").inner_text()
    assert shown in (answer.header_value("x-request-id") or answer.text())
    page.get_by_role("link", name="To the start page").click()
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("Error")


def test_the_menu_of_a_telephone_opens_leads_on_and_closes(window: Window, customer: Visitor) -> None:
    page = window(customer, width=390)
    page.goto("/my-integrations")
    menu = page.get_by_role("navigation", name="Main menu")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    menu.get_by_role("link", name="Find integrations").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Find integrations")
    expect(menu).to_be_hidden()


def test_the_first_tab_skips_to_the_content(window: Window, customer: Visitor) -> None:
    page = window(customer)
    page.goto("/my-integrations")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
