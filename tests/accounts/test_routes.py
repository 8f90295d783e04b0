"""The JSON API of people, sessions and companies."""

from __future__ import annotations

import pytest

from chalicelib.accounts.domain import PortalRole
from chalicelib.accounts.repository.tables import AccountItem, SessionItem, SignUpItem
from chalicelib.kit.request import read_request
from tests.client import Client
from tests.factories import SESSION_COOKIE, aws_calls, customer, developer, mails, told, whoami

SIGN_UP = {"email": "anna@example.se", "name": "Anna", "password": "correct horse battery"}


def told_in(answer):
    """The problem without the id of its request."""
    return {name: value for name, value in answer.json.items() if name != "instance"}


def test_the_story_of_a_registration(client):
    answer = client.post("/accounts", json={**SIGN_UP, "company_name": "Fjäll AB", "lang": "en"})
    assert (answer.status, answer.json) == (202, {"email": "anna@example.se", "status": "verification_sent"})
    answer = client.post("/accounts/verifications", json={"code": mails()[0].code})
    assert answer.status == 201
    assert set(answer.json) == {"account_id", "email", "name", "lang", "created_at"}
    answer = client.post("/sessions", json={"email": "anna@example.se", "password": "correct horse battery"})
    assert answer.status == 201
    assert answer.json["roles"] == ["administrator", "developer", "member", "owner", "user"]
    assert "session_token" not in answer.text
    me = client.get("/sessions/current")
    assert me.json == answer.json
    company = client.get("/companies/current").json
    assert (company["name"], company["licence"], company["number"]) == ("Fjäll AB", "none", me.json["number"])
    lines = client.get("/companies/current/preconditions").json
    assert [(line["key"], line["is_done"]) for line in lines] == [
        ("company", True), ("portal-permission", True), ("developer-licence", False),
    ]  # fmt: skip
    assert client.post("/companies/current/licence-request").json["licence_requested_at"]
    assert client.request("DELETE", "/sessions/current").status == 204
    assert SESSION_COOKIE not in client.cookies
    assert client.get("/sessions/current").status == 401


def test_OP_01_the_session_cookie_is_for_this_host_over_https_and_not_for_scripts(client):
    client.post("/accounts", json=SIGN_UP)
    client.post("/accounts/verifications", json={"code": mails()[0].code})
    (cookie,) = client.post("/sessions", json={k: SIGN_UP[k] for k in ("email", "password")}).cookies
    assert cookie.startswith("__Host-anslut_session=k1.")
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax", "Max-Age=1209600"} <= set(cookie.split("; "))
    assert len(cookie) < 200


def test_the_answer_to_a_sign_up_tells_nobody_who_has_an_account(client):
    known = whoami(customer(client)).account.email
    answers = [client.post("/accounts", json={**SIGN_UP, "email": email}) for email in (known, "new@example.se")]
    assert answers[0].status == answers[1].status == 202
    assert answers[0].text.replace(known, "") == answers[1].text.replace("new@example.se", "")


@pytest.mark.parametrize("changes", [
    {"email": "no address"}, {"email": "a@b.se\r\nBcc: c@d.se"}, {"email": 1}, {"email": None}, {"email": "x" * 255},
    {"name": ""}, {"name": "   "}, {"name": "a\u202eb"}, {"name": ["x"]}, {"name": "x" * 101},
    {"password": "short"}, {"password": True}, {"password": "anna@example.se"}, {"password": "y" * 2000},
    {"organization_number": "<script>"}, {"organization_number": 5566778899}, {"lang": "de"}, {"company_name": {}},
])  # fmt: skip
def test_IN_04_a_refused_field_is_named_and_nothing_is_stored(client, changes):
    answer = client.post("/accounts", json={**SIGN_UP, **changes})
    assert answer.status == 422
    assert [entry["pointer"] for entry in answer.json["errors"]] == [f"/{name}" for name in changes]
    assert (SignUpItem.count(), told()) == (0, [])


@pytest.mark.parametrize("extra", ["role", "is_verified", "tenant_id", "portal_role", "staff_role", "licence"])
def test_BO_13_nobody_signs_up_into_a_role(client, extra):
    answer = client.post("/accounts", json={**SIGN_UP, extra: "developer"})
    assert answer.status == 422
    assert f"/{extra}" in answer.text
    assert SignUpItem.count() == 0


@pytest.mark.parametrize("missing", ["email", "name", "password"])
def test_what_is_missing_is_named(client, missing):
    answer = client.post("/accounts", json={key: value for key, value in SIGN_UP.items() if key != missing})
    assert answer.status == 422
    assert [entry["pointer"] for entry in answer.json["errors"]] == [f"/{missing}"]


def test_codes_wrong_or_used_are_told_apart(client):
    answer = client.post("/accounts/verifications", json={"code": "k1-nothing"})
    assert (answer.status, answer.json["code"]) == (404, "code-invalid")
    client.post("/accounts", json=SIGN_UP)
    code = mails()[0].code
    assert client.post("/accounts/verifications", json={"code": code}).status == 201
    answer = client.post("/accounts/verifications", json={"code": code})
    assert (answer.status, answer.json["code"]) == (409, "code-used")
    assert AccountItem.count() == 1
    for bad in (None, 1, "", "x" * 300):
        assert client.post("/accounts/verifications", json={"code": bad}).status == 422


