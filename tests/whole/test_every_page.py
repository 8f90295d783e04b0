"""Every page of the portal, opened by somebody who may, with things that exist: it renders, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib import registry
from chalicelib.kit.context import new_context
from chalicelib.kit.http import Route
from chalicelib.oauth.service import rotate_signing_keys
from tests import factories
from tests.client import Client
from tests.conftest import fresh_aws

PAGES = [route for route in registry.all_routes() if route.kind == "page" and route.method == "GET"]
ELSEWHERE = {
    "/",  # leads on by role
    "/sign-in",  # a signed-in person is led on
    "/sign-up",
    "/invitation",  # needs a code from a mail
    "/reset",
    "/account/audit.csv",  # a file
    "/confirm-email",
    "/verify",  # needs a code from a mail
    "/oauth-v1/auth/{transaction_id}",  # needs a request under way
    "/my-integrations/{integration_id}/open",  # leads to the integration
    "/my-integrations/{integration_id}/disconnect",  # needs an activation
    "/marketplace/find",  # needs a client id
    "/marketplace/{integration_id}",  # needs a published integration
    "/sandboxes/{sandbox_id}/open",
}


class House:
    def __init__(self, app: Any) -> None:
        rotate_signing_keys(new_context())
        self.developer = factories.developer(app)
        self.operator = factories.operator(app)
        made = self.developer.post("/integrations", json={"name": "Å <b>", "scopes": ["companyinformation"]}).json
        sandbox = self.developer.post("/sandboxes", json={"name": "Prov"}).json
        tenant_id = factories.whoami(self.developer).company.tenant_id
        self.ids = {
            "integration_id": made["integration_id"],
            "sandbox_id": sandbox["sandbox_id"],
            "tenant_id": tenant_id,
            "account_id": factories.whoami(self.developer).account.account_id,
        }

    def visitor(self, route: Route) -> Client:
        return self.operator if route.guard.name.startswith(("role:operator", "role:reviewer")) else self.developer


@pytest.fixture(scope="module")
def house(app: Any) -> Iterator[House]:
    with fresh_aws():
        yield House(app)


@pytest.mark.parametrize("lang", ["en", "sv"])
@pytest.mark.parametrize("route", [p for p in PAGES if p.path not in ELSEWHERE], ids=lambda route: route.path)
def test_every_page_opens(house, route, lang):
    path = re.sub(r"{(\w+)}", lambda name: house.ids[name[1]], route.path)
    page = house.visitor(route).get(path, headers={"Accept": "text/html", "Accept-Language": lang})
    assert page.status == 200, page.text[-800:]
    assert f'<html lang="{lang}"' in page.text or "<html" not in page.text
    assert "<b>" not in page.text.split("Å ", 1)[-1][:4], "a name is text, never markup"
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_health_keys_and_metadata_are_answered_without_a_single_call(house):
    for path in ("/healthz", "/openapi.json", "/oauth-v1/jwks", "/.well-known/oauth-authorization-server", "/scopes"):
        house.developer.get(path)
        with factories.aws_calls() as calls:
            assert house.developer.get(path).status == 200
        assert calls == [], path
