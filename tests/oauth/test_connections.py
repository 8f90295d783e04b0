"""Connections of a developer's integration: the list, the timeline, and the warning a week before one dies of rest."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.accounts.domain import PortalRole
from chalicelib.activations.domain import ConsentKind
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.outbox import OutboxItem, parse_event
from chalicelib.kit.pagination import PageQuery
from chalicelib.oauth.connections import service
from chalicelib.oauth.connections.domain import ConnectionState, Happening
from chalicelib.oauth.connections.expiring import end_rested
from chalicelib.oauth.refresh_tokens import parse_refresh_token
from chalicelib.oauth.repository import families as repository
from tests.factories import aws_calls, mails, new_person, sign_in
from tests.oauth.conftest import World


@pytest.fixture
def world(world: World) -> World:
    world.developer = new_person(licence=True, portal_role=PortalRole.OWNER)
    return world


def listed(world, app, **query):
    ctx = world.developer.ctx(now=world.clock.ctx().now)
    return service.list_connections(ctx, app.integration.integration_id, PageQuery(), **query).items


def timeline(world, app, refresh_token):
    family_id = parse_refresh_token(refresh_token).family_id
    ctx = world.developer.ctx(now=world.clock.ctx().now)
    return service.get_timeline(ctx, app.integration.integration_id, family_id)


def happened(found) -> list[Happening]:
    return [entry.happening for entry in found.entries]


def test_why_did_my_token_die(world, app_a):
    live = world.connect(app_a)["refresh_token"]
    assert happened(timeline(world, app_a, live)) == [Happening.ISSUED]
    successor = world.refresh(app_a, live).json["refresh_token"]
    last = world.refresh(app_a, successor).json["refresh_token"]
    found = timeline(world, app_a, last)
    assert (found.state, found.entries[-1].times) == (ConnectionState.LIVE, 2)
    world.refresh(app_a, live)
    assert happened(timeline(world, app_a, last))[-1] is Happening.REFRESH_TOKEN_REUSED
    revoked = world.connect(app_a)["refresh_token"]
    world.revoke(app_a, revoked)
    assert happened(timeline(world, app_a, revoked)) == [Happening.ISSUED, Happening.REVOKED_BY_CLIENT]
    ended = world.connect(app_a)["refresh_token"]
    world.end_activation(app_a)
    assert happened(timeline(world, app_a, ended))[-1] is Happening.ACTIVATION_ENDED
    unused = world.connect(app_a)["refresh_token"]
    world.clock.forward(days=39)
    assert timeline(world, app_a, unused).state is ConnectionState.RESTING
    world.clock.forward(days=7)
    found = timeline(world, app_a, unused)
    assert (happened(found)[-1], found.state) == (Happening.EXPIRED_UNUSED, ConnectionState.ENDED)


def test_the_list_is_by_day_of_rest_and_a_refresh_moves_a_row(world, app_a):
    older, newer = world.connect(app_a)["refresh_token"], world.connect(app_a)["refresh_token"]
    world.clock.forward(days=40)
    assert len(listed(world, app_a, only_resting=True)) == 2
    world.refresh(app_a, newer)
    (resting,) = listed(world, app_a, only_resting=True)
    assert resting.family_id == parse_refresh_token(older).family_id
    assert resting.dies_on == resting.rested_on + timedelta(days=45)
    assert listed(world, app_a)[0].family_id == parse_refresh_token(newer).family_id
    world.clock.forward(days=6)
    assert listed(world, app_a, only_resting=True) == []  # dead: nothing to save any more


def test_another_developers_connection_is_not_there(world, app_a):
    tokens = world.connect(app_a)
    stranger = new_person(licence=True, portal_role=PortalRole.OWNER).ctx()
    family_id = parse_refresh_token(tokens["refresh_token"]).family_id
    with pytest.raises(NotFoundError):
        service.get_timeline(stranger, app_a.integration.integration_id, family_id)
    other = world.register()
    for wrong in (family_id, "fam_0000000000", "x" * 3000):
        with pytest.raises(NotFoundError):
            service.get_timeline(world.developer.ctx(), other.integration.integration_id, wrong)


def test_the_digest_is_sent_once_for_each_day_of_rest(world, app_a):
    world.connect(app_a)
    email = world.developer.account.email
    before = len(mails(email))
    world.clock.forward(days=37)
    service.warn_of_resting(world.clock.ctx())
    assert len(mails(email)) == before
    world.clock.forward(days=1)
    for _ in range(2):
        service.warn_of_resting(world.clock.ctx())
    world.clock.forward(days=1)
    service.warn_of_resting(world.clock.ctx())
    sent = mails(email)[before:]
    assert len(sent) == 1
    assert app_a.integration.name in sent[0].subject
    assert str(world.customer.company.number) in sent[0].text


def test_a_day_that_was_missed_is_told_later_and_ended_ones_are_not(world, app_a):
    world.connect(app_a)
    revoked = world.connect(app_a)["refresh_token"]
    world.revoke(app_a, revoked)
    email = world.developer.account.email
    before = len(mails(email))
    world.clock.forward(days=41)
    service.warn_of_resting(world.clock.ctx())
    (mail,) = mails(email)[before:]
    assert "one connection" in mail.subject


def test_pages_and_api_show_it_with_two_calls_beside_the_session(world, app_a):
    tokens = world.connect(app_a)
    world.refresh(app_a, "nonsense")
    family_id = parse_refresh_token(tokens["refresh_token"]).family_id
    browser = sign_in(world.http, world.developer)
    browser.headers["Accept-Language"] = "en"
    home = app_a.integration.integration_id
    for place in ("connections", "connections?soon=1", f"connections/{family_id}", "attempts"):
        path = f"{home}/{place}"
        with aws_calls() as calls:
            page = browser.get(f"/portal/integrations/{path}")
        assert (page.status, len(calls) <= 4) == (200, True), (path, calls)  # session, logo, and two
        answer = browser.get(f"/integrations/{path}")
        assert answer.status == 200, answer.text
    assert browser.get(f"/integrations/{home}/connections").json["items"][0]["family_id"] == family_id
    assert browser.get(f"/integrations/{home}/connections/{family_id}").json["entries"][0]["happening"] == "issued"
    assert browser.get(f"/integrations/{home}/attempts").json["items"][0]["cause"] == "connection_ended"
    assert browser.get(f"/integrations/{home}/connections?soon=maybe").status in {400, 422}


def expired(world) -> list[dict]:
    """What was told of the customer's dead connections."""
    told = [parse_event(item.body) for item in OutboxItem.scan() if item.event_type == "connection.expired"]
    return [event.data for event in told if event.data["tenant_id"] == world.customer.company.tenant_id]


