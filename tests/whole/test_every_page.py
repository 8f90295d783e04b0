"""Every page of the portal, opened by somebody who may, with things that exist: it renders, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib import registry
from chalicelib.backoffice import migration
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.kit.context import new_context
from chalicelib.kit.http import Route
from chalicelib.oauth.service import rotate_signing_keys
from chalicelib.sales import service as sales
from chalicelib.sales.domain import Purchase
from tests import factories
from tests.activations.conftest import activate
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
    "/my-integrations/{integration_id}/approve",
    "/my-integrations/{integration_id}/disconnect",  # needs an activation
    "/marketplace/find",  # needs a client id
    "/marketplace/{integration_id}",  # needs a published integration
    "/marketplace/{integration_id}/buy",
    "/marketplace/{integration_id}/ratings",
    "/sandboxes/{sandbox_id}/open",
    "/portal/integrations/{integration_id}/connections/{family_id}",  # needs a connection: tests/oauth
    "/account/invoices/{number}",  # needs an invoice: tests/sales
    "/portal/sales/lines",  # needs a month in its query: tests/sales
    "/operator/sales/{month}/invoices",  # needs a closed month: tests/sales
    "/operator/sales/{month}/verify",
    "/sign-in/platform",  # leads to the platform's own login: tests/accounts/test_outside_login.py
    "/sign-in/platform/callback",
    "/operator/migration/{migration_id}/report.csv",  # a file
    "/docs/components/{status}",  # answers with that status: tests/site
}


class House:
    def __init__(self, app: Any) -> None:
        rotate_signing_keys(new_context())
        self.developer = factories.developer(app)
        self.operator = factories.operator(app)
        sold = {"sales_channel": "platform", "price_minor": 9900, "licence_model": "per_user"}
        given = {"name": "Å <b>", "scopes": ["companyinformation"], "redirect_uris": ["https://app.example/cb"], **sold}
        made = self.developer.post("/integrations", json=given).json
        use(factories.whoami(self.developer), integrations.get_public(made["integration_id"]))
        sandbox = self.developer.post("/sandboxes", json={"name": "Prov"}).json
        tenant_id = factories.whoami(self.developer).company.tenant_id
        self.ids = {
            "integration_id": made["integration_id"],
            "sandbox_id": sandbox["sandbox_id"],
            "tenant_id": tenant_id,
            "account_id": factories.whoami(self.developer).account.account_id,
            "operation_id": "create_integration",
            "month": "2026-10",
            "kind": "categories",
            "key": "receipts",
            "migration_id": migration.begin(
                factories.whoami(self.operator).ctx(), "old.csv", "email,name\na@example.se,Åsa <b>\n"
            ).migration_id,
        }

    def visitor(self, route: Route) -> Client:
        return self.operator if route.guard.name.startswith(("role:operator", "role:reviewer")) else self.developer


def use(person: factories.Person, integration: Integration) -> None:
    """Bought and activated by the developer's own company, so that the customer's pages have something to show."""
    purchase = Purchase(
        tenant_id=person.company.tenant_id, integration=integration, account_id=person.account.account_id
    )
    sales.buy(person.ctx(), purchase)
    activate(person, integration)


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
