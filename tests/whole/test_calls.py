"""What a page costs: two DynamoDB calls beyond the session's own read, whatever it shows (issue 8, decision 0026)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.integrations import service as integrations
from tests import factories
from tests.activations.conftest import activate
from tests.client import Client
from tests.conftest import fresh_aws

HTML = {"Accept": "text/html", "Accept-Language": "en"}
LOGO = "/images/logo.png"
GIVEN = {"name": "Kvitto", "scopes": ["companyinformation"], "redirect_uris": ["https://app.example/cb"]}
MINE = "/portal/integrations/{integration_id}"
PAGES = {
    "/portal/integrations": "developer",
    MINE: "developer",
    **dict.fromkeys((f"{MINE}/{tab}" for tab in ("oauth", "scopes", "price", "publish", "customers", "connections",
                                                  "attempts", "activity", "delete")), "developer"),
    "/portal/integrations/{other_id}/images": "developer",
    "/palette/part": "developer",
    "/my-integrations": "customer",
    "/operator/reviews": "operator",
    "/operator/reviews?status=suspended": "operator",
    "/operator/reviews/{integration_id}?developer={tenant_id}": "operator",
    "/operator/integrations": "operator",
    "/operator/catalogue": "operator",
}  # fmt: skip


class House:
    def __init__(self, app: Any) -> None:
        self.people: dict[str, Client] = {
            "developer": factories.developer(app), "customer": factories.customer(app), "operator": factories.operator(app),
        }  # fmt: skip
        made = self.people["developer"].post("/integrations", json=GIVEN)
        integration = integrations.get_public(made.json["integration_id"])
        integrations.note_pictures(integration, LOGO, [])
        activate(factories.whoami(self.people["customer"]), integration)
        here = f"/operator/publications/{integration.integration_id}"
        version = self.people["operator"].get(here).json["publication"]["version"]
        step = {"action": "suspend", "reason": "A test.", "version": version, "keeps_customers": True}
        assert self.people["operator"].post(here, json=step).status == 200
        other = self.people["developer"].post("/integrations", json=GIVEN | {"name": "Other"}).json
        self.ids = {
            "other_id": other["integration_id"],
            "integration_id": integration.integration_id,
            "tenant_id": integration.tenant_id,
        }


@pytest.fixture(scope="module")
def house(app: Any) -> Iterator[House]:
    with fresh_aws():
        yield House(app)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_costs_two_calls_beyond_the_session(house, path):
    who, address = house.people[PAGES[path]], path.format(**house.ids)
    assert who.get(address, headers=HTML).status == 200
    with factories.aws_calls() as calls:
        who.get(address, headers=HTML)
    assert len(calls) <= 3, calls


@pytest.mark.parametrize("path", ["/portal/integrations", "/palette/part", "/operator/reviews?status=suspended",
                                  "/operator/integrations", MINE, f"{MINE}/customers", f"{MINE}/publish"])  # fmt: skip
def test_the_logo_stands_wherever_the_integration_is_named(house, path):
    assert LOGO in house.people[PAGES[path]].get(path.format(**house.ids), headers=HTML).text


def test_a_customer_sees_no_logo_that_nobody_has_approved(house):
    page = house.people["customer"].get("/my-integrations", headers=HTML).text
    assert "Kvitto" in page
    assert LOGO not in page
