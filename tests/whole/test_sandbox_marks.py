"""Inside a sandbox every page says that it is one, whoever of its people looks, and mails about it say so too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib import registry
from chalicelib.accounts.service import name_in_mail
from chalicelib.kit.context import new_context
from chalicelib.oauth.service import rotate_signing_keys
from chalicelib.sandboxes.domain import PEOPLE
from tests import factories
from tests.client import Client
from tests.conftest import fresh_aws
from tests.sandboxes.conftest import Queue
from tests.whole.matrix import MATRIX

PAGES = [
    route for route in registry.all_routes()
    if route.kind == "page" and route.method == "GET" and "administrator" in MATRIX[f"GET {route.path}"]
]  # fmt: skip
LEADS_ON = {303, 302}
MARK = 'class="test-bar"'


class House:
    def __init__(self, app: Any) -> None:
        rotate_signing_keys(new_context())
        self.developer = factories.developer(app)
        given = {"name": "Inside", "scopes": ["companyinformation"], "redirect_uris": ["https://app.example/cb"]}
        integration_id = self.developer.post("/integrations", json=given).json["integration_id"]
        made = self.developer.post("/sandboxes", json={"name": "Marked"}).json
        Queue().drain()
        made = self.developer.get(f"/sandboxes/{made['sandbox_id']}").json
        self.home = f"/portal/sandboxes/{made['sandbox_id']}"
        self.sample = self.developer.get(f"{self.home[7:]}/connections").json[0]["integration_id"]
        self.ids = {
            "integration_id": self.sample,
            "account_id": factories.whoami(self.developer).account.account_id,
            "operation_id": "create_integration",
        }
        self.own = integration_id

    def enter(self, person: str) -> Client:
        self.developer.submit("/portal/sandboxes", f"{self.home}/open", person=person)
        return self.developer


@pytest.fixture(scope="module")
def house(app: Any) -> Iterator[House]:
    with fresh_aws():
        yield House(app)


def test_every_page_that_opens_inside_carries_the_mark(house):
    inside = house.enter("administrator")
    assert inside.get("/sessions/current").json["company"] == "Marked"
    marked, silent = [], []
    for route in PAGES:
        path = re.sub(r"{(\w+)}", lambda name: house.ids.get(name[1], "404"), route.path)
        page = inside.get(path, headers={"Accept": "text/html", "Accept-Language": "en"})
        if page.status in LEADS_ON or "<html" not in page.text:
            continue  # leads on, is a file, or a part of a page
        (marked if MARK in page.text else silent).append(route.path)
    assert silent == [], "these pages do not say that the company is a sandbox"
    assert {"/my-integrations", "/account", "/account/team", "/account/invoices", "/marketplace"} <= set(marked)
    assert {"/my-integrations/{integration_id}", "/account/audit", "/account/company"} <= set(marked)
    assert len(marked) > 25


@pytest.mark.parametrize("person", [one.key for one in PEOPLE])
def test_whoever_is_looking_sees_it_and_what_is_refused_says_it_too(house, person):
    inside = house.enter(person)
    for path in ("/my-integrations", "/account", "/portal/sandboxes", "/nowhere-at-all/x"):
        page = inside.get(path, headers={"Accept": "text/html"})
        assert MARK in page.text or path == "/nowhere-at-all/x", (path, page.status)
    assert inside.submit("/my-integrations", "/portal/sandboxes/leave").status == 303
    assert MARK not in inside.get("/portal/sandboxes", headers={"Accept": "text/html"}).text


def test_mails_name_a_sandbox_as_one():
    assert name_in_mail("Marked", "tsb_1", "sv") == "Marked (Sandlåda)"
    assert name_in_mail("Marked", "tsb_1", "en") == "Marked (Sandbox)"
    assert name_in_mail("Bergs AB", "ten_1", "en") == "Bergs AB"
