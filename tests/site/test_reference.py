"""The API reference: every operation has a page, and its examples are what the API takes."""

from __future__ import annotations

import json

import pytest

from chalicelib import registry
from chalicelib.site import service
from chalicelib.site.reference import find_operation, list_operations
from infra.openapi import built
from tests import factories

OPERATIONS = list_operations(built())
EN = {"Accept-Language": "en", "Accept": "text/html"}


def the(operation_id):
    found = find_operation(OPERATIONS, operation_id)
    assert found is not None
    return found


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.operation_id)
def test_every_operation_has_a_page_with_examples_in_three_languages(client, operation):
    page = client.get(f"/docs/api/{operation.operation_id}", headers=EN)
    assert page.status == 200
    assert operation.path in page.text
    assert [label for label, _ in operation.samples] == ["curl", "Python", "JavaScript"]
    compile(dict(operation.samples)["Python"], operation.operation_id, "exec")
    assert "{" not in dict(operation.samples)["curl"].partition("-d")[0], "path parameters are filled in"


def test_what_is_described_by_hand_is_served():
    served = {f"{route.method} {route.path}" for route in registry.all_routes()}
    assert {f"{one.method} {one.path}" for one in OPERATIONS} <= served
    oauth = {name for name in served if "/oauth-v1/" in name and "{" not in name and "well-known" not in name}
    assert oauth - {f"{one.method} {one.path}" for one in OPERATIONS} <= {"POST /oauth-v1/auth"}


def test_the_example_body_of_a_creation_is_accepted_as_it_stands(client):
    body = json.loads(the("create_integration").body)
    assert factories.developer(client).post("/integrations", json=body).status == 201


def test_a_token_is_asked_for_as_a_form_with_basic():
    curl = dict(the("issue_tokens").samples)["curl"]
    assert '-u "$CLIENT_ID:$CLIENT_SECRET"' in curl
    assert "-d grant_type=authorization_code" in curl


def test_fields_tell_what_is_required_and_what_may_stand_there():
    fields = {one.name: one for one in the("create_integration").fields}
    assert fields["name"].is_required
    assert "at most 60" in fields["name"].note
    assert "platform | website" in fields["sales_channel"].kind
    assert not fields["website"].is_required


def test_an_unknown_operation_is_not_found(client):
    assert client.get("/docs/api/no_such_thing", headers=EN).status == 404


def test_the_reference_is_made_once_per_process(client):
    client.get("/docs/api", headers=EN)
    assert service.operations() is service.operations()
