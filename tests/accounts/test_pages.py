"""Pages of people, as a browser meets them."""

from __future__ import annotations

import re

import pytest

from chalicelib.accounts import service
from chalicelib.accounts.domain import Company, CompanyKind, PortalRole
from chalicelib.accounts.repository.tables import AccountItem, SessionItem, SignUpItem
from tests.client import Client
from tests.factories import SESSION_COOKIE, customer, developer, mails, operator, whoami

PASSWORD = "correct horse battery"
SIGN_UP = {
    "email": "Anna@Example.se",
    "name": "Anna",
    "password": PASSWORD,
    "company_name": "",
    "organization_number": "",
    "next": "/",
}
HTML = {"Accept": "text/html"}


def register(browser, **changes):
    assert browser.submit("/sign-up", **{**SIGN_UP, **changes}).status == 200
    assert browser.submit(mails()[-1].link, "/verify", code=mails()[-1].code).status == 303


def sign_in(browser, password=PASSWORD, next_path="/"):
    return browser.submit("/sign-in", email="anna@example.se", password=password, next=next_path)


def test_a_visitor_sees_what_this_is_and_the_ways_in(client):
    page = client.get("/", headers={"Accept-Language": "en"})
    assert page.status == 200
    assert all(f'href="{path}"' in page.text for path in ("/marketplace", "/sign-in", "/sign-up"))


def test_the_story_of_a_registration(client):
    page = client.submit("/sign-up", **SIGN_UP)
    assert "anna@example.se" in page.text
    mail = mails("anna@example.se")[0]
    assert mail.subject == "Bekräfta din e-postadress"
    for _ in range(2):
        page = client.get(mail.link)
        assert page.status == 200
    assert AccountItem.count() == 0, "a program that opens the link uses nothing up"
    answer = client.submit(mail.link, "/verify", code=mail.code)
    assert (answer.status, answer.headers["location"]) == (303, "/sign-in")
    assert "Din adress är bekräftad" in client.get("/sign-in").text
    answer = sign_in(client)
    assert (answer.status, answer.headers["location"]) == (303, "/")
    answer = client.get("/")
    assert answer.headers["location"] == "/portal"
    assert "Se vad som saknas" in client.get("/portal").text, "the licence is still missing"
    page = client.get("/account")
    assert "Be om en licens" in page.text
    answer = client.submit("/account", "/account/licence-request")
    assert answer.status == 303
    assert "Be om en licens" not in client.get("/account").text
    answer = client.submit("/account", "/sign-out")
    assert answer.headers["location"] == "/"
    assert SessionItem.count() == 0
    assert client.get("/account").headers["location"] == "/sign-in?next=%2Faccount"


def test_who_came_for_something_gets_there_after_registering(client):
    wanted = "/oauth-v1/auth?client_id=abc&scope=a%20b&state=x%3D1"
    page = client.get("/sign-in?next=/oauth-v1/auth%3Fclient_id%3Dabc%26scope%3Da%2520b%26state%3Dx%253D1")
    assert 'value="/oauth-v1/auth?client_id=abc&amp;scope=a%20b&amp;state=x%3D1"' in page.text
    client.submit("/sign-up", **{**SIGN_UP, "next": wanted})
    answer = client.submit(mails()[0].link, "/verify", code=mails()[0].code)
    page = client.get(answer.headers["location"])
    assert "client_id=abc&amp;scope=a%20b" in page.text
    assert sign_in(client, next_path=wanted).headers["location"] == wanted


@pytest.mark.parametrize(
    "evil", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nX: y", ""]
)
def test_next_never_leads_to_another_site(client, evil):
    register(client)
    assert sign_in(client, next_path=evil).headers["location"] == "/"


def test_a_wrong_password_shows_the_form_again_without_it(client):
    register(client)
    page = sign_in(client, "wrong horse battery", "/account")
    assert page.status == 401
    assert "fel" in page.text
    assert 'value="anna@example.se"' in page.text
    assert "wrong horse" not in page.text
    assert 'name="next" value="/account"' in page.text


def test_AZ_60_the_form_throttles_and_says_when_to_come_back(client):
    for _ in range(10):
        assert sign_in(client, "wrong horse battery").status == 401
    page = sign_in(client)
    assert page.status == 429
    assert int(page.headers["retry-after"]) <= 900
    assert "För många försök" in page.text


@pytest.mark.parametrize(("changes", "field"), [
    ({"email": "no address"}, "email"), ({"name": ""}, "name"), ({"password": "short"}, "password"),
    ({"organization_number": "<b>"}, "organization_number"), ({"name": "a\u202eb"}, "name"),
])  # fmt: skip
def test_a_refused_sign_up_shows_the_form_with_what_was_typed(client, changes, field):
    page = client.submit("/sign-up", **{**SIGN_UP, "company_name": "Fjäll <AB>", **changes})
    assert page.status == 422
    assert f'id="{field}-error"' in page.text
    assert "Fjäll &lt;AB&gt;" in page.text
    assert PASSWORD not in page.text
    assert SignUpItem.count() == 0


