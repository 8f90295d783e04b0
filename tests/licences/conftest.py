"""A published integration that the platform sells, a customer company, and hands to buy with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from chalicelib.accounts import repository as accounts_repository
from chalicelib.accounts.domain import CompanyKind
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration, IntegrationStatus
from chalicelib.integrations.schemas import IntegrationCreate
from chalicelib.kit import store
from chalicelib.kit.context import new_context
from tests import factories
from tests.client import Answer, Client
from tests.factories import Person, whoami

TERMS = "https://dev.example/terms"
CALLBACK = "https://app.example/cb"
SOLD = {
    "sales_channel": "platform", "price_minor": 9900, "licence_model": "single", "user_agreement": TERMS,
    "redirect_uris": [CALLBACK], "scopes": ["invoice"],
}  # fmt: skip


@dataclass
class Shop:
    app: Any
    developer: Client
    customer: Client
    integration: Integration

    def new_integration(self, *, is_published: bool = True, **details: Any) -> Integration:
        return new_integration(whoami(self.developer), is_published=is_published, **details)

    def offer(self, integration: Integration | None = None, client: Client | None = None) -> Any:
        chosen = integration or self.integration
        return (client or self.customer).get(f"/offers/{chosen.integration_id}").json

    def buy(self, integration: Integration | None = None, *, client: Client | None = None, **changes: Any) -> Answer:
        """Buy on the terms of the present offer."""
        chosen, browser = integration or self.integration, client or self.customer
        offer = self.offer(chosen, browser)
        terms = {name: offer.get(name) for name in ("price_version", "agreement_version")}
        body = {"integration_id": chosen.integration_id, "is_agreed": True, **terms, **changes}
        return browser.post("/licences", json=body)

    def colleague(self, **changes: Any) -> Person:
        return factories.new_person(company=whoami(self.customer).company, is_administrator=False, **changes)

    def browser(self, person: Person) -> Client:
        client = factories.sign_in(self.app, person)
        client.headers["Accept-Language"] = "en"
        return client


def new_integration(person: Person, *, is_published: bool = True, **details: Any) -> Integration:
    given = {"name": f"Kvitto {new_context().new_id('n')[:8]}", **SOLD, **details}
    made = integrations.create_integration(
        person.ctx(), IntegrationCreate.model_validate(given, strict=False)
    ).integration
    if is_published:
        set_status(made, IntegrationStatus.PUBLISHED)
    return integrations.get_public(made.integration_id)


def set_status(integration: Integration, status: IntegrationStatus) -> None:
    with store.transaction() as tx:
        integrations.add_status(tx, new_context(), integration, status)


def new_sandbox(developer: Person) -> Person:
    """A person in a sandbox of the developer's company."""
    person = factories.new_person()
    item = accounts_repository.tables.CompanyItem.get(person.company.tenant_id)
    item.kind, item.home_tenant_id = CompanyKind.SANDBOX, developer.company.tenant_id
    item.save()
    return replace(person, company=accounts_repository.find_company(person.company.tenant_id))


@pytest.fixture
def shop(client: Client) -> Shop:
    developer = factories.developer(client.app)
    customer = factories.customer(client.app)
    for browser in (developer, customer):
        browser.headers["Accept-Language"] = "en"
    return Shop(client.app, developer, customer, new_integration(whoami(developer)))


@pytest.fixture
def per_user(shop: Shop) -> Integration:
    return shop.new_integration(licence_model="per_user")
