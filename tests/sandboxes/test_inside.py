"""What a developer finds inside a sandbox: connection details that work, people to be, and the way back."""

from __future__ import annotations

import base64

import pytest

from chalicelib.accounts import service as accounts
from chalicelib.kit.context import new_context
from chalicelib.oauth.service import rotate_signing_keys
from chalicelib.sandboxes import service
from tests.client import Client
from tests.factories import developer, whoami
from tests.sandboxes.test_pages import HOME, in_english, page


@pytest.fixture
def anna(client):
    rotate_signing_keys(new_context())
    return in_english(developer(client))


@pytest.fixture
def made(anna, queue):
    sandbox_id = anna.post("/sandboxes", json={"name": "Acceptance tests"}).json["sandbox_id"]
    queue.drain()
    return anna.get(f"/sandboxes/{sandbox_id}").json


def token_of(anna, connection, number=None):
    basic = base64.b64encode(f"{connection['client_id']}:{connection['client_secret']}".encode()).decode()
    return Client(anna.app).post(
        "/oauth-v1/token",
        form={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {basic}", "TenantId": str(number or connection["tenant_number"])},
    )


def connect(anna, made):
    answer = anna.post(f"/sandboxes/{made['sandbox_id']}/connections")
    assert answer.status == 201
    return answer.json


def test_D2_the_first_call_takes_two_commands(anna, made):
    connection = connect(anna, made)
    token = token_of(anna, connection).json["access_token"]
    answer = Client(anna.app).get("/3/companyinformation", headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 200
    assert answer.json["CompanyInformation"]["DatabaseNumber"] == made["company_number"]
    assert len(connection["commands"]) == 2
    assert connection["environment"]["ANSLUT_TENANT_ID"] == str(made["company_number"])


def test_the_secret_before_stays_valid_and_the_one_before_that_stops(anna, made):
    first, second, third = (connect(anna, made) for _ in range(3))
    assert [token_of(anna, one).status for one in (third, second, first)] == [200, 200, 401]


def test_sandbox_credentials_open_no_other_company(anna, made, queue):
    connection = connect(anna, made)
    other = anna.post("/sandboxes", json={"name": "Other"}).json["sandbox_id"]
    queue.drain()
    for number in (anna.get(f"/sandboxes/{other}").json["company_number"], whoami(anna).company.number):
        answer = token_of(anna, connection, number)
        assert (answer.status, answer.json["error"]) == (400, "unauthorized_client")


def test_a_sandbox_under_way_has_no_connection(anna):
    sandbox_id = anna.post("/sandboxes", json={"name": "New"}).json["sandbox_id"]
    answer = anna.post(f"/sandboxes/{sandbox_id}/connections")
    assert (answer.status, answer.json["code"]) == (409, "sandbox-not-ready")


def test_the_page_shows_the_secret_once(anna, made):
    path = f"{HOME}/{made['sandbox_id']}"
    shown = anna.submit(path, path + "/connection")
    assert shown.status == 200
    assert "Copy it now" in shown.text
    assert "/3/companyinformation" in shown.text
    assert "Copy it now" not in page(anna, path).text


def test_name_and_notes_change_and_the_company_is_called_so_too(anna, made):
    sandbox = anna.request(
        "PATCH", f"/sandboxes/{made['sandbox_id']}", json={"name": "Nightly", "notes": "For CI"}
    ).json
    assert (sandbox["name"], sandbox["notes"]) == ("Nightly", "For CI")
    assert accounts.get_company(made["company_tenant_id"]).name == "Nightly"
    path = f"{HOME}/{made['sandbox_id']}"
    assert anna.submit(path, path + "/settings", name="Weekly", notes="").status == 303
    assert (anna.get(f"/sandboxes/{made['sandbox_id']}").json["name"], "Weekly" in page(anna, path).text) == (
        "Weekly",
        True,
    )
    refused = anna.submit(path, path + "/settings", name="x" * 61, notes="kept")
    assert refused.status == 422
    assert "kept" in refused.text


def test_the_creator_opens_the_company_in_one_click_and_comes_back(anna, made):
    assert anna.submit(HOME, f"{HOME}/{made['sandbox_id']}/open").status == 303
    inside = anna.get("/my-integrations", headers={"Accept": "text/html"})
    assert "is a test company" in inside.text
    assert "Sandbox" in inside.text
    assert anna.submit("/my-integrations", HOME + "/leave").status == 303
    assert anna.get(f"/sandboxes/{made['sandbox_id']}").status == 200


def test_a_person_of_the_sandbox_has_only_rights_there_and_the_way_back_is_kept(anna, made):
    before = anna.cookies["__Host-anslut_session"]
    assert anna.submit(HOME, f"{HOME}/{made['sandbox_id']}/open", person="user").status == 303
    assert anna.cookies["__Host-anslut_session"] != before
    inside = anna.get("/my-integrations", headers={"Accept": "text/html"}).text
    assert "Ulla Användare" in inside
    assert anna.get("/sandboxes").status == 403
    assert anna.get("/account/team", headers={"Accept": "text/html"}).status == 403
    assert anna.submit("/my-integrations", HOME + "/leave").status == 303
    assert anna.cookies["__Host-anslut_session"] == before
    assert anna.get("/sandboxes").status == 200


def test_a_colleague_opens_it_as_its_administrator(anna, made):
    colleague = in_english(developer(anna, company=whoami(anna).company))
    assert colleague.submit(HOME, f"{HOME}/{made['sandbox_id']}/open").status == 303
    assert "Astrid" in colleague.get("/account/team", headers={"Accept": "text/html"}).text


def test_nobody_is_opened_as_a_person_who_is_not_there(anna, made):
    assert anna.submit(HOME, f"{HOME}/{made['sandbox_id']}/open", person="nobody").status == 404
    stranger = in_english(developer(anna))
    assert stranger.submit(HOME, f"{HOME}/{made['sandbox_id']}/open").status == 404


def test_a_sample_that_was_deleted_is_not_offered(anna, made):
    sandbox = service.get_sandbox(whoami(anna).ctx(), made["sandbox_id"])
    sample = service.find_sample(whoami(anna).ctx(), sandbox)
    anna.request("DELETE", f"/integrations/{sample.integration_id}")
    assert "was deleted" in page(anna, f"{HOME}/{made['sandbox_id']}").text
    assert anna.post(f"/sandboxes/{made['sandbox_id']}/connections").status == 404


@pytest.mark.parametrize(("person", "sees_invoices", "may_connect"), [
    ("administrator", True, True), ("bookkeeper", True, True), ("user", False, True), ("reader", False, False),
])  # fmt: skip
def test_its_people_have_rights_that_differ(anna, made, person, sees_invoices, may_connect):
    assert anna.submit(HOME, f"{HOME}/{made['sandbox_id']}/open", person=person).status == 303
    assert anna.get("/sessions/current").json["company"] == "Acceptance tests"
    assert (anna.get("/account/invoices").status == 200) is sees_invoices
    assert ("/account/invoices" in anna.get("/my-integrations").text) is sees_invoices
    connects = anna.submit("/marketplace", "/marketplace/activate", client_id="nobody")
    assert connects.status == (404 if may_connect else 403)
    assert anna.get("/account/team").status == (200 if person == "administrator" else 403)
