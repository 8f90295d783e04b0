"""Who holds tokens in a sandbox: seen by its developer, expired, and taken away as its customer would."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.accounts import service as accounts
from chalicelib.activations.domain import ConsentKind
from chalicelib.integrations import service as integrations
from chalicelib.kit.context import new_context
from chalicelib.oauth.service import rotate_signing_keys
from chalicelib.sales import service as sales
from chalicelib.sales.domain import Purchase
from tests.activations.conftest import activate
from tests.factories import aws_calls, developer, whoami
from tests.sandboxes.test_inside import connect, in_english, token_of
from tests.sandboxes.test_pages import HOME


@pytest.fixture
def anna(client):
    rotate_signing_keys(new_context())
    return in_english(developer(client))


@pytest.fixture
def made(anna, queue):
    sandbox_id = anna.post("/sandboxes", json={"name": "Acceptance tests"}).json["sandbox_id"]
    queue.drain()
    return anna.get(f"/sandboxes/{sandbox_id}").json


@pytest.fixture
def own(anna, made):
    """An integration of the developer's that the sandbox has activated."""
    sold = {"sales_channel": "platform", "price_minor": 9900}
    given = {"name": "Own", "scopes": ["customer"], "redirect_uris": ["https://app.example/cb"], **sold}
    integration = integrations.get_public(anna.post("/integrations", json=given).json["integration_id"])
    tenant_id, home = made["company_tenant_id"], whoami(anna)
    actor = replace(home.actor, tenant_id=tenant_id)
    inside = replace(home, company=accounts.get_company(tenant_id), actor=actor)
    sales.buy(
        inside.ctx(), Purchase(tenant_id=tenant_id, integration=integration, account_id=actor.account_id, is_test=True)
    )
    activate(inside, integration, kind=ConsentKind.SERVICE)
    return integration


def listed(anna, made):
    return anna.get(f"/sandboxes/{made['sandbox_id']}/connections").json


def test_the_sample_is_there_from_the_start_and_says_when_it_called(anna, made):
    (sample,) = listed(anna, made)
    assert (sample["kind"], sample["connection_id"], sample["is_sample"], sample["is_own"]) == (
        "service",
        None,
        True,
        True,
    )
    assert sample["last_used_at"] is None
    token = token_of(anna, connect(anna, made)).json["access_token"]
    assert anna.get("/3/customers", headers={"Authorization": f"Bearer {token}"}).status == 200
    assert listed(anna, made)[0]["last_used_at"] is not None


def test_the_page_shows_tokens_and_test_purchases_and_disconnects_as_the_customer(anna, made, own):
    here = f"{HOME}/{made['sandbox_id']}/access"
    page = anna.get(here).text
    assert page.count(">Own<") == 2, "as a holder of tokens and as a purchase"
    assert "99 SEK" in page
    assert page.count("Disconnect as the customer") == 1, "the sample is not taken away by mistake"
    assert [one["is_sample"] for one in listed(anna, made)] == [True, False]
    assert anna.submit(HOME, f"{here}/disconnect", integration_id=own.integration_id).status == 303
    assert [one["is_sample"] for one in listed(anna, made)] == [True]
    assert anna.submit(HOME, f"{here}/disconnect", integration_id="int_nobody").status == 404


def test_it_costs_few_calls_and_is_the_developers_alone(anna, made, client):
    with aws_calls() as calls:
        listed(anna, made)
    assert len(calls) <= 7, calls
    stranger = developer(client)
    for method, path in (("GET", "connections"), ("DELETE", "connections/int_x")):
        assert stranger.request(method, f"/sandboxes/{made['sandbox_id']}/{path}").status == 404
