"""The overview says what needs a person, in the order in which it hurts, and costs four calls at most."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import ClientSecret, IntegrationStatus
from chalicelib.overview.domain import NeedKind, list_needs
from chalicelib.publication.domain import PublicationStatus, new_publication
from tests import factories

NOW = datetime(2026, 11, 22, tzinfo=UTC)
EN = {"Accept-Language": "en"}


@pytest.fixture
def built(client):
    developer = factories.developer(client)
    made = developer.post("/integrations", json={"name": "Kvitto", "scopes": ["companyinformation"]}).json
    return developer, made


def the_integration(built):
    developer, made = built
    return integrations.get_integration(factories.whoami(developer).ctx(), made["integration_id"])


def test_a_new_developer_is_shown_the_first_steps(client):
    page = factories.developer(client).get("/portal", headers=EN)
    assert page.status == 200
    assert "First steps" in page.text
    assert "All is well" in page.text
    assert page.text.count('class="is-ok"') == 1, "the licence is there"


def test_who_may_not_build_yet_is_told_where_to_look(client):
    page = factories.developer(client, licence=False).get("/portal", headers=EN)
    assert "It needs a developer licence" in page.text
    assert '/portal/integrations/new" class' not in page.text
    assert "Create integration" not in page.text


def test_a_customer_has_no_overview(client):
    assert factories.customer(client).get("/portal").status == 403


def test_the_overview_costs_four_calls_beside_the_session(built):
    developer, _ = built
    developer.get("/portal")
    with factories.aws_calls() as calls:
        assert "Kvitto" in developer.get("/portal").text
    assert len(calls) <= 5, calls


def test_what_stops_customers_comes_first(built):
    one = the_integration(built)
    secret = ClientSecret("sec_1", "hash", "abcd", NOW)
    dying = replace(
        one,
        status=IntegrationStatus.SUSPENDED,
        secrets=(
            replace(secret, expires_at=NOW + timedelta(days=3)),
            replace(secret, expires_at=NOW - timedelta(days=1)),
            replace(secret, expires_at=NOW + timedelta(days=60)),
            secret,
        ),
    )
    waiting = replace(new_publication_of(one), status=PublicationStatus.CHANGES_REQUESTED)
    needs = list_needs([dying], {one.integration_id: waiting}, [], NOW)
    assert [need.kind for need in needs] == [
        NeedKind.SUSPENDED,
        NeedKind.EXPIRED,
        NeedKind.EXPIRES,
        NeedKind.CHANGES_REQUESTED,
    ]
    assert list_needs([one], {}, [], NOW) == []


def new_publication_of(one):
    return new_publication(one.tenant_id, one.integration_id, one.name, "Nordkod AB", NOW)


def test_the_palette_finds_pages_and_own_things_by_every_word(built):
    developer, made = built
    everything = developer.get("/palette", headers=EN).text
    assert f"/portal/integrations/{made['integration_id']}" in everything
    found = developer.get("/palette/part?q=kvit", headers=EN).text
    assert "Kvitto" in found
    assert "Statistics" not in found
    assert "<html" not in found
    assert "Kvitto" in developer.get(f"/palette/part?q={made['client_id']}", headers=EN).text
    assert "Nothing has that name" in developer.get("/palette?q=zzz", headers=EN).text


def test_the_palette_shows_a_name_as_text_and_nobody_elses(built, client):
    developer, made = built
    etag = {"If-Match": f'"{made["version"]}"'}
    developer.request(
        "PATCH", f"/integrations/{made['integration_id']}", json={"name": "<script>x</script>"}, headers=etag
    )
    found = developer.get("/palette/part").text
    assert "&lt;script&gt;" in found
    assert "<script>" not in found
    assert "script" not in factories.developer(client).get("/palette/part").text
    assert factories.customer(client).get("/palette/part", headers=EN).text.count("<li>") >= 3


def test_the_palette_costs_two_calls_beside_the_session(built):
    developer, _ = built
    developer.get("/palette/part")
    with factories.aws_calls() as calls:
        developer.get("/palette/part")
    assert len(calls) <= 3, calls
