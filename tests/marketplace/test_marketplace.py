"""Finding integrations: hidden ones by their exact client id only, and no guessing."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from chalicelib.integrations import repository as integration_rows
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration, IntegrationStatus
from chalicelib.integrations.schemas import IntegrationCreate
from chalicelib.kit.outbox import Event, parse_event
from chalicelib.marketplace import service
from chalicelib.marketplace.building import build
from chalicelib.marketplace.domain import LOOKUPS_PER_PERSON, LookupLimitReachedError, landing_page_of
from chalicelib.publication.domain import take_snapshot
from tests import factories
from tests.client import Client
from tests.factories import Person, whoami


@pytest.fixture
def owner(client: Client) -> Person:
    return factories.new_person(licence=True, portal_role=factories.PortalRole.OWNER)


@pytest.fixture
def hidden(owner: Person) -> Integration:
    return new_integration(owner)


@pytest.fixture
def customer(client: Client) -> Client:
    browser = factories.customer(client.app)
    browser.headers["Accept-Language"] = "en"
    return browser


def new_integration(person: Person, **details: object) -> Integration:
    given = {
        "name": "Kvitto Sync", "scopes": ["invoice"], "redirect_uris": ["https://app.example:8443/cb?x=1"],
        "description": "Receipts <script>alert(1)</script> **fast**", "sales_channel": "platform",
        "price_minor": 9900, **details,
    }  # fmt: skip
    return integrations.create_integration(
        person.ctx(), IntegrationCreate.model_validate(given, strict=False)
    ).integration


def listed(integration: Integration, person: Person) -> None:
    """What a publication tells, built into the read model."""
    with_status(integration, IntegrationStatus.PUBLISHED)
    snapshot = asdict(take_snapshot(integration, "", ()))
    told = Event(
        "evt_1", "publication.listed", integration.integration_id, integration.created_at, "req",
        {
            "version": 2, "listing_version": 1, "place": "marketplace", "client_id": integration.client_id,
            "tenant_id": integration.tenant_id, "developer": person.company.name, "listing": snapshot,
        },
    )  # fmt: skip
    build(parse_event(told.to_json()))


def with_status(integration: Integration, status: IntegrationStatus) -> Integration:
    item = integration_rows.IntegrationItem.get(integration.tenant_id, integration.integration_id)
    item.update(actions=[integration_rows.IntegrationItem.status.set(status)])
    return replace(integration, status=status)


def test_a_hidden_one_is_found_by_its_exact_client_id(customer, hidden, owner):
    page = customer.get(f"/marketplace/find?client_id={hidden.client_id}")
    assert page.status == 200
    said = ("Kvitto Sync", owner.company.name, "Read and change invoices", "Activate", "not published", "99")
    assert [text for text in said if text not in page.text] == []
    assert "<script>alert" not in page.text
    assert "form-action 'self' https://app.example:8443;" in page.headers["content-security-policy"]
    answer = customer.get(f"/marketplace/by-client-id/{hidden.client_id}")
    assert (answer.status, answer.json["name"], answer.json["is_published"]) == (200, "Kvitto Sync", False)
    assert not {"redirect_uris", "contact_email", "secrets", "tenant_id", "landing_page", "number"} & set(answer.json)


@pytest.mark.parametrize(
    "change", [str.upper, lambda text: text[:-1], lambda text: text + "x", lambda _: "", lambda _: "%00"]
)
def test_BO_20_nothing_but_the_exact_client_id_finds_it(customer, hidden, change):
    wrong = change(hidden.client_id)
    page = customer.get(f"/marketplace/find?client_id={wrong}")
    assert page.status == 404
    assert "Kvitto Sync" not in page.text
    assert customer.get(f"/marketplace/by-client-id/{wrong}").status == 404


def test_BO_20_a_hidden_one_is_in_no_list_and_at_no_address(customer, hidden):
    page = customer.get("/marketplace")
    assert "Nothing is published yet" in page.text
    assert hidden.client_id not in page.text
    answer = customer.get(f"/marketplace/{hidden.integration_id}")
    assert (answer.status, "Kvitto Sync" in answer.text) == (404, False)


def test_a_published_one_is_listed_and_has_an_address(customer, hidden, owner):
    listed(hidden, owner)
    assert f'href="/marketplace/{hidden.integration_id}"' in customer.get("/marketplace").text
    page = customer.get(f"/marketplace/{hidden.integration_id}")
    assert page.status == 200
    assert "not published" not in page.text


def test_a_suspended_one_is_gone(customer, hidden):
    with_status(hidden, IntegrationStatus.SUSPENDED)
    assert customer.get(f"/marketplace/by-client-id/{hidden.client_id}").status == 404
    assert customer.get(f"/marketplace/{hidden.integration_id}").status == 404


def test_activate_leads_to_the_landing_page_without_a_code(customer, hidden):
    page = f"/marketplace/find?client_id={hidden.client_id}"
    answer = customer.submit(page, "/marketplace/activate", client_id=hidden.client_id)
    assert (answer.status, answer.headers["location"]) == (303, "https://app.example:8443/cb?x=1")
    assert customer.post("/marketplace/activate", form={"client_id": hidden.client_id}).status == 403
    assert customer.submit(page, "/marketplace/activate", client_id="nobody").status == 404


def test_where_activate_leads(owner, hidden):
    on_website = new_integration(
        owner, name="Web", sales_channel="website", price_minor=None, website="https://example.com/buy"
    )
    assert landing_page_of(on_website) == "https://example.com/buy"
    assert landing_page_of(replace(hidden, redirect_uris=(), start_page="https://a.example/s")) == "https://a.example/s"
    assert landing_page_of(replace(hidden, redirect_uris=())) == ""


def test_one_without_a_landing_page_says_so(customer, owner):
    nowhere = new_integration(owner, name="Nowhere", redirect_uris=[])
    page = f"/marketplace/find?client_id={nowhere.client_id}"
    answer = customer.submit(page, "/marketplace/activate", client_id=nowhere.client_id)
    assert answer.status == 404
    assert "Ask them" in answer.text


def test_guessing_is_limited_per_person(customer, hidden):
    person = whoami(customer)
    for _ in range(LOOKUPS_PER_PERSON):
        customer.get("/marketplace/by-client-id/aaaaaaaaaaaa")
    answer = customer.get(f"/marketplace/by-client-id/{hidden.client_id}")
    assert (answer.status, answer.json["code"]) == (429, "lookup-limit-reached")
    assert 1 <= int(answer.headers["retry-after"]) <= 600
    assert customer.get(f"/marketplace/find?client_id={hidden.client_id}").status == 429
    later = replace(person.ctx(), now=person.ctx().now + timedelta(minutes=10))
    assert service.get_listing_by_client_id(later, hidden.client_id).name == "Kvitto Sync"
    neighbour = factories.new_person()
    assert service.get_listing_by_client_id(neighbour.ctx(), hidden.client_id).name == "Kvitto Sync"


def test_RL_07_guessing_is_limited_per_address_as_the_gateway_saw_it(client, hidden, monkeypatch):
    monkeypatch.setattr(service, "LOOKUPS_PER_ADDRESS", 3)
    for _ in range(3):
        service.get_listing_by_client_id(replace(factories.new_person().ctx(), source_ip="192.0.2.7"), hidden.client_id)
    with pytest.raises(LookupLimitReachedError):
        service.get_listing_by_client_id(replace(factories.new_person().ctx(), source_ip="192.0.2.7"), hidden.client_id)


def test_nobody_finds_anything_without_signing_in(client, hidden):
    nobody = Client(client.app)
    assert nobody.get(f"/marketplace/by-client-id/{hidden.client_id}").status == 401
    assert nobody.get("/marketplace/find?client_id=x").headers["location"].startswith("/sign-in")
