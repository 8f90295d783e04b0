"""What a customer does: find by client id, activate (C2), read, deny, disconnect (C5); what nobody can do for them."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from infra.visitor import Visitor
from tests.browser.program import VERIFIER, Program
from tests.browser.watch import Hand, Watch
from tests.e2e.stack import Stack

Window = Callable[..., Page]


def active(customer: Visitor) -> list[str]:
    return [one["integration_id"] for one in customer.call("GET", "/activations")["items"] if one["status"] == "active"]


def access_token(portal: str, integration: dict[str, Any], program: Program, code: str) -> str:
    answer = requests.post(
        f"{portal}/oauth-v1/token", timeout=20, auth=(integration["client_id"], integration["client_secret"]),
        data={"grant_type": "authorization_code", "code": code, "redirect_uri": program.uri, "code_verifier": VERIFIER},
    )  # fmt: skip
    token: str = answer.json()["access_token"]
    return token


def company_information(portal: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{portal}/3/companyinformation", headers=headers, timeout=20).status_code


def is_refused_within(seconds: float, portal: str, token: str) -> bool:
    """Counted to the beginning of a call, so that a slow machine makes no difference."""
    ended = time.monotonic()
    while True:
        age = time.monotonic() - ended
        if company_information(portal, token) == HTTPStatus.UNAUTHORIZED:
            return True
        if age > seconds:
            return False
        time.sleep(0.2)


@pytest.fixture(autouse=True)
def nothing_left(customer: Visitor) -> Any:
    """Each test ends what it activated, so that they can share one customer."""
    yield
    for integration_id in active(customer):
        customer.call("DELETE", f"/activations/{integration_id}")


def test_C2_finding_by_client_id_and_activating_takes_two_presses(
    window: Window, customer: Visitor, integration: dict[str, Any], program: Program, stack: Stack
) -> None:
    page = window(customer)
    hand = Hand(page)
    page.goto("/marketplace")
    expect(page.get_by_role("main")).not_to_contain_text(integration["name"])
    page.get_by_role("textbox", name="Client id").fill(f"  {integration['client_id']} ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(integration["name"])

    hand.press("Activate")
    expect(page.get_by_role("heading", level=1)).to_contain_text("work with Kunds Bageri AB?")
    expect(page.get_by_role("main")).to_contain_text("Read the company's name, number and addresses")
    expect(page.get_by_role("main")).to_contain_text("Signed in as Kajsa Kund")
    hand.press("Approve")

    # Chromium applies form-action to the redirect as well: without the client's origin in it, nothing would happen here.
    expect(page.get_by_role("heading")).to_have_text("Back in the program")
    assert page.url.startswith(program.uri + "?")
    (answer,) = program.answers
    assert answer["state"] == "where we were"
    assert answer["iss"] == stack.url
    assert answer["code"]
    hand.stays_within("C2")

    page.goto("/my-integrations")
    expect(page.get_by_role("region", name=integration["name"])).to_contain_text("companyinformation")


def test_C2_works_by_keyboard_alone(
    window: Window, customer: Visitor, integration: dict[str, Any], program: Program
) -> None:
    page = window(customer)
    page.goto("/marketplace")
    reach(page, page.get_by_role("textbox", name="Client id"))
    page.keyboard.type(integration["client_id"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(integration["name"])
    reach(page, page.get_by_role("button", name="Activate"))
    page.keyboard.press("Enter")
    approve = page.get_by_role("button", name="Approve")
    expect(approve).to_be_visible()
    reach(page, approve)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading")).to_have_text("Back in the program")
    assert len(program.answers) == 1


def reach(page: Page, wanted: Any, most: int = 60) -> None:
    for _ in range(most):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {wanted} in {most} steps")


def test_denying_tells_the_program_and_activates_nothing(
    window: Window, customer: Visitor, integration: dict[str, Any], program: Program
) -> None:
    page = window(customer)
    page.goto(program.authorization)
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("heading")).to_have_text("Back in the program")
    (answer,) = program.answers
    assert answer["error"] == "access_denied"
    assert "code" not in answer
    assert integration["integration_id"] not in active(customer)


def test_consent_begins_with_sign_in_for_somebody_new(
    window: Window, customer: Visitor, integration: dict[str, Any], program: Program
) -> None:
    page = window()
    page.goto(program.authorization)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.get_by_label("E-mail").fill(customer.email)
    page.get_by_label("Password").fill(customer.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Let {integration['name']} work with")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading")).to_have_text("Back in the program")
    assert program.answers[0]["code"]


def test_pressing_twice_gives_one_code(
    window: Window, customer: Visitor, integration: dict[str, Any], program: Program
) -> None:
    page = window(customer)
    page.goto(program.authorization)
    page.get_by_role("button", name="Approve").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Back in the program")
    assert len({answer["code"] for answer in program.answers}) == 1
    assert integration["integration_id"] in active(customer)


def test_the_same_question_in_two_windows_is_answered_once(
    window: Window, customer: Visitor, watch: Watch, integration: dict[str, Any], program: Program
) -> None:
    first = window(customer)
    first.goto(program.authorization)
    request = first.locator("form", has=first.get_by_role("button", name="Approve")).get_attribute("action")
    second = first.context.new_page()
    second.goto(request or "")
    first.get_by_role("button", name="Approve").click()
    expect(first.get_by_role("heading")).to_have_text("Back in the program")
    second.get_by_role("button", name="Deny").click()
    expect(second.get_by_role("heading", level=1)).not_to_have_text("")
    codes = [answer["code"] for answer in program.answers if "code" in answer]
    assert len(set(codes)) == 1
    assert not [answer for answer in program.answers if "error" in answer], "a decision is not taken back"
    assert integration["integration_id"] in active(customer)
    watch.expect("status of 4")


def test_C5_disconnecting_takes_two_presses_and_ends_it(
    window: Window, customer: Visitor, integration: dict[str, Any], program: Program, stack: Stack
) -> None:
    token = access_token(stack.url, integration, program, customer.approve(program.authorization)["code"])
    assert company_information(stack.url, token) == HTTPStatus.OK
    page = window(customer)
    hand = Hand(page)
    page.goto("/my-integrations")
    hand.press("Disconnect", within=f"#{integration['integration_id']}")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("stops at once")
    dialog.get_by_role("textbox").fill(integration["name"])
    hand.press("Disconnect", within="dialog[open]")
    expect(page.locator("#toasts")).not_to_be_empty()
    assert is_refused_within(5, stack.url, token), "the program's access ends within five seconds"
    expect(page.get_by_role("region", name=integration["name"])).to_have_count(0)
    expect(page.get_by_role("region", name="Ended")).to_contain_text(integration["name"])
    hand.stays_within("C5")
    assert integration["integration_id"] not in active(customer)


def test_escape_closes_the_question_and_the_focus_returns(
    window: Window, customer: Visitor, integration: dict[str, Any], program: Program
) -> None:
    customer.approve(program.authorization)
    page = window(customer)
    page.goto("/my-integrations")
    button = page.locator(f"#{integration['integration_id']}").get_by_role("button", name="Disconnect")
    button.click()
    dialog = page.get_by_role("dialog")
    for _ in range(6):  # the focus stays inside a modal dialog
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()
    assert integration["integration_id"] in active(customer)


def test_an_unknown_client_id_is_told_beside_the_field(window: Window, customer: Visitor, watch: Watch) -> None:
    watch.expect("status of 404")
    page = window(customer)
    page.goto("/marketplace")
    page.get_by_role("textbox", name="Client id").fill("AAAAAAAAAAAA")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("textbox", name="Client id")).to_have_value("AAAAAAAAAAAA")
    expect(page.get_by_role("textbox", name="Client id")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".error")).not_to_be_empty()


@pytest.mark.parametrize("site", ["elsewhere", "origin"])
def test_a_form_of_another_site_approves_nothing(
    window: Window, customer: Visitor, watch: Watch, integration: dict[str, Any], program: Program, site: str
) -> None:
    """`localhost` is another site to a browser, so no cookie comes with it; another port is the same site, and one does."""
    victim = window(customer)
    victim.goto(program.authorization)
    form = victim.locator("form", has=victim.get_by_role("button", name="Approve"))
    action = form.evaluate("form => form.action")
    tenant_id = form.locator("[name=tenant_id]").get_attribute("value")
    program.pages["/evil"] = f"""<!doctype html><title>Evil</title><form method="post" action="{action}">
        <input name="tenant_id" value="{tenant_id}"><input name="decision" value="approved">
        <input name="form_token" value="guessed"></form><script>document.forms[0].submit()</script>"""
    evil = victim.context.new_page()
    evil.goto(f"{getattr(program, site)}/evil")
    expect(evil).to_have_url(action)
    expect(evil.get_by_role("main")).to_contain_text("Error 403")
    assert program.answers == []
    assert integration["integration_id"] not in active(customer)
    watch.expect("status of 403")

    victim.get_by_role("button", name="Approve").click()  # the person's own page still works
    expect(victim.get_by_role("heading")).to_have_text("Back in the program")
    assert program.answers[0]["code"]


def test_the_consent_page_cannot_be_framed(
    window: Window, customer: Visitor, watch: Watch, integration: dict[str, Any], program: Program
) -> None:
    watch.expect("frame-ancestors")
    watch.expect("net::ERR_BLOCKED_BY_RESPONSE")
    page = window(customer)
    program.pages["/frame"] = (
        f'<!doctype html><title>Frame</title><h1>F</h1><iframe src="{program.authorization}"></iframe>'
    )
    page.goto(f"{program.origin}/frame")
    frame = page.frames[1]
    frame.wait_for_load_state()
    assert frame.url.startswith("chrome-error://")
    assert "Approve" not in frame.content()
