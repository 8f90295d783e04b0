"""Trying an operation from its page: a session's own call, and one with a token typed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from infra.visitor import Visitor
from tests.browser.watch import Watch

Window = Callable[..., Page]


def test_a_call_in_the_readers_session_shows_what_the_api_answers(
    window: Window, developer: Visitor, integration: dict[str, Any]
) -> None:
    page = window(developer)
    page.goto("/docs/api/get_integration")
    page.get_by_label("integration_id").fill(integration["integration_id"])
    page.get_by_role("button", name="Send").click()
    answer = page.locator("try-call [role=status]")
    expect(answer).to_contain_text("200")
    expect(answer.locator("code")).to_contain_text(integration["client_id"])


def test_a_wrong_token_gets_the_dialects_refusal(window: Window, watch: Watch) -> None:
    watch.expect("status of 401")
    page = window()
    page.goto("/docs/api/get_company_information")
    page.get_by_label("Access token").fill("not.a.token")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("try-call [role=status]")).to_contain_text("401")
    expect(page.locator("try-call code")).to_contain_text("ErrorInformation")


def test_a_stranger_is_sent_to_sign_in_and_secrets_stay_out_of_browsers(window: Window) -> None:
    page = window()
    page.goto("/docs/api/create_integration")
    expect(page.locator("try-call")).to_have_count(0)
    expect(page.locator("#try").get_by_role("link", name="Sign in")).to_be_visible()
    page.goto("/docs/api/issue_tokens")
    expect(page.locator("try-call")).to_have_count(0)
    expect(page.locator("#try")).to_contain_text("does not belong into a browser")
