"""What a sandbox never touches: other companies with its tokens, money with its purchases, and tables once it is gone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib import registry
from chalicelib.kit.context import new_context
from chalicelib.oauth.service import rotate_signing_keys
from chalicelib.sales import service as sales
from chalicelib.sales.repository import InvoiceItem, LedgerItem, OrderItem, StatementItem
from tests.client import Client
from tests.factories import developer, whoami
from tests.licences.conftest import new_integration
from tests.sandboxes.test_inside import connect, token_of
from tests.sandboxes.test_pages import HOME, in_english
from tests.whole.matrix import AUDIENCES, MATRIX
from tests.whole.test_matrix import ROUTES, call

# Rows that end by themselves (codes, limits, what was told), the tombstone among them.
PASSING = {
    "audit", "call-windows", "connection-attempts", "idempotency", "known-events", "outbox", "revocations", "sandboxes",
    "sent-mails", "sessions",
}  # fmt: skip
# What the developer's own company keeps: prices and terms of its integration, its statistics of calls.
DEVELOPERS_OWN = {"price-versions", "user-agreements", "statistics-facts"}


@pytest.fixture
def anna(client):
    rotate_signing_keys(new_context())
    return in_english(developer(client))


@pytest.fixture
def made(anna, queue):
    sandbox_id = anna.post("/sandboxes", json={"name": "Bounded"}).json["sandbox_id"]
    queue.drain_new()
    return anna.get(f"/sandboxes/{sandbox_id}").json


def program(anna, made, **headers):
    token = token_of(anna, connect(anna, made)).json["access_token"]
    return Client(anna.app, headers={"Authorization": f"Bearer {token}", **headers})


def test_a_token_of_a_sandbox_is_refused_by_every_route_but_the_company_api(anna, made):
    """The table of all routes: whoever is not public and not opened by tokens does not know this caller."""
    caller, let_in = program(anna, made), []
    for row, audience in MATRIX.items():
        if audience in (AUDIENCES["PUBLIC"], AUDIENCES["TOKEN"]):
            continue
        answer = call(caller, ROUTES[row], {})
        sent_away = answer.status == 303 and answer.headers["location"].startswith("/sign-in")
        if not (sent_away or answer.status in {401, 403}):
            let_in.append(f"{row}: {answer.status}")
    assert let_in == []


def test_a_token_opens_the_company_it_was_made_for_whatever_the_request_says(anna, made):
    """In a sandbox its own data, of a live company that company's: neither header nor parameter leads elsewhere."""
    live = whoami(anna).company
    lists = [row.removeprefix("GET ") for row in MATRIX if row.startswith("GET /3/") and "{" not in row]
    assert len(lists) > 8
    caller = program(anna, made, TenantId=str(live.number), **{"X-Tenant-Id": live.tenant_id})
    for path in lists:
        answer = caller.get(f"{path}?tenantId={live.number}")
        assert (answer.status, str(live.number) in answer.text, live.name in answer.text) == (200, False, False), path
    assert caller.get("/3/companyinformation").json["CompanyInformation"]["DatabaseNumber"] == made["company_number"]


def everything():
    return Counter({table.Meta.short_name: table.count() for table in registry.TABLES})


def test_a_test_purchase_gives_a_licence_and_never_money_and_the_end_leaves_no_row(anna, queue):
    paid = new_integration(whoami(anna), is_published=False)
    before = everything()
    made = anna.post("/sandboxes", json={"name": "Buyer"}).json
    queue.drain_new()
    made = anna.get(f"/sandboxes/{made['sandbox_id']}").json
    assert program(anna, made).get("/3/customers").status == 200
    anna.submit(HOME, f"{HOME}/{made['sandbox_id']}/open")
    offer = anna.get(f"/offers/{paid.integration_id}").json
    assert offer["is_test"]
    terms = {name: offer[name] for name in ("price_version", "agreement_version")}
    bought = anna.post("/licences", json={"integration_id": paid.integration_id, "is_agreed": True, **terms})
    assert (bought.status, bought.json["is_test"]) == (201, True)
    entitled = anna.get(f"/licences/{paid.integration_id}").json
    assert (entitled["is_test"], entitled["seats"]) == (True, 1)
    standing = sales.find_subscription(made["company_tenant_id"], paid.integration_id)
    assert (standing.is_test, standing.pending) == (True, ())
    later = replace(new_context(), now=new_context().now + timedelta(days=95))
    sales.close_due_months(later, lambda: True)
    assert [list(item.scan()) for item in (InvoiceItem, LedgerItem, StatementItem, OrderItem)] == [[], [], [], []]
    anna.submit("/my-integrations", HOME + "/leave")
    anna.request("DELETE", f"/sandboxes/{made['sandbox_id']}")
    queue.drain_new()
    left = everything() - before
    assert {name: count for name, count in left.items() if name not in PASSING | DEVELOPERS_OWN} == {}
