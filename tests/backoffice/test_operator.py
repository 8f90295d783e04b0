"""The operator's licences, lists and log: API and pages."""

from __future__ import annotations

import pytest

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import LicenceStateError, LicenceStatus, PortalRole, StaffRole
from chalicelib.backoffice import service
from chalicelib.backoffice.repository import AuditItem
from chalicelib.backoffice.schemas import LicenceChange
from chalicelib.integrations import service as integrations
from chalicelib.integrations.schemas import IntegrationCreate
from tests.client import Client
from tests.factories import aws_calls, customer, developer, mails, new_person, operator, whoami

HTML = {"Accept": "text/html"}
EN = {"Accept": "text/html", "Accept-Language": "en"}
GRANT = {"action": "grant", "reason": "Welcome"}

READS = ["/operator/companies", "/operator/companies/{tenant_id}/audit", "/operator/all-integrations"]
PAGES = ["/operator", "/operator/companies/{tenant_id}", "/operator/integrations"]


@pytest.fixture
def staff(client):
    return operator(client)


@pytest.fixture
def company(client):
    return whoami(developer(client, licence=False)).company


def licence_path(company):
    return f"/operator/companies/{company.tenant_id}/licence"


def post_page(browser, company, **fields):
    path = f"/operator/companies/{company.tenant_id}"
    token = browser.get(path).form_token
    return browser.post(path, form={"form_token": token, **fields}, headers=HTML)


def test_a_grant_changes_the_licence_tells_the_company_and_is_logged(client, staff, company):
    answer = staff.post(licence_path(company), json=GRANT)
    assert (answer.status, answer.json["licence"], answer.json["licence_reason"]) == (200, "granted", "Welcome")
    assert accounts.get_company(company.tenant_id).has_licence
    assert [mail.subject for mail in mails()] == [f"{company.name} has a developer licence"]
    (entry,) = staff.get(f"/operator/companies/{company.tenant_id}/audit").json["items"]
    assert (entry["action"], entry["reason"], entry["email"]) == (
        "licence.grant",
        "Welcome",
        whoami(staff).account.email,
    )


def test_OP_21_the_log_is_newest_first_and_only_grows(client, staff, company):
    for action in ("grant", "suspend", "grant", "withdraw"):
        assert staff.post(licence_path(company), json={"action": action, "reason": f"to {action}"}).status == 200
    entries = staff.get(f"/operator/companies/{company.tenant_id}/audit?limit=3").json
    assert [entry["reason"] for entry in entries["items"]] == ["to withdraw", "to grant", "to suspend"]
    rest = staff.get(f"/operator/companies/{company.tenant_id}/audit?limit=3&cursor={entries['next_cursor']}").json
    assert [entry["reason"] for entry in rest["items"]] == ["to grant"]


def test_a_step_that_is_refused_leaves_no_trace(client, staff, company):
    answer = staff.post(licence_path(company), json={"action": "suspend", "reason": "x"})
    assert (answer.status, answer.json["code"]) == (409, "licence-state")
    with pytest.raises(LicenceStateError):
        service.change_licence(whoami(staff).ctx(), company.tenant_id, LicenceChange(action="withdraw", reason="x"))
    assert AuditItem.count() == 0
    assert mails() == []


@pytest.mark.parametrize("body", [
    {}, {"action": "grant"}, {"action": "grant", "reason": ""}, {"action": "grant", "reason": "  "},
    {"action": "Grant", "reason": "x"}, {"action": None, "reason": "x"}, {"action": "grant", "reason": 1},
    {"action": "grant", "reason": "x", "tenant_id": "ten_x"}, {"action": "grant", "reason": "x" * 501},
])  # fmt: skip
def test_IN_04_a_wrong_body_is_refused_and_nothing_is_stored(client, staff, company, body):
    assert staff.post(licence_path(company), json=body).status == 422
    assert accounts.get_company(company.tenant_id).licence is LicenceStatus.NONE
    assert AuditItem.count() == 0


@pytest.mark.parametrize("tenant_id", ["ten_none", "%00", "..%2f", "x" * 2000, "\U0001f600", "{}"])
def test_IN_30_a_company_that_is_not_there_is_not_found(client, staff, tenant_id):
    assert staff.post(f"/operator/companies/{tenant_id}/licence", json=GRANT).status in {400, 404}
    assert staff.get(f"/operator/companies/{tenant_id}/audit").status in {400, 404}
    assert staff.get(f"/operator/companies/{tenant_id}", headers=HTML).status in {400, 404}


@pytest.mark.parametrize("who", ["anonymous", "customer", "developer", "reviewer"])
def test_BO_01_nobody_but_staff_administrators_gets_in(client, company, who):
    browser = {
        "anonymous": lambda: Client(client.app),
        "customer": lambda: customer(client),
        "developer": lambda: developer(client),
        "reviewer": lambda: operator(client, staff_role=StaffRole.REVIEWER),
    }[who]()
    refused = 401 if who == "anonymous" else 403
    for path in READS:
        assert browser.get(path.format(tenant_id=company.tenant_id)).status == refused
    assert browser.post(licence_path(company), json=GRANT).status == refused
    for path in PAGES:
        page = browser.get(path.format(tenant_id=company.tenant_id), headers=HTML)
        assert page.status == (303 if who == "anonymous" else 403)
    assert browser.post(f"/operator/companies/{company.tenant_id}", form=GRANT, headers=HTML).status == refused
    assert not accounts.get_company(company.tenant_id).has_licence


