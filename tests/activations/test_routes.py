"""Activations over JSON: each sees only what is theirs."""

from __future__ import annotations

from tests import factories
from tests.client import Client
from tests.factories import aws_calls, whoami


def test_a_customer_lists_and_ends_their_own(stage):
    activation = stage.activate()
    (one,) = stage.customer.get("/activations").json["items"]
    assert set(one) == {
        "activation_id", "integration_id", "integration_name", "client_id", "status", "is_suspended", "scopes",
        "added_scopes", "dropped_scopes", "kind", "activated_at", "consented_at", "ended_at", "end_cause",
    }  # fmt: skip
    assert (one["integration_name"], one["scopes"], one["status"]) == ("Kvitto Sync", ["customer", "invoice"], "active")
    path = f"/activations/{activation.integration_id}"
    assert stage.customer.request("DELETE", path).status == 204
    assert stage.customer.request("DELETE", path).status == 204
    assert stage.customer.get("/activations").json["items"][0]["status"] == "ended"


def test_BO_02_another_company_finds_nothing(stage):
    activation = stage.activate()
    stranger = factories.customer(stage.app)
    assert stranger.get("/activations").json["items"] == []
    path = f"/activations/{activation.integration_id}"
    foreign, random = stranger.request("DELETE", path), stranger.request("DELETE", "/activations/int_nothing")
    assert (foreign.status, foreign.json["code"]) == (404, "activation-not-found")
    assert {**foreign.json, "instance": ""} == {**random.json, "instance": ""}


def test_an_ordinary_user_does_not_end_anothers(stage):
    activation = stage.activate()
    user = factories.sign_in(
        stage.app, factories.new_person(company=whoami(stage.customer).company, is_administrator=False)
    )
    answer = user.request("DELETE", f"/activations/{activation.integration_id}")
    assert answer.status == 403
    assert user.get("/activations").json["items"][0]["status"] == "active"


def test_a_developer_sees_which_companies_but_no_person(stage):
    stage.activate()
    with aws_calls() as calls:
        (one,) = stage.developer.get(f"/integrations/{stage.integration.integration_id}/activations").json["items"]
    assert calls.count("Query") == 1
    company = whoami(stage.customer).company
    assert (one["company_name"], one["tenant_number"]) == (company.name, company.number)
    assert not {"account_id", "tenant_id", "redirect_uri"} & set(one)


def test_BO_02_another_developer_sees_nothing_of_it(stage):
    stage.activate()
    path = f"/integrations/{stage.integration.integration_id}/activations"
    other = factories.developer(stage.app)
    assert other.get(path).status == 404
    assert stage.customer.get(path).status == 403
    assert Client(stage.app).get(path).status == 401
    assert Client(stage.app).get("/activations").status == 401


def test_BO_10_a_cursor_is_its_owners(stage):
    for number in range(2):
        stage.activate(integration=stage.new_integration(name=f"N{number}"))
    cursor = stage.customer.get("/activations?limit=1").json["next_cursor"]
    assert stage.customer.get(f"/activations?limit=1&cursor={cursor}").status == 200
    for bad in (f"/activations?limit=1&cursor={cursor}x", "/activations?limit=0", "/activations?unknown=1"):
        assert stage.customer.get(bad).status == 400
    assert factories.customer(stage.app).get(f"/activations?limit=1&cursor={cursor}").status == 400
