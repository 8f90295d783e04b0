"""Every page and every dialog, seen by axe (WCAG 2.2 AA) and by a telephone: light and English, dark and Swedish."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from infra.screenshots import Guide
from infra.shots import SHOTS, Shot
from infra.stage import ROOT
from infra.visitor import Visitor
from tests.browser.conftest import open_context
from tests.browser.program import Program
from tests.browser.watch import Watch

Window = Callable[..., Page]
Place = Callable[[str, str], tuple[BrowserContext, Watch]]
AXE = ROOT / ".cache" / "web" / "node_modules" / "axe-core" / "axe.min.js"  # web/build.py installs it
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"lang": "en", "theme": "light", "width": 1280},
    "dark": {"lang": "sv", "theme": "dark", "width": 390},
}
ID = re.compile(r"[a-z]{2,4}_[0-9a-z]{20,}")
OPENERS = "[popovertarget]:not([popovertargetaction]), details.menu > summary"


@pytest.fixture(scope="session")
def axe() -> str:
    assert AXE.exists(), "axe-core is not installed: run `python web/build.py` first."
    return AXE.read_text()


@pytest.fixture(scope="session")
def opened() -> set[tuple[str, str]]:
    """Overlays that were looked at already: (look, what opens)."""
    return set()


@pytest.fixture(scope="session")
def place(browser: Browser, guide: Guide) -> Iterator[Place]:
    """One watched window for each person and look: the same browser goes on from page to page, as people do."""
    windows: dict[tuple[str, str], tuple[BrowserContext, Watch]] = {}

    def find(who: str, look: str) -> tuple[BrowserContext, Watch]:
        if (who, look) not in windows:
            watch = Watch()
            watch.pardon("the server responded with a status of 4")  # refused forms and error pages are among the pages
            context = open_context(browser, guide.url, watch, guide.people.get(who), **LOOKS[look])
            windows[who, look] = (context, watch)
        return windows[who, look]

    yield find
    for context, _ in windows.values():
        context.close()


def faults(page: Page, axe: str, within: str = "html") -> list[str]:
    """What axe finds. It is evaluated, not loaded: our policy refuses a script from elsewhere, and should."""
    if not page.evaluate("!!window.axe"):
        page.evaluate(f"{axe}; null")
    found = page.evaluate(
        """([within, rules]) => axe.run(within, {runOnly: rules, resultTypes: ['violations']})
        .then((all) => all.violations)""",
        [within, RULES],
    )
    return [f"{one['id']}: {node['html'][:160]}: {node['failureSummary']}" for one in found for node in one["nodes"]]


def too_wide(page: Page) -> list[str]:
    """What sticks out at the right of the window."""
    out: list[str] = page.evaluate("""() => document.documentElement.scrollWidth <= innerWidth ? [] :
        [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
        .slice(0, 5).map((one) => one.outerHTML.slice(0, 160))""")
    return out


def openers(page: Page, look: str, opened: set[tuple[str, str]]) -> Iterator[Any]:
    """What opens a dialog, a drawer or a menu here, each kind once: lists hold many alike, and every page the same menus."""
    for one in page.locator(OPENERS).all():
        if one.is_visible():
            target = one.get_attribute("popovertarget") or one.evaluate("one => one.parentElement.className")
            kind = (look, ID.sub("", target))
            if kind not in opened:
                opened.add(kind)
                yield one


def check_overlays(page: Page, axe: str, look: str, opened: set[tuple[str, str]]) -> None:
    for opener in openers(page, look, opened):
        opener.click()
        shown = "dialog[open], .side:popover-open, details.menu[open]"
        expect(page.locator(shown).first).to_be_visible()
        assert faults(page, axe, shown) == []
        assert too_wide(page) == []
        page.keyboard.press("Escape")
        expect(page.locator(shown)).to_have_count(0)
        if opener.get_attribute("popovertarget"):
            expect(opener).to_be_focused()


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_every_page_is_for_everybody(
    place: Place, guide: Guide, axe: str, opened: set[tuple[str, str]], shot: Shot, look: str
) -> None:
    context, watch = place(shot.who, look)
    watch.resume()
    page = context.new_page()
    page.goto(guide.path(shot))
    if shot.act:
        shot.act(page)
    if page.locator("time-chart").count():
        expect(page.locator("time-chart .uplot").last).to_be_visible()
    watch.conclude()
    watch.stop()  # axe writes inline styles, which the policy refuses

    assert page.locator("html").get_attribute("lang") == LOOKS[look]["lang"]
    assert faults(page, axe) == []
    assert too_wide(page) == []
    assert page.locator("h1").count() == 1
    assert page.title().endswith(" · Nordbok")
    if not shot.act:
        check_overlays(page, axe, look, opened)
        assert look == "light" or is_free_of_english(shot, page)
    page.close()


def is_free_of_english(shot: Shot, page: Page) -> bool:
    """Every English sentence of the catalogue is looked for; passages that say they are English do not count."""
    if shot.name.startswith(("error", "components")):
        return True
    words: str = page.evaluate("""() => {
        for (const passage of document.querySelectorAll('body [lang=en]')) passage.remove();
        return document.body.innerText;
    }""")
    found = [sentence for sentence in english() if sentence in words]
    assert found == []
    return True


@cache
def english() -> frozenset[str]:
    catalogue: dict[str, str] = {}
    for file in (ROOT / "chalicelib" / "locales" / "sv").glob("*.json"):
        catalogue |= {en: sv for en, sv in json.loads(file.read_text()).items() if isinstance(sv, str)}
    return frozenset(en for en, sv in catalogue.items() if " " in en and en != sv and "%" not in en and len(en) > 12)


@pytest.fixture
def activated(customer: Visitor, integration: dict[str, Any], program: Program) -> Iterator[dict[str, Any]]:
    customer.approve(program.authorization)
    yield integration
    customer.call("DELETE", f"/activations/{integration['integration_id']}")


@pytest.mark.parametrize("look", LOOKS)
def test_dialogs_about_what_is_activated_are_for_everybody(
    window: Window, customer: Visitor, activated: dict[str, Any], watch: Watch, axe: str, look: str
) -> None:
    page = window(customer, **LOOKS[look])
    page.goto("/my-integrations")
    watch.stop()
    expect(page.get_by_role("region", name=activated["name"])).to_be_visible()
    check_overlays(page, axe, look, set())
