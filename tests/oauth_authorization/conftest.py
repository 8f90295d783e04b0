"""A developer's integration, a customer who may approve it, and the words of a valid request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest

from chalicelib import registry
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.integrations.schemas import IntegrationCreate
from chalicelib.oauth.pkce import challenge_of
from chalicelib.oauth.repository.codes import CodeItem
from tests import factories
from tests.client import Answer, Client

R1 = "https://app.example.com/cb"
R2 = "https://a.example/cb?tenant=1"
VERIFIER = "v" * 43
CHALLENGE = challenge_of(VERIFIER)


@dataclass
class Stage:
    """Ia of developer A, a customer's browser, and what they do."""

    app: Any
    developer: factories.Person
    integration: Integration
    customer: Client
    valid: dict[str, str] = field(default_factory=dict)

    def address(self, *more: tuple[str, str], **changes: str | None) -> str:
        pairs = [(name, value) for name, value in {**self.valid, **changes}.items() if value is not None]
        return "/oauth-v1/auth?" + urlencode([*pairs, *more], quote_via=quote)

    def ask(self, *more: tuple[str, str], client: Client | None = None, **changes: str | None) -> Answer:
        return (client or self.customer).get(self.address(*more, **changes))

    def decide(self, page: Answer, decision: str = "approved", *, client: Client | None = None, **more: Any) -> Answer:
        return press(client or self.customer, page, decision, **more)

    def codes(self) -> list[CodeItem]:
        return list(CodeItem.scan())

    def new_customer(self, **kwargs: Any) -> Client:
        """Another customer's browser; it reads English."""
        client = factories.customer(self.app, **kwargs)
        client.headers["Accept-Language"] = "en"
        return client

    def new_integration(self, **details: Any) -> Integration:
        return new_integration(self.developer, **details)


def press(client: Client, page: Answer, decision: str = "approved", **more: Any) -> Answer:
    """Press a button of the consent page as a browser would."""
    assert page.status == 200, page.text
    form = page.text.rpartition('method="post">')[2]
    action = page.text.rpartition('<form class="form" action="')[2].partition('"')[0]
    token = form.partition('name="form_token" value="')[2].partition('"')[0]
    tenant_id = form.partition('name="tenant_id" value="')[2].partition('"')[0]
    return client.post(action, form={"form_token": token, "tenant_id": tenant_id, "decision": decision, **more})


def answer_of(answer: Answer) -> dict[str, str]:
    """The parameters of a redirect to the client."""
    assert answer.status == 303, (answer.status, answer.text)
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query, keep_blank_values=True, strict_parsing=True))


def is_own_page(answer: Answer) -> bool:
    """*no redirect*: status 400, HTML, no Location."""
    return (
        answer.status == 400
        and "location" not in answer.headers
        and answer.headers["content-type"].startswith("text/html")
    )


def new_integration(person: factories.Person, **details: Any) -> Integration:
    given = {"name": "Kvitto Sync", "scopes": ["invoice", "customer"], "redirect_uris": [R1], **details}
    return integrations.create_integration(person.ctx(), IntegrationCreate(**given)).integration


@pytest.fixture
def stage(client: Client) -> Stage:
    for table in (CodeItem,):
        if table not in registry.TABLES:
            table._connection = None
            table.create_table(wait=False)
    developer = factories.new_person(licence=True, portal_role=factories.PortalRole.OWNER, name="Dora Developer")
    integration = new_integration(developer)
    valid = {
        "client_id": integration.client_id, "response_type": "code", "redirect_uri": R1, "scope": "invoice customer",
        "state": "xyz", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip
    stage = Stage(client.app, developer, integration, client, valid)
    stage.customer = stage.new_customer()
    return stage
