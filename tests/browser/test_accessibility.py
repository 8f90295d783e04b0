"""Every page, seen by axe (WCAG 2.2 AA) and by a telephone: light and English, dark and Swedish."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from infra.screenshots import SHOTS, Guide, Shot
from infra.stage import ROOT
from infra.visitor import Visitor
from tests.browser.program import Program
from tests.browser.watch import Watch

Window = Callable[..., Page]
AXE = ROOT / ".cache" / "web" / "node_modules" / "axe-core" / "axe.min.js"  # web/build.py installs it
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = ({"lang": "en", "theme": "light", "width": 1280}, {"lang": "sv", "theme": "dark", "width": 390})


@pytest.fixture(scope="session")
def axe() -> str:
    assert AXE.exists(), "axe-core is not installed: run `python web/build.py` first."
    return AXE.read_text()


def faults(page: Page, axe: str) -> list[str]:
    """What axe finds. It is evaluated, not loaded: our policy refuses a script from elsewhere, and should."""
    page.evaluate(f"{axe}; null")
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then((all) => all.violations)", RULES
    )
    return [f"{one['id']}: {node['html'][:160]}: {node['failureSummary']}" for one in found for node in one["nodes"]]


def too_wide(page: Page) -> list[str]:
    """What sticks out at the right of the window."""
    out: list[str] = page.evaluate("""() => document.documentElement.scrollWidth <= innerWidth ? [] :
        [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
        .slice(0, 5).map((one) => one.outerHTML.slice(0, 160))""")
    return out


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark"])
@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_every_page_is_for_everybody(
    window: Window, guide: Guide, watch: Watch, axe: str, shot: Shot, look: dict[str, Any]
) -> None:
    page = window(guide.people.get(shot.who), **look)
    page.goto(guide.path(shot))
    if shot.act:
        shot.act(page)
    if page.locator("time-chart").count():
        expect(page.locator("time-chart .uplot").last).to_be_visible()
    watch.pardon("the server responded with a status of 4")  # refused forms and error pages are among the pages
    watch.stop()  # axe writes inline styles, which the policy refuses

    assert page.locator("html").get_attribute("lang") == look["lang"]
    assert faults(page, axe) == []
    assert too_wide(page) == []
    assert page.locator("h1").count() == 1
    assert page.title().endswith(" · Nordbok")


@pytest.fixture
def activated(customer: Visitor, integration: dict[str, Any], program: Program) -> Iterator[dict[str, Any]]:
    customer.approve(program.authorization)
    yield integration
    customer.call("DELETE", f"/activations/{integration['integration_id']}")


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark"])
def test_dialogs_and_menus_are_for_everybody(
    window: Window, customer: Visitor, activated: dict[str, Any], watch: Watch, axe: str, look: dict[str, Any]
) -> None:
    page = window(customer, **look)
    page.goto("/my-integrations")
    page.locator(f"#{activated['integration_id']} [popovertarget]").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    watch.stop()
    assert faults(page, axe) == []
    page.keyboard.press("Escape")
    if look["width"] < 900:
        page.locator("[popovertarget=side]").click()
    page.locator(".side-foot summary").click()
    expect(page.locator(".side-foot .menu-panel")).to_be_visible()
    assert faults(page, axe) == []
    assert too_wide(page) == []


def words_of(page: Page) -> str:
    """What is read there, without passages that say they are English."""
    words: str = page.evaluate("""() => {
        for (const passage of document.querySelectorAll('body [lang=en]')) passage.remove();
        return document.body.innerText;
    }""")
    return words


def test_no_page_in_swedish_has_a_sentence_of_ours_in_english(window: Window, guide: Guide) -> None:
    """Every English sentence of the catalogue is looked for in every Swedish page."""
    catalogue: dict[str, str] = {}
    for file in (ROOT / "chalicelib" / "locales" / "sv").glob("*.json"):
        catalogue |= {en: sv for en, sv in json.loads(file.read_text()).items() if isinstance(sv, str)}
    english = {en for en, sv in catalogue.items() if " " in en and en != sv and "%" not in en and len(en) > 12}
    found = set()
    pages = {who: window(guide.people.get(who), lang="sv") for who in {shot.who for shot in SHOTS}}
    for shot in SHOTS:
        if shot.act or shot.name.startswith("error") or shot.name.endswith(("-not-found", "-refused")):
            continue
        pages[shot.who].goto(guide.path(shot))
        text = words_of(pages[shot.who])
        found |= {(shot.name, sentence) for sentence in english if sentence in text}
    assert found == set()
