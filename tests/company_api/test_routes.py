"""The company API as an integration meets it: shapes, scopes, errors in both spellings."""

from __future__ import annotations

import pytest

from chalicelib.accounts.schemas import CompanyDetails
from chalicelib.accounts.service import change_details
from chalicelib.activations.domain import ConsentKind
from tests.factories import aws_calls, new_person

SCOPES = "companyinformation settings profile"


@pytest.fixture
def token(world):
    app = world.register(SCOPES)
    return world.connect(app, SCOPES)["access_token"]


@pytest.fixture
def get(world, token):
    return lambda path, bearer=token, **headers: world.http.get(
        path, headers={"Authorization": f"Bearer {bearer}", **headers}
    )


def is_dialect(answer, code):
    found = answer.json["ErrorInformation"]
    assert found == {
        "error": 1, "Error": 1, "code": code, "Code": code, "message": found["message"], "Message": found["message"],
    }  # fmt: skip
    assert found["message"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"].startswith("application/json")
    return True


def test_company_information(world, get):
    company = world.customer.company
    answer = get("/3/companyinformation")
    assert answer.status == 200
    assert answer.json == {"CompanyInformation": {
        "Address": "", "City": "", "CompanyName": company.name, "CountryCode": "SE", "DatabaseNumber": company.number,
        "OrganizationNumber": company.organization_number, "VisitAddress": "", "VisitCity": "", "VisitCountryCode": "SE",
        "VisitZipCode": "", "ZipCode": "",
    }}  # fmt: skip


def test_settings_spell_the_number_as_a_string(world, get):
    found = get("/3/settings/company").json["CompanySettings"]
    assert found["DatabaseNumber"] == str(world.customer.company.number)
    assert set(found) == {
        "DatabaseNumber", "Name", "OrganizationNumber", "Email", "Phone1", "TaxEnabled", "VATNumber", "WWW", "Address", "City",
        "ZipCode", "Country", "CountryCode",
    }  # fmt: skip


def test_settings_are_what_the_company_says_of_itself(world, get):
    company = world.customer.company
    said = CompanyDetails(
        version=company.version, vat_number="SE556677889901", website="https://b.example", city="Lund"
    )
    change_details(world.customer.ctx(), said)
    found = get("/3/settings/company").json["CompanySettings"]
    assert (found["VATNumber"], found["WWW"], found["City"]) == ("SE556677889901", "https://b.example", "Lund")


def test_me_is_the_person_who_consented(world, get):
    account = world.customer.account
    assert get("/3/me").json == {"Me": {
        "Id": account.account_id, "Name": account.name, "Email": account.email, "SysAdmin": True, "Locale": "en_GB",
    }}  # fmt: skip


def test_me_of_a_service_consent_is_the_company(world):
    app = world.register(SCOPES)
    _, activation = world.consent(app, SCOPES, ConsentKind.SERVICE)
    token = world.client_credentials(app, world.customer.company.number).json["access_token"]
    found = world.http.get("/3/me", headers={"Authorization": f"Bearer {token}"}).json["Me"]
    assert (found["Id"], found["Email"], found["SysAdmin"]) == (activation.activation_id, "", True)


@pytest.mark.parametrize("path", ["/3/companyinformation/", "/3/settings/company/", "/3/me/", "/3/me?x=1&x=2&limit=a"])
def test_a_trailing_slash_and_unknown_parameters_change_nothing(get, path):
    assert get(path).status == 200


def test_CC_10_a_token_opens_its_own_company_only(world, get):
    other = new_person().company.number
    found = get(f"/3/companyinformation?tenantId={other}", TenantId=str(other)).json["CompanyInformation"]
    assert found["DatabaseNumber"] == world.customer.company.number


@pytest.mark.parametrize("path", ["/3/companyinformation", "/3/settings/company", "/3/me"])
def test_without_a_token(world, path):
    answer = world.http.get(path)
    assert (answer.status, answer.json["message"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert is_dialect(answer, 2000311)


@pytest.mark.parametrize("bearer", ["", "x", "a.b.c"])
def test_with_a_bad_token(get, bearer):
    answer = get("/3/me", bearer)
    assert (answer.status, answer.json["message"]) == (401, "unauthorized")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert is_dialect(answer, 2003275)


def test_an_expired_token(world, get):
    world.clock.forward(seconds=3601)
    assert is_dialect(get("/3/me"), 2003275)


def test_RV_15_a_missing_scope_is_403_and_named(world):
    token = world.connect(world.register("companyinformation"), "companyinformation")["access_token"]
    answer = world.http.get("/3/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 403
    assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="profile"'
    assert is_dialect(answer, 2000663)


def test_a_company_without_the_integration_licence(world):
    person = new_person(modules=frozenset({"Order"}))
    app = world.register(SCOPES)
    token = world.connect(app, SCOPES, person=person)["access_token"]
    answer = world.http.get("/3/companyinformation", headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 403
    assert is_dialect(answer, 2001101)


def test_other_errors_speak_the_dialect_too(world, get):
    assert is_dialect(get("/3/nothing"), 2000404)
    answer = world.http.post("/3/me", json={})
    assert (answer.status, answer.headers["allow"]) == (405, "GET")
    assert is_dialect(answer, 2000405)


def test_our_own_trouble_is_503(get, monkeypatch):
    from chalicelib.company_api import service
    from chalicelib.kit.errors import UnavailableError

    def broken(*_):
        raise UnavailableError

    monkeypatch.setattr(service, "take_call", broken)
    answer = get("/3/me")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert is_dialect(answer, 2000503)
    monkeypatch.setattr(service, "take_call", lambda *_: 1 / 0)
    answer = get("/3/me")
    assert answer.status == 500
    assert "division" not in answer.text
    assert is_dialect(answer, 2000500)


def test_a_portal_session_does_not_open_it(world):
    from tests.factories import sign_in

    assert sign_in(world.http, world.customer).get("/3/me").status == 401


def test_a_call_is_one_write_and_one_read(world, get):
    get("/3/companyinformation")
    with aws_calls() as calls:
        assert get("/3/companyinformation").status == 200
    assert calls == ["UpdateItem", "GetItem"]