def test_the_list_filters_by_state_and_costs_one_query(client, staff):
    licensed, asking = whoami(developer(client)), whoami(developer(client, licence=False))
    whoami(customer(client))
    accounts.request_licence(asking.ctx())
    with aws_calls() as calls:
        everybody = staff.get("/operator/companies").json["items"]
    assert calls == ["GetItem", "Query"]
    assert [entry["tenant_id"] for entry in everybody] == [asking.company.tenant_id, licensed.company.tenant_id]
    requested = staff.get("/operator/companies?state=requested").json["items"]
    assert [(entry["tenant_id"], entry["licence_state"]) for entry in requested] == [
        (asking.company.tenant_id, "requested")
    ]
    for bad in (
        "state=none",
        "state=",
        "state=x",
        "limit=0",
        "limit=101",
        "limit=x",
        "cursor=x",
        "page=2",
        "limit=1&limit=2",
    ):
        assert staff.get(f"/operator/companies?{bad}").status == (200 if bad == "state=" else 400), bad


def test_BO_10_a_cursor_of_one_list_does_not_open_another(client, staff):
    for _ in range(2):
        developer(client)
    cursor = staff.get("/operator/companies?limit=1").json["next_cursor"]
    assert cursor
    assert staff.get(f"/operator/companies?limit=1&cursor={cursor}").status == 200
    assert staff.get(f"/operator/companies?limit=1&state=granted&cursor={cursor}").status == 400
    assert staff.get(f"/operator/all-integrations?cursor={cursor}").status == 400


def test_BO_23_the_lists_show_declared_fields_only(client, staff):
    ctx = whoami(developer(client)).ctx()
    made = integrations.create_integration(ctx, IntegrationCreate(name="Kvitto", scopes=["companyinformation"]))
    (shown,) = staff.get("/operator/all-integrations").json["items"]
    assert shown["client_id"] == made.integration.client_id
    assert "secret" not in str(shown)
    page = staff.get("/operator/integrations", headers=EN)
    assert "Kvitto" in page.text
    assert made.client_secret not in page.text


def test_a_licence_is_granted_in_two_clicks(client, staff):
    asking = whoami(developer(client, licence=False))
    accounts.request_licence(asking.ctx())
    page = staff.get("/operator?state=requested", headers=EN)
    assert f'href="/operator/companies/{asking.company.tenant_id}"' in page.text
    page = staff.get(f"/operator/companies/{asking.company.tenant_id}", headers=EN)
    assert 'value="Welcome as a developer."' in page.text
    answer = post_page(staff, asking.company, reason="Welcome as a developer.", action="grant")
    assert (answer.status, answer.headers["location"]) == (303, f"/operator/companies/{asking.company.tenant_id}")
    page = staff.get(answer.headers["location"], headers=EN)
    assert "The licence is granted." in page.text or "Licensen är beviljad." in page.text
    assert "Licence granted" in page.text
    assert accounts.require_developer_licence(asking.ctx())


def test_a_reason_that_is_missing_is_said_on_the_page(client, staff):
    licensed = whoami(developer(client)).company
    page = post_page(staff, licensed, reason="", action="withdraw")
    assert page.status == 422
    assert 'id="reason-error"' in page.text
    assert accounts.get_company(licensed.tenant_id).has_licence


def test_AZ_43_the_form_needs_its_token(client, staff, company):
    path = f"/operator/companies/{company.tenant_id}"
    assert staff.post(path, form=GRANT, headers=HTML).status == 403
    other = operator(client)
    token = other.get(path).form_token
    assert staff.post(path, form={**GRANT, "form_token": token}, headers=HTML).status == 403
    assert not accounts.get_company(company.tenant_id).has_licence


def test_a_company_is_found_by_its_whole_number_or_a_persons_whole_address(client, staff, company):
    person = new_person(company=company, portal_role=PortalRole.VIEWER)
    for text in (str(company.number), person.account.email, f" {person.account.email.upper()} "):
        assert company.name in staff.get(f"/operator?q={text.strip()}", headers=EN).text
    for text in ("1234", "9999999", "nobody@example.test", "%25", "a" * 500, "٣٣٣٣٣٣٣"):
        page = staff.get(f"/operator?q={text}", headers=EN)
        assert page.status == 200
        assert "No company found" in page.text


def test_a_sandbox_is_offered_no_licence(client, staff):
    person = whoami(operator(client))
    page = staff.get(f"/operator/companies/{person.company.tenant_id}", headers=EN)
    assert "Only a live company" in page.text


def test_the_empty_lists_say_what_will_be_there(client, staff):
    assert "No developers here" in staff.get("/operator", headers=EN).text
    assert "No integrations yet" in staff.get("/operator/integrations", headers=EN).text


def test_a_licence_change_is_one_transaction(client, staff, company):
    with aws_calls() as calls:
        staff.post(licence_path(company), json=GRANT)
    assert calls == ["GetItem", "GetItem", "Query", "BatchGetItem", "Query", "TransactWriteItems"]


def test_names_of_strangers_are_shown_as_text(client, staff):
    person = new_person(name="<script>alert(1)</script>")
    page = staff.get(f"/operator/companies/{person.company.tenant_id}", headers=EN)
    assert "<script>alert" not in page.text
