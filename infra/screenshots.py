"""Every page of a running, seeded portal as a picture: wide and narrow, light and dark, into `.portal/screenshots/`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from infra.browser import find_browser
from infra.seed import INTEGRATIONS
from infra.stage import ROOT
from infra.visitor import Visitor, wait_for

WIDTHS = (1280, 390)
THEMES = ("light", "dark")
HEIGHT = 800
# What makes Chromium quiet, and no different from run to run.
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)
NO_BROWSER = "No Chromium or Chrome was found: install one (Debian: apt-get install chromium) or run `make test` once."
NOT_RUNNING = "No portal is running: start one with `make run`, then say `make screenshots` in another window."


@dataclass(frozen=True, slots=True)
class Shot:
    """One page: who looks, where ({names} are filled in), what is done there first."""

    name: str
    who: str
    path: str
    act: Callable[[Page], object] | None = None


def _submit(fields: dict[str, str]) -> Callable[[Page], object]:
    """Fill in and send the page's main form; what comes back is the picture."""

    def act(page: Page) -> None:
        for name, value in fields.items():
            page.locator(f"main [name={name}]").first.fill(value)
        with page.expect_navigation():
            page.locator("main form").last.evaluate("form => { form.noValidate = true; form.requestSubmit() }")

    return act


def _press(selector: str) -> Callable[[Page], object]:
    """Press one button that sends a form; what comes back is the picture."""

    def act(page: Page) -> None:
        with page.expect_navigation():
            page.locator(selector).first.click()

    return act


def _open_palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.locator("#palette-options [role=option]").first.wait_for()


INTEGRATION = "/portal/integrations/{integration_id}"
SHOTS: tuple[Shot, ...] = (
    Shot("start", "", "/"),
    Shot("sign-in", "", "/sign-in"),
    Shot("sign-in-refused", "", "/sign-in", _submit({"email": "nobody@nowhere.example", "password": "wrong"})),
    Shot("sign-up", "", "/sign-up"),
    Shot("sign-up-refused", "", "/sign-up", _submit({"email": "not an address", "name": "", "password": "short"})),
    Shot("forgot", "", "/forgot"),
    Shot("error-404", "", "/nothing/here"),
    Shot("error-403", "customer", "/operator"),
    Shot("error-oauth", "", "/oauth-v1/auth?client_id=AAAAAAAAAAAA&response_type=code"),
    Shot("api-reference", "developer", "/docs/api"),
    Shot("api-operation", "developer", "/docs/api/create_integration"),
    Shot("api-token", "", "/docs/api/issue_tokens"),
    Shot("error-codes", "", "/docs/problems"),
    Shot("overview", "developer", "/portal"),
    Shot("palette", "developer", "/palette"),
    Shot("palette-open", "developer", "/portal", _open_palette),
    Shot("integrations", "developer", "/portal/integrations"),
    Shot("integration-new", "developer", "/portal/integrations/new"),
    Shot("integration-new-refused", "developer", "/portal/integrations/new", _submit({"name": " "})),
    Shot("integration-details", "developer", INTEGRATION),
    Shot("integration-images", "developer", f"{INTEGRATION}/images"),
    Shot("integration-oauth", "developer", f"{INTEGRATION}/oauth"),
    Shot("integration-scopes", "developer", f"{INTEGRATION}/scopes"),
    Shot("integration-price", "developer", f"{INTEGRATION}/price"),
    Shot("integration-publish", "developer", f"{INTEGRATION}/publish"),
    Shot("integration-customers", "developer", f"{INTEGRATION}/customers"),
    Shot("integration-delete", "developer", f"{INTEGRATION}/delete"),
    Shot("sandboxes", "developer", "/portal/sandboxes"),
    Shot("sandbox", "developer", "/portal/sandboxes/{sandbox_id}"),
    Shot("sandbox-connection", "developer", "/portal/sandboxes/{sandbox_id}", _press("#connect form button")),
    Shot("sandbox-tokens", "developer", "/portal/sandboxes/tokens"),
    Shot("statistics", "developer", "/portal/statistics?interval=day&integration_id=all"),
    Shot("statistics-refused", "developer", "/portal/statistics?interval=day&from=2026-02-01&to=2026-01-01"),
    Shot("sales", "developer", "/portal/sales"),
    Shot("sales-customers", "developer", "/portal/sales/customers"),
    Shot("sales-orders", "developer", "/portal/sales/orders/{sold_id}"),
    Shot("account-developer", "developer", "/account"),
    Shot("security", "developer", "/account/security"),
    Shot("team", "developer", "/account/team"),
    Shot("audit-log", "developer", "/account/audit"),
    Shot("account-customer", "customer", "/account"),
    Shot("marketplace", "customer", "/marketplace"),
    Shot("marketplace-not-found", "customer", "/marketplace/find?client_id=AAAAAAAAAAAA"),
    Shot("listing", "customer", "/marketplace/find?client_id={client_id}"),
    Shot("invoices", "customer", "/account/invoices"),
    Shot("invoice", "customer", "/account/invoices/{invoice}"),
    Shot("my-integrations", "customer", "/my-integrations"),
    Shot("access-receipt", "customer", "/my-integrations/{integration_id}"),
    Shot("consent", "customer", "/oauth-v1/auth?{authorization}"),
    Shot("operator-developers", "operator", "/operator"),
    Shot("operator-company", "operator", "/operator/companies/{tenant_id}"),
    Shot("operator-reviews", "operator", "/operator/reviews"),
    Shot("operator-integrations", "operator", "/operator/integrations"),
    Shot("operator-sales", "operator", "/operator/sales"),
    Shot("operator-sales-month", "operator", "/operator/sales/{month}"),
    Shot("operator-verify", "operator", "/operator/sales/{month}/verify"),
    Shot("operator-credit", "operator", "/operator/sales/credit"),
)