@pytest.mark.parametrize(("page", "action", "fields"), [
    ("/sign-up", "/sign-up", SIGN_UP), ("/sign-in", "/sign-in", {"email": "a@b.se", "password": PASSWORD}),
    ("/sign-in", "/verify", {"code": "x"}),
])  # fmt: skip
def test_AZ_43_a_form_without_its_token_or_with_another_browsers_is_refused(client, page, action, fields):
    assert client.post(action, form=fields, headers=HTML).status == 403
    client.get(page)
    assert client.post(action, form=fields, headers=HTML).status == 403
    token = Client(client.app).get(page).form_token
    answer = client.post(action, form={**fields, "form_token": token}, headers=HTML)
    assert answer.status == 403
    assert SignUpItem.count() == SessionItem.count() == 0


def test_a_token_from_before_sign_in_or_of_another_session_no_longer_counts(client):
    before = client.get("/sign-in").form_token
    register(client)
    sign_in(client)
    assert client.post("/account/licence-request", form={"form_token": before}, headers=HTML).status == 403
    other = developer(client, licence=False)
    token = other.get("/account").form_token
    assert client.post("/account/licence-request", form={"form_token": token}, headers=HTML).status == 403
    assert client.submit("/account", "/account/licence-request").status == 303


def test_a_session_stolen_by_its_row_key_opens_nothing(client):
    anna = developer(client)
    thief = Client(client.app)
    thief.cookies[SESSION_COOKIE] = whoami(anna).actor.session_id
    assert thief.get("/account").status == 303


def test_a_link_used_twice_says_sign_in_and_a_wrong_one_what_to_do(client):
    register(client)
    answer = client.get(mails()[0].link)
    assert (answer.status, answer.headers["location"]) == (303, "/sign-in")
    page = client.get("/verify?code=nothing", headers=HTML)
    assert page.status == 404
    assert "Länken gäller inte" in page.text
    assert client.get("/verify", headers=HTML).status == 404


def test_pages_where_one_is_signed_in_already_lead_on(client):
    anna = developer(client)
    assert anna.get("/sign-in?next=/account").headers["location"] == "/account"
    assert anna.get("/sign-up").headers["location"] == "/"


@pytest.mark.parametrize(("who", "where"), [
    (developer, "/portal"),
    (lambda app: developer(app, licence=False), "/portal"),
    (lambda app: developer(app, portal_role=PortalRole.VIEWER), "/portal"),
    (customer, "/my-integrations"),
    (operator, "/operator"),
])  # fmt: skip
def test_the_start_page_leads_everybody_to_their_work(client, who, where):
    assert who(client).get("/").headers["location"] == where


def test_the_account_page_says_what_is_missing_and_who_must_act(client):
    user = customer(client, is_administrator=False)
    page = user.get("/account", headers={"Accept-Language": "en"}).text
    assert "An administrator of your company gives you this." in page
    assert "Ask for a licence" not in page
    suspended = developer(client)
    service.suspend_licence(whoami(suspended).ctx(), whoami(suspended).company.tenant_id, "Reason <given>")
    page = suspended.get("/account", headers={"Accept-Language": "en"}).text
    assert "Reason &lt;given&gt;" in page


def test_changing_company_leads_to_the_start_page_and_old_forms_are_dead(client):
    anna = developer(client)
    person = whoami(anna)
    sandbox = Company(
        tenant_id="ten_s", number=0, name="Test & Co", kind=CompanyKind.SANDBOX, created_at=person.ctx().now,
        home_tenant_id=person.company.tenant_id,
    )  # fmt: skip
    service.add_company(person.ctx(), sandbox, person.account.account_id)
    old = anna.get("/account").form_token
    answer = anna.submit("/account", "/session/company", tenant_id="ten_s", next="/portal/integrations/int_1")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    page = anna.get("/account")
    assert "Test &amp; Co" in page.text
    assert "Sandlåda" in page.text
    assert anna.post("/sign-out", form={"form_token": old}, headers=HTML).status == 403
    assert anna.submit("/account", "/session/company", tenant_id="ten_other").status == 404


@pytest.mark.parametrize(("form", "cookie"), [
    ({"lang": "en"}, "lang=en"), ({"lang": "sv"}, "lang=sv"), ({"theme": "dark"}, "theme=dark"),
    ({"theme": "<x>"}, None), ({"lang": "de"}, None), ({}, None), ({"x": "y"}, None),
])  # fmt: skip
def test_preferences_are_cookies_with_known_values_only(client, form, cookie):
    answer = client.post("/preferences", form={**form, "next": "/sign-in"})
    assert (answer.status, answer.headers["location"]) == (303, "/sign-in")
    assert [value.partition(";")[0] for value in answer.cookies] == ([cookie] if cookie else [])
    assert client.post("/preferences", form={"next": "//evil"}).headers["location"] == "/"


def test_AZ_42_sign_in_and_sign_up_tell_no_other_site_and_are_not_framed(client):
    for path in ("/sign-in", "/sign-up"):
        headers = client.get(path).headers
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_every_page_exists_in_both_languages(client):
    anna = developer(client, licence=False)
    for path in ("/", "/sign-in", "/sign-up"):
        assert re.search('<html lang="en"', client.get(path, headers={"Accept-Language": "en"}).text)
        assert re.search('<html lang="sv"', client.get(path).text)
    assert "Account and company" in anna.get("/account", headers={"Accept-Language": "en"}).text


def test_a_sign_out_without_a_session_leads_home(client):
    assert client.post("/sign-out", form={}, headers=HTML).headers["location"] == "/"
    assert client.get("/sign-out").status == 405
