"""One's own browsers and memberships: seen, ended one by one, left."""

from __future__ import annotations

import re

import pytest

from chalicelib.accounts import repository, service
from chalicelib.accounts.domain import Company, CompanyKind, Membership, PortalRole
from chalicelib.kit import store
from chalicelib.kit.context import new_context
from chalicelib.kit.devices import describe_device, rough_network
from tests.client import Client
from tests.factories import customer, developer, new_person, sign_in, told, whoami

HTML = {"Accept": "text/html", "Accept-Language": "en"}
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"


@pytest.mark.parametrize(
    ("header", "words"),
    [(FIREFOX, "Firefox, Windows"), (EDGE, "Edge, Windows"), (PHONE, "Safari, iPhone"), ("curl/8.5.0", "curl"), ("", ""), ("\x00<script>", "")],
)  # fmt: skip
def test_a_browser_is_named_in_words_people_use(header, words):
    assert describe_device(header) == words


def test_a_network_is_told_roughly():
    assert [rough_network(one) for one in ("192.0.2.77", "2001:db8:1:2::3", "", "nonsense")] == [
        "192.0.2.0",
        "2001:db8:1::",
        "",
        "",
    ]


def another_browser(client: Client, agent: str) -> Client:
    """The same person signs in on another machine."""
    person = whoami(client)
    ctx = new_context(source_ip="198.51.100.7", device=describe_device(agent))
    browser = Client(client.app)
    browser.cookies["__Host-anslut_session"] = service.start_session(ctx, person.account.account_id).session_token
    return browser


def test_each_browser_is_seen_with_when_and_from_where_and_ended_alone(client, app):
    here = customer(app)
    phone, office = another_browser(here, PHONE), another_browser(here, FIREFOX)
    page = here.get("/account/security", headers=HTML).text
    for words in (
        "Safari, iPhone",
        "Firefox, Windows",
        "Unknown browser",
        "from the network 198.51.100.0",
        "This browser",
    ):
        assert words in page
    listed = {one["device"]: one for one in here.get("/sessions").json}
    assert here.request("DELETE", f"/sessions/{listed['Safari, iPhone']['session_id']}").status == 204
    assert (phone.get("/sessions/current").status, office.get("/sessions/current").status) == (401, 200)
    assert here.request("DELETE", f"/sessions/{listed['Safari, iPhone']['session_id']}").status == 404
    left = re.findall(r'name="session_id" value="([^"]+)"', here.get("/account/security", headers=HTML).text)
    assert left == [listed["Firefox, Windows"]["session_id"]], "this one is ended by signing out"
    assert here.submit("/account/security", "/account/security/sessions/end", session_id=left[0]).status == 303
    assert office.get("/sessions/current").status == 401
    assert here.get("/sessions/current").status == 200


def test_nobody_ends_the_session_of_somebody_else(client, app):
    anna, berit = customer(app), customer(app)
    (hers,) = berit.get("/sessions").json
    assert anna.request("DELETE", f"/sessions/{hers['session_id']}").status == 404
    assert berit.get("/sessions/current").status == 200


def test_a_new_company_in_the_same_browser_is_the_same_browser(client, app):
    here = customer(app)
    session = repository.list_sessions(whoami(here).account.account_id)[0]
    other = new_person().company
    with store.transaction() as tx:
        repository.put_membership(tx, Membership(
            account_id=session.account_id, tenant_id=other.tenant_id, created_at=session.created_at))  # fmt: skip
    away = another_browser(here, PHONE)
    assert away.request("PUT", "/sessions/current/company", json={"tenant_id": other.tenant_id}).status == 200
    devices = {one["company"]: one["device"] for one in away.get("/sessions").json}
    assert devices[other.name] == "Safari, iPhone"


def test_somebody_leaves_a_company_by_themselves_and_goes_on_in_another(client, app):
    boss = developer(app)
    company = whoami(boss).company
    guest = developer(app)
    person, own = whoami(guest).account, whoami(guest).company
    with store.transaction() as tx:
        repository.put_membership(tx, Membership(
            account_id=person.account_id, tenant_id=company.tenant_id, portal_role=PortalRole.VIEWER, created_at=person.created_at))  # fmt: skip
    assert guest.request("PUT", "/sessions/current/company", json={"tenant_id": company.tenant_id}).status == 200
    page = guest.get("/account/leave", headers=HTML).text
    assert company.name in page
    assert guest.submit("/account/leave").headers["location"] == "/account"
    assert guest.get("/sessions/current").json["tenant_id"] == own.tenant_id
    assert [one["email"] for one in boss.get("/companies/current/members").json] == [whoami(boss).account.email]
    (event,) = told("member.removed")
    assert (event.actor, event.data["has_left"]) == (person.account_id, True)


def test_the_last_administrator_or_owner_stays(client, app):
    alone = developer(app)
    answer = alone.submit("/account/leave")
    assert answer.status == 409
    assert "is-bad" in answer.text
    assert alone.get("/sessions/current").status == 200


def test_who_leaves_their_only_company_is_signed_out(client, app):
    boss = developer(app)
    helper = sign_in(
        app, new_person(company=whoami(boss).company, is_administrator=False, portal_role=PortalRole.DEVELOPER)
    )
    assert helper.submit("/account/leave").headers["location"] == "/sign-in"
    assert helper.get("/sessions/current").status == 401


def test_a_test_company_is_not_left(client, app):
    company = Company(
        tenant_id="sbx_ten_leave", number=7654321, name="Test", kind=CompanyKind.SANDBOX, created_at=new_context().now
    )
    inside = sign_in(app, new_person(company=company))
    assert inside.submit("/account/leave").status == 403