@dataclass(slots=True)
class Guide:
    """Knows the way around a portal: signed-in personas, and the ids that stand in paths."""

    url: str
    people: dict[str, Visitor]
    names: dict[str, str]

    def path(self, shot: Shot) -> str:
        return self.url + shot.path.format(**self.names)

    def cookies(self, who: str) -> list[Any]:
        """What a browser needs to be `who`; nobody for ''."""
        if not who:
            return []
        return [{"name": one.name, "value": one.value, "url": self.url} for one in self.people[who].browser.cookies]


def make_guide(url: str, personas: list[dict[str, str]]) -> Guide:
    people = {one["role"]: Visitor(url, one["email"], one["password"]) for one in personas}
    for person in people.values():
        person.sign_in()
    developer = people["developer"]
    integrations = {one["name"]: one for one in developer.call("GET", "/integrations")["items"]}
    first = integrations[INTEGRATIONS[0]["name"]]
    request = {
        "client_id": first["client_id"],
        "response_type": "code",
        "scope": " ".join(sorted(first["scopes"])),
        "redirect_uri": first["redirect_uris"][0],
        "state": "picture",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    names = {
        "integration_id": first["integration_id"],
        "client_id": first["client_id"],
        "tenant_id": developer.call("GET", "/companies/current")["tenant_id"],
        "sandbox_id": _ready_sandbox(developer),
        "authorization": urlencode(request),
        "sold_id": integrations["Lagerbro"]["integration_id"],
        "invoice": people["customer"].call("GET", "/invoices")["items"][0]["number"],
        "month": people["operator"].call("GET", "/operator/sales/months")[0]["month"],
    }
    return Guide(url, people, names)


def _ready_sandbox(developer: Visitor) -> str:
    """The seeded one; a new one where somebody deleted it."""
    if not developer.call("GET", "/sandboxes")["items"]:
        developer.call("POST", "/sandboxes", json={"name": "Acceptance tests"})
    path = "/sandboxes"
    wait_for(lambda: developer.call("GET", path)["items"][0]["status"] == "ready", "a ready sandbox", 120)
    found: str = developer.call("GET", path)["items"][0]["sandbox_id"]
    return found


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A headless browser, Playwright's own if none is installed. Raises SystemExit with a sentence if there is none."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=list(ARGUMENTS))
        except Exception as error:
            raise SystemExit(NO_BROWSER) from error
        yield browser
        browser.close()


def open_window(browser: Browser, guide: Guide, who: str, width: int, theme: str, lang: str) -> BrowserContext:
    # No motion: a picture of something half-way is a different one each time.
    window = browser.new_context(
        viewport={"width": width, "height": HEIGHT},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        locale="sv-SE" if lang == "sv" else "en-GB",
        timezone_id="Europe/Stockholm",
    )
    window.add_cookies([{"name": "lang", "value": lang, "url": guide.url}, *guide.cookies(who)])
    return window


def visit(page: Page, guide: Guide, shot: Shot) -> None:
    """Open the page, do what belongs to it, and wait until everything is drawn."""
    page.goto(guide.path(shot))
    if shot.act:
        shot.act(page)
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")


def take(guide: Guide, folder: Path, shots: list[Shot], lang: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with open_browser() as browser:
        for width in WIDTHS:
            for theme in THEMES:
                for who in dict.fromkeys(shot.who for shot in shots):
                    window = open_window(browser, guide, who, width, theme, lang)
                    page = window.new_page()
                    for shot in (one for one in shots if one.who == who):
                        visit(page, guide, shot)
                        page.screenshot(path=folder / f"{shot.name}-{width}-{theme}-{lang}.png", full_page=True)
                    window.close()


def main() -> None:
    home = Path(os.environ.get("ANSLUT_STATE_DIR", ROOT / ".portal"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lang", choices=("en", "sv"), default="en")
    parser.add_argument("only", nargs="*", help="names of pages; all when none is given")
    wanted = parser.parse_args()
    try:
        running = json.loads((home / "stack.json").read_text())
        guide = make_guide(running["url"], running["personas"])
    except OSError:
        sys.exit(NOT_RUNNING)
    shots = [shot for shot in SHOTS if not wanted.only or shot.name in wanted.only]
    take(guide, home / "screenshots", shots, wanted.lang)
    print(f"{len(shots) * len(WIDTHS) * len(THEMES)} pictures in {home / 'screenshots'}")


if __name__ == "__main__":
    main()
