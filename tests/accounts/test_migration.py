"""Developers of the earlier system: each gets a live company, nobody is moved twice, bad rows stop nobody."""

from __future__ import annotations

import pytest

from chalicelib.accounts import repository, service
from chalicelib.accounts.domain import LicenceStatus, PortalRole
from chalicelib.accounts.repository.tables import AccountItem, CompanyItem
from chalicelib.accounts.schemas import PasswordReset, ResetRequest, SessionCreate
from chalicelib.kit.context import new_context
from infra.migrate import read_rows
from tests.factories import developer, mails, new_person, operator

PASSWORD = "correct horse battery"


def move(**row):
    return service.migrate_developer(new_context(), {"email": "anna@example.se", "name": "Anna"} | row)


@pytest.fixture(autouse=True)
def _aws(aws):
    pass


def test_a_developer_gets_account_company_and_licence_and_chooses_a_password_by_mail():
    report = move(company_name="Fika AB", organization_number="5566778899")
    assert report.outcome == "created"
    company = service.get_company(report.tenant_id)
    assert (company.name, company.licence, company.number) == ("Fika AB", LicenceStatus.GRANTED, report.number)
    assert service.find_membership(report.account_id, report.tenant_id).portal_role is PortalRole.OWNER
    assert mails("anna@example.se")[0].link == "/forgot"
    service.request_reset(new_context(), ResetRequest(email="anna@example.se"))
    code = mails("anna@example.se")[-1].code
    service.reset_password(new_context(), PasswordReset(code=code, password=PASSWORD))
    assert service.sign_in(new_context(), SessionCreate(email="anna@example.se", password=PASSWORD))


def test_a_second_import_changes_nothing_and_says_so():
    first, second = move(), move(email=" ANNA@example.se")
    assert (second.outcome, second.tenant_id) == ("unchanged", first.tenant_id)
    assert (AccountItem.count(), CompanyItem.count(), len(mails())) == (1, 1, 1)


def test_people_of_one_company_meet_in_it():
    first, second = move(company_key="77"), move(company_key="77", email="berit@example.se")
    assert (second.outcome, second.tenant_id) == ("joined", first.tenant_id)
    assert service.find_membership(second.account_id, second.tenant_id).portal_role is PortalRole.DEVELOPER
    assert [move(company_key="77", email="berit@example.se").outcome] == ["unchanged"]


def test_an_account_without_a_portal_company_gets_one_and_keeps_its_password():
    person = new_person(email="anna@example.se")
    report = move()
    assert (report.outcome, report.account_id) == ("completed", person.account.account_id)
    assert repository.find_password_hash(person.account.account_id) == "no password"
    assert len(service.list_companies(person.account.account_id)) == 2


@pytest.mark.parametrize("row", [{"email": "no address"}, {"unknown": 1}, {"organization_number": "§"}, {"email": [1]}])
def test_a_bad_row_is_reported_with_its_reason(row):
    report = move(**row)
    assert report.outcome == "rejected"
    assert report.errors
    assert AccountItem.count() == 0


def test_bad_rows_do_not_stop_the_rest_and_only_staff_may(client, app):
    rows = [{"email": "a@example.se"}, {"email": "?"}, {"email": "b@example.se", "licence": False}]
    answer = operator(app).post("/operator/migrations", json={"rows": rows})
    assert [one["outcome"] for one in answer.json] == ["created", "rejected", "created"], answer.text
    assert developer(app).post("/operator/migrations", json={"rows": rows}).status == 403


def test_files_are_csv_or_json_lines(tmp_path):
    table = tmp_path / "old.csv"
    table.write_text("\ufeffemail,name\na@example.se,Åsa\n", "utf-8")
    assert list(read_rows(table)) == [{"email": "a@example.se", "name": "Åsa"}]
    lines = tmp_path / "old.jsonl"
    lines.write_text('{"email": "a@example.se"}\n\nnot json\n', "utf-8")
    assert list(read_rows(lines)) == [{"email": "a@example.se"}, {"unreadable": "not json"}]