def test_AZ_60_a_hundred_wrong_passwords_then_the_right_one(client):
    client.post("/accounts", json=SIGN_UP)
    client.post("/accounts/verifications", json={"code": mails()[0].code})
    wrong = [
        client.post("/sessions", json={"email": SIGN_UP["email"], "password": "wrong password"}) for _ in range(12)
    ]
    nobody = [
        client.post("/sessions", json={"email": "nobody@example.se", "password": "wrong password"}) for _ in range(12)
    ]
    assert [answer.status for answer in wrong] == [401] * 10 + [429] * 2
    assert [told_in(answer) for answer in wrong] == [told_in(answer) for answer in nobody]
    right = client.post("/sessions", json={k: SIGN_UP[k] for k in ("email", "password")})
    assert right.status == 429
    assert 0 < int(right.headers["retry-after"]) <= 900
    assert right.cookies == []


def test_RL_07_a_forged_forwarding_header_is_no_other_address(client):
    for number in range(10):
        body = {"email": "a@example.se", "password": "wrong password"}
        client.post("/sessions", json=body, headers={"X-Forwarded-For": f"198.51.100.{number}"})
    for forged in ("198.51.100.99", "198.51.100.99, 203.0.113.1"):
        assert client.post("/sessions", json=body, headers={"X-Forwarded-For": forged}).status == 429


@pytest.mark.parametrize(("gateway", "forwarded", "viewer"), [
    ("192.0.2.1", "", "192.0.2.1"), ("192.0.2.1", "198.51.100.9", "192.0.2.1"),
    ("192.0.2.1", "203.0.113.7, 192.0.2.1", "203.0.113.7"), ("192.0.2.1", "198.51.100.9, 203.0.113.7, 192.0.2.1", "203.0.113.7"),
    ("192.0.2.1", "198.51.100.9, 203.0.113.7", "192.0.2.1"), ("", ",", ""),
])  # fmt: skip
def test_RL_07_the_viewers_address_is_the_one_our_own_front_wrote(gateway, forwarded, viewer):
    event = {"headers": {"X-Forwarded-For": forwarded}, "requestContext": {"identity": {"sourceIp": gateway}}}
    assert read_request(event).source_ip == viewer


@pytest.mark.parametrize(
    "body", [{}, {"email": "a@b.se"}, {"email": 1, "password": "x"}, {"email": "a", "password": "b", "x": 1}]
)
def test_a_sign_in_that_is_not_one_is_refused(client, body):
    assert client.post("/sessions", json=body).status == 422


def test_changing_company_over_json_needs_one_of_your_own(client):
    anna, bo = developer(client), developer(client)
    foreign = whoami(bo).company.tenant_id
    random = anna.request("PUT", "/sessions/current/company", json={"tenant_id": "ten_none"})
    theirs = anna.request("PUT", "/sessions/current/company", json={"tenant_id": foreign})
    assert told_in(random) == told_in(theirs)
    assert random.status == 404
    own = anna.request("PUT", "/sessions/current/company", json={"tenant_id": whoami(anna).company.tenant_id})
    assert own.status == 200
    assert anna.get("/sessions/current").status == 200
    assert anna.request("PUT", "/sessions/current/company", json={"tenant_id": foreign, "role": "x"}).status == 422


@pytest.mark.parametrize(("method", "path"), [
    ("GET", "/sessions/current"), ("PUT", "/sessions/current/company"), ("GET", "/companies/current"),
    ("GET", "/companies/current/preconditions"), ("POST", "/companies/current/licence-request"),
])  # fmt: skip
def test_without_a_session_nothing_is_told(client, method, path):
    answer = client.request(method, path, json={} if method == "PUT" else None)
    assert answer.status == 401
    client.cookies[SESSION_COOKIE] = "k1." + "a" * 50
    assert client.request(method, path, json={} if method == "PUT" else None).status == 401


def test_a_token_in_the_authorization_header_is_no_session(client):
    anna = developer(client)
    assert anna.get("/sessions/current", headers={"Authorization": "Bearer nonsense"}).status in {400, 401}


def test_only_an_administrator_or_owner_asks_for_a_licence(client):
    viewer = developer(client, licence=False, portal_role=PortalRole.VIEWER, is_administrator=False)
    assert viewer.post("/companies/current/licence-request").status == 403
    assert customer(client).post("/companies/current/licence-request").status == 200
    again = developer(client)
    answer = again.post("/companies/current/licence-request")
    assert (answer.status, answer.json["code"]) == (409, "licence-state")


def test_who_am_i_costs_two_reads(client):
    anna = developer(client)
    with aws_calls() as calls:
        anna.get("/companies/current")
    assert calls == ["GetItem", "GetItem"]


def test_OP_03_another_site_cannot_sign_a_person_out_or_in(client):
    anna = developer(client)
    evil = {"Origin": "https://evil.example"}
    assert anna.request("DELETE", "/sessions/current", headers=evil).status == 403
    assert anna.post("/sessions", json={"email": "a@b.se", "password": "x"}, headers=evil).status == 403
    assert anna.post("/sessions", body="{}", headers={"Content-Type": "text/plain"}).status == 415
    assert SessionItem.count() == 1


def test_FA_25_two_people_in_one_process_are_never_mixed_up(client):
    people = [developer(client) for _ in range(3)]
    for _ in range(3):
        for person in people:
            assert person.get("/sessions/current").json["account_id"] == whoami(person).account.account_id
    assert Client(client.app).get("/sessions/current").status == 401
