"""A company takes scopes back: tokens lose them within seconds, sessions go on with what is left."""

from __future__ import annotations

from chalicelib.activations import service as activations
from chalicelib.activations.domain import ConsentKind
from tests.factories import new_person
from tests.oauth.conftest import Registered, World


def remove(world: World, app: Registered, *scopes: str) -> None:
    world.clock.forward(minutes=5)
    ctx = world.customer.ctx(now=world.clock.ctx().now)
    activations.remove_scopes(ctx, app.integration.integration_id, scopes)
    world.clock.forward(seconds=2)


def test_the_access_token_dies_and_the_refreshed_one_has_what_is_left(world: World) -> None:
    app = world.register()
    tokens = world.connect(app, "invoice companyinformation")
    remove(world, app, "invoice")
    assert not world.is_accepted(tokens["access_token"])
    answer = world.refresh(app, tokens["refresh_token"])
    assert (answer.status, answer.json["scope"]) == (200, "companyinformation")
    assert world.is_accepted(answer.json["access_token"])
    refused = world.refresh(app, answer.json["refresh_token"], scope="invoice")
    assert (refused.status, refused.json["error"]) == (400, "invalid_scope")


def test_a_family_with_nothing_left_closes_and_others_go_on(world: World) -> None:
    app = world.register()
    only, other = world.connect(app, "invoice"), world.connect(app, "companyinformation")
    remove(world, app, "invoice")
    assert world.refresh(app, only["refresh_token"]).json["error"] == "invalid_grant"
    assert world.refresh(app, other["refresh_token"]).status == 200


def test_a_service_account_loses_it_too(world: World) -> None:
    app = world.register()
    number = world.customer.company.number
    world.consent(app, "invoice companyinformation", ConsentKind.SERVICE)
    before = world.client_credentials(app, number).json
    remove(world, app, "invoice")
    assert not world.is_accepted(before["access_token"])
    after = world.client_credentials(app, number).json
    assert after["scope"] == "companyinformation"
    assert world.is_accepted(after["access_token"])
    assert world.client_credentials(app, number, scope="invoice").json["error"] == "invalid_scope"


def test_other_companies_keep_their_tokens(world: World) -> None:
    app, other = world.register(), new_person()
    world.connect(app, "invoice companyinformation")
    theirs = world.connect(app, "invoice companyinformation", other)
    remove(world, app, "invoice")
    assert world.is_accepted(theirs["access_token"])
    assert world.refresh(app, theirs["refresh_token"]).json["scope"] == "companyinformation invoice"
