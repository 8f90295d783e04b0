"""A real Chromium before a running portal. Every window is watched: a test ends red if a page complained of anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from chalicelib.kit.context import new_id
from infra.screenshots import Guide, make_guide, open_browser
from infra.visitor import Visitor
from tests.browser.program import Program
from tests.browser.watch import Watch
from tests.e2e.conftest import stack, unique  # noqa: F401 - the same portal serves both tiers
from tests.e2e.stack import Stack

HERE = Path(__file__).parent
PASSWORD = "a long enough password"
PATIENCE = 20_000  # milliseconds; the first call of a function is a cold start
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with open_browser() as running:
        yield running


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Everything the test's pages complained about. What a test provokes on purpose it announces by `watch.expect`."""
    watching = Watch()
    yield watching
    watching.conclude()


def open_context(
    browser: Browser,
    url: str,
    watch: Watch,
    who: Visitor | None = None,
    *,
    lang: str = "en",
    theme: str = "light",
    width: int = 1280,
    **options: Any,
) -> BrowserContext:
    """A watched window in cookies of its own, signed in as that person."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": 800},
        locale="sv-SE" if lang == "sv" else "en-GB",
        color_scheme=theme,
        reduced_motion="reduce",
        **options,
    )
    context.set_default_timeout(PATIENCE)
    cookies = who.browser.cookies if who else ()
    context.add_cookies([{"name": one.name, "value": one.value or "", "url": url} for one in cookies])
    watch.follow(context)
    if options.get("java_script_enabled") is False:
        watch.pardon(".js: csp")  # what Chromium calls it when scripts are off
    return context


@pytest.fixture
def window(browser: Browser, stack: Stack, watch: Watch) -> Iterator[Callable[..., Page]]:  # noqa: F811 - the fixture
    """`window(developer, width=390, …)` opens a watched page as that person, in cookies of its own."""
    opened = []

    def open_page(who: Visitor | None = None, **options: Any) -> Page:
        opened.append(open_context(browser, stack.url, watch, who, **options))
        return opened[-1].new_page()

    yield open_page
    for context in opened:
        context.close()


@pytest.fixture(scope="session")
def guide(stack: Stack) -> Guide:  # noqa: F811
    """The seeded personas, signed in, and the ids in the paths of their pages."""
    return make_guide(stack.url, stack.personas)


@pytest.fixture(scope="session")
def operator(guide: Guide) -> Visitor:
    return guide.people["operator"]


def join(stack: Stack, name: str, company: str) -> Visitor:  # noqa: F811
    """A person nobody else uses, signed up and signed in over HTTP."""
    visitor = Visitor(stack.url, f"{name.partition(' ')[0].lower()}-{new_id('t')[2:12]}@people.example", PASSWORD)
    visitor.sign_up(name, company)
    visitor.sign_in()
    return visitor


@pytest.fixture(scope="session")
def developer(stack: Stack, operator: Visitor) -> Visitor:  # noqa: F811
    visitor = join(stack, "Disa Dahl", "Dahls Kod AB")
    tenant_id = visitor.call("GET", "/companies/current")["tenant_id"]
    operator.call("POST", f"/operator/companies/{tenant_id}/licence", json={"action": "grant", "reason": "Known"})
    visitor.sign_in()
    return visitor


@pytest.fixture(scope="session")
def customer(stack: Stack) -> Visitor:  # noqa: F811
    return join(stack, "Kajsa Kund", "Kunds Bageri AB")


@pytest.fixture
def program() -> Iterator[Program]:
    with Program.running() as running:
        yield running


@pytest.fixture
def integration(developer: Visitor, program: Program, stack: Stack, unique: str) -> dict[str, Any]:  # noqa: F811
    """A new integration of `developer` whose program really runs on this machine."""
    made: dict[str, Any] = developer.call(
        "POST",
        "/integrations",
        json={
            "name": f"Program {unique}",
            "scopes": ["companyinformation", "profile"],
            "redirect_uris": [program.uri],
        },
    )
    program.asks_at(stack.url, made)
    return made
