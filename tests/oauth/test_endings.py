"""What tokens rest on ends elsewhere (cases RV-12, RT-19, RT-20, AZ-55, SE-07): refused at once, closed soon after."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.accounts import repository as accounts_repository
from chalicelib.accounts import service as accounts
from chalicelib.activations import service as activations
from chalicelib.activations.domain import ConsentKind
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import IntegrationStatus
from chalicelib.integrations.schemas import IntegrationUpdate
from chalicelib.kit import store
from chalicelib.oauth import client_auth, cutoffs, endings
from chalicelib.oauth.refresh_tokens import parse_refresh_token
from chalicelib.oauth.repository.families import find_family
from tests.factories import aws_calls, new_person, operator, whoami


def others_hear_of_it(monkeypatch) -> None:
    """Five seconds pass: the next request reads the feed."""
    monkeypatch.setattr(cutoffs._feed, "_read_at", float("-inf"))


def reason_of(refresh_token: str) -> str | None:
    family = find_family(parse_refresh_token(refresh_token).family_id)
    return family.revoked_reason if family else None


def set_status(world, app, status: IntegrationStatus) -> None:
    integration = integrations.get_public(app.integration.integration_id)
    with store.transaction() as tx:
        integrations.add_status(tx, world.developer.ctx(now=world.clock.ctx().now), integration, status)


def test_RV_12_a_deleted_integration_takes_its_tokens_along_and_nobody_elses(world, app_a, app_b, monkeypatch):
    doomed, other = world.connect(app_a), world.connect(app_b)
    world.consent(app_a, kind=ConsentKind.SERVICE)
    service = world.client_credentials(app_a, world.customer.company.number).json
    integrations.delete_integration(world.developer.ctx(), app_a.integration.integration_id)
    others_hear_of_it(monkeypatch)
    answer = world.refresh(app_a, doomed["refresh_token"])
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    assert not world.is_accepted(doomed["access_token"])
    assert not world.is_accepted(service["access_token"])
    assert world.is_accepted(other["access_token"])
    assert world.refresh(app_b, other["refresh_token"]).status == 200


def test_a_deleted_integrations_activations_end_and_its_families_close(world, app_a):
    tokens = world.connect(app_a)
    integration_id = app_a.integration.integration_id
    integrations.delete_integration(world.developer.ctx(), integration_id)
    for _ in range(2):  # events are at least once
        endings.end_integration(world.clock.ctx(), integration_id)
    standing = activations.find_activation(world.customer.company.tenant_id, integration_id)
    assert standing is not None
    assert not standing.is_active
    assert reason_of(tokens["refresh_token"]) == "activation_ended"


def test_RT_19_whoever_leaves_the_company_takes_their_tokens_along(world, app_a, monkeypatch):
    colleague = new_person(company=world.customer.company)
    mine, theirs = world.connect(app_a), world.connect(app_a, person=colleague)
    ctx = world.customer.ctx(now=world.clock.ctx().now)
    accounts.remove_member(ctx, colleague.account.account_id)
    others_hear_of_it(monkeypatch)
    # The event is still on its way: the feed alone refuses both tokens.
    assert not world.is_accepted(theirs["access_token"])
    assert world.refresh(app_a, theirs["refresh_token"]).json["error"] == "invalid_grant"
    assert world.is_accepted(mine["access_token"])
    assert world.refresh(app_a, mine["refresh_token"]).status == 200


def test_RT_19_the_event_closes_the_families_of_who_left(world, app_a):
    colleague = new_person(company=world.customer.company)
    mine, theirs = world.connect(app_a), world.connect(app_a, person=colleague)
    tenant_id, account_id = world.customer.company.tenant_id, colleague.account.account_id
    for _ in range(2):
        endings.end_member(world.clock.ctx(), tenant_id, account_id)
    assert reason_of(theirs["refresh_token"]) == endings.MEMBER_REMOVED
    assert reason_of(mine["refresh_token"]) is None


def test_RT_19_a_closed_company_has_no_tokens(world, app_a):
    tokens = world.connect(app_a)
    endings.end_company(world.clock.ctx(), world.customer.company.tenant_id)
    assert not world.is_accepted(tokens["access_token"])
    assert world.refresh(app_a, tokens["refresh_token"]).json["error"] == "invalid_grant"


@pytest.mark.parametrize("what", ["suspended", "without licence"])
def test_AZ_55_a_pause_refuses_everything_and_loses_nothing(world, app_a, monkeypatch, what):
    tokens = world.connect(app_a)
    tenant_id = world.developer.company.tenant_id
    staff = whoami(operator(world.http)).ctx()
    if what == "suspended":
        set_status(world, app_a, IntegrationStatus.SUSPENDED)
    else:
        accounts.suspend_licence(staff, tenant_id, "unpaid")
    others_hear_of_it(monkeypatch)
    answer = world.refresh(app_a, tokens["refresh_token"])
    assert (answer.status, answer.json["error"]) == (400, "unauthorized_client")  # clients keep their tokens on that
    assert not world.is_accepted(tokens["access_token"])
    if what == "suspended":
        set_status(world, app_a, IntegrationStatus.PUBLISHED)
    else:
        accounts.grant_licence(staff, tenant_id, "paid")
    others_hear_of_it(monkeypatch)
    world.clock.forward(seconds=1)
    fresh = world.refresh(app_a, tokens["refresh_token"])
    assert fresh.status == 200
    world.clock.forward(seconds=1)
    assert world.is_accepted(world.refresh(app_a, fresh.json["refresh_token"]).json["access_token"])


def test_O4_suspended_with_its_customers_kept_tokens_go_on(world, app_a, monkeypatch):
    tokens = world.connect(app_a)
    integration = integrations.get_public(app_a.integration.integration_id)
    with store.transaction() as tx:
        integrations.add_status(tx, world.clock.ctx(), integration, IntegrationStatus.SUSPENDED, keeps_customers=True)
    others_hear_of_it(monkeypatch)
    assert world.is_accepted(tokens["access_token"])
    assert world.refresh(app_a, tokens["refresh_token"]).status == 200


def test_SE_07_a_leaked_secret_dies_within_five_seconds_although_clients_are_remembered_for_a_minute(
    world, app_a, monkeypatch
):
    assert (client_auth.CLIENT_KEPT_SECONDS, cutoffs.SEEN_SECONDS) == (60, 5)
    assert world.token(app_a, grant_type="x").status == 400
    (secret,) = app_a.integration.secrets
    integrations.remove_secret(world.developer.ctx(), app_a.integration.integration_id, secret.secret_id)
    assert world.token(app_a, grant_type="x").status == 400  # not heard of yet
    others_hear_of_it(monkeypatch)
    assert world.token(app_a, grant_type="x").status == 401


def test_RT_20_new_scopes_or_a_new_secret_leave_families_alone(world, app_a, monkeypatch):
    tokens = world.connect(app_a, "invoice customer")
    integration_id = app_a.integration.integration_id
    integrations.update_integration(world.developer.ctx(), integration_id, IntegrationUpdate(scopes=["invoice"]))
    added = integrations.add_secret(world.developer.ctx(), integration_id)
    others_hear_of_it(monkeypatch)
    answer = world.refresh(replace(app_a, client_secret=added.client_secret), tokens["refresh_token"])
    assert answer.json["scope"] == "customer invoice"
    assert world.is_accepted(tokens["access_token"])


def test_a_warm_refresh_is_one_call_and_the_feed_is_read_once_in_five_seconds(world, app_a, monkeypatch):
    token = world.connect(app_a)["refresh_token"]
    with aws_calls() as calls:
        token = world.refresh(app_a, token).json["refresh_token"]
    assert calls == ["UpdateItem"]
    others_hear_of_it(monkeypatch)
    with aws_calls() as calls:
        for _ in range(3):
            token = world.refresh(app_a, token).json["refresh_token"]
    assert calls.count("UpdateItem") == 3
    assert 1 <= calls.count("Query") <= 2  # the hour may just have turned
    assert len(calls) <= 5


def test_the_ends_write_the_feed_in_the_transaction_that_makes_them_true(world, app_a):
    """Not one call more: the row is a part of the write that ends it."""
    colleague = new_person(company=world.customer.company)
    with aws_calls() as calls:
        accounts.remove_member(world.customer.ctx(), colleague.account.account_id)
    assert calls.count("TransactWriteItems") == 1
    assert accounts_repository.find_membership(colleague.account.account_id, world.customer.company.tenant_id) is None
    with aws_calls() as calls:
        integrations.delete_integration(world.developer.ctx(), app_a.integration.integration_id)
    assert calls.count("TransactWriteItems") == 1
