"""A developer with an integration, and a customer who activated it through the consent page's own service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.activations import service
from chalicelib.activations.domain import Activation, Consent, ConsentKind
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.integrations.schemas import IntegrationCreate
from chalicelib.kit import store
from tests import factories
from tests.client import Client
from tests.factories import Person


@dataclass
class Stage:
    app: Any
    developer: Client
    customer: Client
    integration: Integration

    def new_integration(self, **details: Any) -> Integration:
        return new_integration(factories.whoami(self.developer), **details)

    def activate(
        self, person: Person | None = None, integration: Integration | None = None, **changes: Any
    ) -> Activation:
        return activate(person or factories.whoami(self.customer), integration or self.integration, **changes)


def new_integration(person: Person, **details: Any) -> Integration:
    given = {
        "name": "Kvitto Sync",
        "scopes": ["invoice", "customer"],
        "redirect_uris": ["https://app.example/cb"],
        **details,
    }
    return integrations.create_integration(person.ctx(), IntegrationCreate(**given)).integration


def activate(
    person: Person, integration: Integration, *, kind: ConsentKind = ConsentKind.USER, scopes: Any = None
) -> Activation:
    ctx = person.ctx()
    consent = Consent(
        consent_id=ctx.new_id("con"), kind=kind, scopes=frozenset(scopes or integration.scopes),
        account_id=person.account.account_id, tenant_id=person.company.tenant_id, tenant_number=person.company.number,
        company_name=person.company.name, integration_id=integration.integration_id, integration_name=integration.name,
        integration_version=integration.version, registered_scopes=integration.scopes, owner_tenant_id=integration.tenant_id,
        client_id=integration.client_id, redirect_uri=integration.redirect_uris[0], consented_at=ctx.now,
    )  # fmt: skip
    standing = service.find_activation(consent.tenant_id, consent.integration_id)
    with store.transaction() as tx:
        return service.activate(tx, ctx, consent, standing)


@pytest.fixture
def stage(client: Client) -> Stage:
    developer = factories.developer(client.app)
    customer = factories.customer(client.app)
    for browser in (developer, customer):
        browser.headers["Accept-Language"] = "en"
    return Stage(client.app, developer, customer, new_integration(factories.whoami(developer)))
