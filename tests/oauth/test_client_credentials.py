"""Client credentials (cases CC): a live service consent of the company in the header, and no oracle."""

from __future__ import annotations

import jwt
import pytest

from chalicelib.activations.domain import ConsentKind
from tests.factories import aws_calls, new_person

REFUSED = {
    "error": "unauthorized_client",
    "error_description": "There is no service consent for this client and TenantId",
}


def serve(world, app, scopes="invoice customer", person=None):
    world.consent(app, scopes, ConsentKind.SERVICE, person)
    return (person or world.customer).company.number


def test_CC_01_a_service_consent_gives_an_access_token_only(world, app_a):
    number = serve(world, app_a)
    answer = world.client_credentials(app_a, number)
    assert answer.status == 200
    assert set(answer.json) == {"access_token", "scope", "expires_in", "token_type"}
    claims = jwt.decode(answer.json["access_token"], options={"verify_signature": False})
    assert claims["tenantId"] == number
    assert claims["sub"] == claims["client_id"] == app_a.client_id
    assert world.is_accepted(answer.json["access_token"])


def test_CC_03_a_persons_consent_is_none_for_a_service(world, app_a):
    world.consent(app_a)
    assert world.client_credentials(app_a, world.customer.company.number).json == REFUSED


def test_CC_04_a_company_without_consent_looks_like_none_at_all(world, app_a):
    serve(world, app_a)
    stranger = new_person().company.number
    world.client_credentials(app_a, stranger)
    with aws_calls() as known:
        assert world.client_credentials(app_a, stranger).json == REFUSED
    with aws_calls() as unknown:
        assert world.client_credentials(app_a, 1).json == REFUSED
    assert len(known) == len(unknown)


def test_CC_06_the_scope_may_only_narrow(world, app_a):
    number = serve(world, app_a, "invoice")
    assert world.client_credentials(app_a, number, scope="customer").json["error"] == "invalid_scope"
    assert world.client_credentials(app_a, number, scope="").json["scope"] == "invoice"
    number = serve(world, app_a)
    assert world.client_credentials(app_a, number, scope="customer").json["scope"] == "customer"


@pytest.mark.parametrize("name", ["TenantId", "tenantId", "tenant_id", "TENANT_ID"])
def test_CC_07_header_and_body_must_agree(world, app_a, name):
    number = serve(world, app_a)
    assert world.client_credentials(app_a, number, **{name: number + 1}).json["error"] == "invalid_request"
    assert world.client_credentials(app_a, number, **{name: number}).status == 200


@pytest.mark.parametrize("tenant", ["", "x", "-1", "1.0", "1e3", "9" * 16, "1, 2", "\u0661"])
def test_a_header_that_is_no_number_is_an_invalid_request(world, app_a, tenant):
    assert world.client_credentials(app_a, tenant).json["error"] == "invalid_request"


def test_CC_09_a_call_is_one_read_and_no_write(world, app_a):
    number = serve(world, app_a)
    world.client_credentials(app_a, number)
    with aws_calls() as calls:
        assert world.client_credentials(app_a, number).status == 200
    assert calls == ["GetItem"]


def test_another_client_of_the_company_gets_nothing(world, app_a, app_b):
    number = serve(world, app_a)
    assert world.client_credentials(app_b, number).json == REFUSED


def test_RV_11_ending_the_activation_ends_service_tokens_too(world, app_a):
    number = serve(world, app_a)
    other = new_person()
    tokens = world.client_credentials(app_a, number).json["access_token"]
    elsewhere = world.client_credentials(app_a, serve(world, app_a, person=other)).json["access_token"]
    world.end_activation(app_a)
    assert world.client_credentials(app_a, number).json == REFUSED
    assert not world.is_accepted(tokens)
    assert world.is_accepted(elsewhere)
    world.clock.forward(seconds=2)
    renewed = world.client_credentials(app_a, serve(world, app_a)).json["access_token"]
    assert world.is_accepted(renewed)
