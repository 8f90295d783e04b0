"""Every page of a running, seeded portal as a picture: wide and narrow, light and dark, into `.portal/screenshots/`."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from infra.browser import find_browser
from infra.seed import INTEGRATIONS
from infra.shots import SHOTS, Shot
from infra.stage import ROOT
from infra.visitor import TIMEOUT, Visitor, wait_for

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


_MIGRATION = re.compile(r"/operator/migration/([a-z]+_[0-9a-z]+)")


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
        "account_id": developer.call("GET", "/companies/current/members")[0]["account_id"],
        "family_id": _connection(developer, first["integration_id"]),
        "waiting_id": _waiting(people["operator"]) or first["integration_id"],
        "migration_id": _migration(people["operator"], developer.email),
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


def _connection(developer: Visitor, integration_id: str) -> str:
    """The newest one; a page that is not found where nobody ever connected."""
    found = developer.call("GET", f"/integrations/{integration_id}/connections")["items"]
    return str(found[0]["family_id"]) if found else "none"


def _migration(operator: Visitor, email: str) -> str:
    """The newest one; where nobody ever moved anybody, a file whose only person is there already."""
    found = _MIGRATION.search(operator.page("/operator/migration").text)
    if found is None:
        form = {"form_token": operator.token("/operator/migration"), "text": f"email\n{email}\n"}
        address = f"{operator.url}/operator/migration"
        files = {name: (None, value) for name, value in form.items()}
        found = _MIGRATION.search(operator.browser.post(address, files=files, timeout=TIMEOUT).url)
    return found[1] if found else "none"


def _waiting(operator: Visitor) -> str:
    """What waits for a review; '' when nothing does."""
    found = operator.call("GET", "/operator/publications")["items"]
    return str(found[0]["integration_id"]) if found else ""


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