def test_a_company_whose_last_connection_died_unused_is_told_of_once(world, app_a):
    """Statistics count it; the activation stands, and connecting anew asks for nothing else."""
    unused = world.connect(app_a)["refresh_token"]
    world.clock.forward(days=45)
    end_rested(world.clock.ctx())
    assert (expired(world), world.refresh(app_a, unused).status) == ([], 400)  # its last day: nothing is written yet
    world.clock.forward(days=1, hours=1)
    for _ in range(2):
        end_rested(world.clock.ctx())
    (told,) = expired(world)
    assert (told["integration_id"], told["owner_tenant_id"]) == (
        app_a.integration.integration_id, app_a.integration.tenant_id)  # fmt: skip
    found = timeline(world, app_a, unused)
    assert (happened(found)[-1], found.entries[-1].at) == (
        Happening.EXPIRED_UNUSED, found.entries[0].at + timedelta(days=45))  # fmt: skip
    again = world.connect(app_a)["refresh_token"]
    world.clock.forward(days=50)
    end_rested(world.clock.ctx())
    assert (len(expired(world)), timeline(world, app_a, again).state) == (2, ConnectionState.ENDED)


def test_a_company_that_is_still_reached_another_way_has_not_fallen_out(world, app_a, app_b):
    world.connect(app_a)
    world.clock.forward(days=20)
    used = world.connect(app_a)["refresh_token"]
    world.consent(app_b, kind=ConsentKind.SERVICE)  # client credentials need no connection
    code, _ = world.consent(app_b)
    world.exchange(app_b, code)
    world.clock.forward(days=27)
    end_rested(world.clock.ctx())
    assert expired(world) == []
    world.clock.forward(days=20)
    end_rested(world.clock.ctx())
    assert [told["client_id"] for told in expired(world)] == [app_a.client_id]
    assert timeline(world, app_a, used).state is ConnectionState.ENDED


def test_two_that_died_together_and_two_nightly_runs_tell_of_it_once(world, app_a, monkeypatch):
    world.connect(app_a)
    world.connect(app_a)
    world.clock.forward(days=47)
    families_of = repository.list_families

    def overtaken(ids):
        """Another run does all of it between this one's reading and writing."""
        found = families_of(ids)
        monkeypatch.setattr(repository, "list_families", families_of)
        end_rested(world.clock.ctx())
        return found

    monkeypatch.setattr(repository, "list_families", overtaken)
    end_rested(world.clock.ctx())
    assert len(expired(world)) == 1
