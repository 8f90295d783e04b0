"""Companies added and removed, and the licence asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.accounts import repository, service
from chalicelib.accounts.domain import (
    Company,
    CompanyKind,
    CompanyNotRemovableError,
    DeveloperLicenceRequiredError,
    LicenceStateError,
    LicenceStatus,
    PortalRole,
)
from chalicelib.accounts.repository.tables import CompanyItem, MembershipItem, NameItem
from chalicelib.kit.context import new_context
from chalicelib.kit.errors import ConflictError, NotFoundError
from chalicelib.kit.pagination import PageQuery
from tests import factories
from tests.factories import aws_calls, mails, new_person, told


@pytest.fixture
def owner(aws):
    return new_person(portal_role=PortalRole.OWNER)


def sandbox(person, **changes):
    company = Company(
        tenant_id="ten_sandbox", number=0, name="Test AB", kind=CompanyKind.SANDBOX, modules=frozenset({"Order"}),
        home_tenant_id=person.company.tenant_id, created_at=person.ctx().now,
    )  # fmt: skip
    return replace(company, **changes)


def test_adding_a_company_twice_adds_it_once(owner):
    first = service.add_company(owner.ctx(), sandbox(owner), owner.account.account_id)
    again = service.add_company(owner.ctx(), sandbox(owner, name="Other"), owner.account.account_id)
    assert first == again
    assert (CompanyItem.count(), MembershipItem.count(), NameItem.count()) == (2, 2, 3)
    assert len(told("company.created")) == 1
    assert service.find_membership(owner.account.account_id, "ten_sandbox").is_administrator
    assert service.find_company_by_number(first.number) == first


def test_a_number_that_is_taken_is_replaced(owner):
    wished = sandbox(owner, number=owner.company.number)
    added = service.add_company(owner.ctx(), wished, owner.account.account_id)
    assert added.number != owner.company.number
    assert service.find_company_by_number(owner.company.number) == owner.company


def test_removing_a_sandbox_leaves_nothing_and_may_be_repeated(owner):
    added = service.add_company(owner.ctx(), sandbox(owner), owner.account.account_id)
    for _ in range(2):
        service.remove_company(owner.ctx(), "ten_sandbox")
    assert service.find_company_by_number(added.number) is None
    assert [entry.company for entry in service.list_companies(owner.account.account_id)] == [owner.company]
    assert (CompanyItem.count(), MembershipItem.count(), NameItem.count()) == (1, 1, 2)
    assert len(told("company.removed")) == 1


def test_a_live_company_is_not_removed(owner):
    with pytest.raises(CompanyNotRemovableError):
        service.remove_company(owner.ctx(), owner.company.tenant_id)
    assert service.get_company(owner.company.tenant_id)


def test_what_is_not_there_is_not_found(aws):
    for ask in (service.get_company, service.get_account):
        for unknown in ("ten_none", ""):
            with pytest.raises(NotFoundError):
                ask(unknown)
    assert service.find_company_by_number(0) is None
    assert service.find_account_by_email("nobody@example.se") is None
    assert service.find_membership("", "") is None


def test_reads_by_id_cost_one_call_and_a_persons_companies_two(owner):
    with aws_calls() as calls:
        service.get_company(owner.company.tenant_id)
    assert calls == ["GetItem"]
    with aws_calls() as calls:
        service.require_developer_licence(licensed().ctx())
    assert calls[-1] == "GetItem"
    with aws_calls() as calls:
        service.list_companies(owner.account.account_id)
    assert calls == ["Query", "BatchGetItem"]
    with aws_calls() as calls:
        service.list_people(owner.company.tenant_id)
    assert calls == ["Query", "BatchGetItem"]
    with aws_calls() as calls:
        service.list_developers(owner.ctx(), PageQuery())
    assert calls == ["Query"]


def licensed():
    return new_person(portal_role=PortalRole.OWNER, licence=True)


def test_BO_14_the_licence_is_looked_at_in_the_moment_it_is_needed(aws):
    person = licensed()
    ctx = person.ctx()
    assert service.require_developer_licence(ctx).has_licence
    service.suspend_licence(ctx, person.company.tenant_id, "too many complaints")
    with pytest.raises(DeveloperLicenceRequiredError):
        service.require_developer_licence(ctx)
    service.grant_licence(ctx, person.company.tenant_id, "all fine")
    assert service.require_developer_licence(ctx)
    service.withdraw_licence(ctx, person.company.tenant_id, "left the programme")
    with pytest.raises(DeveloperLicenceRequiredError):
        service.require_developer_licence(ctx)


def test_asking_for_a_licence_tells_the_operator_once(owner):
    first = service.request_licence(owner.ctx())
    assert first.licence_state == "requested"
    assert service.request_licence(owner.ctx()) == first
    (mail,) = mails("operator@nordbok.test")
    assert owner.company.name in mail.subject
    assert mail.link == f"/operator/companies/{owner.company.tenant_id}"
    assert len(told("licence.requested")) == 1


def test_a_company_whose_licence_was_withdrawn_may_ask_again(aws):
    person = licensed()
    service.withdraw_licence(person.ctx(), person.company.tenant_id, "left")
    assert service.request_licence(person.ctx()).licence_state == "requested"


@pytest.mark.parametrize("status", [LicenceStatus.GRANTED, LicenceStatus.SUSPENDED])
def test_who_has_or_lost_for_now_cannot_ask(aws, status):
    person = licensed()
    if status is LicenceStatus.SUSPENDED:
        service.suspend_licence(person.ctx(), person.company.tenant_id, "x")
    with pytest.raises(LicenceStateError):
        service.request_licence(person.ctx())


def test_only_administrators_of_the_company_get_the_mail_in_their_language(owner):
    new_person(company=owner.company, is_administrator=False, email="user@example.se")
    service.grant_licence(owner.ctx(), owner.company.tenant_id, "Welcome\r\nBcc: x@y.se")
    (mail,) = mails()
    assert mail.to == owner.account.email
    assert mail.subject == f"{owner.company.name} has a developer licence"
    assert "Welcome Bcc: x@y.se" in mail.text


def test_two_changes_at_one_moment_do_not_both_win(owner):
    standing = service.get_company(owner.company.tenant_id)
    service.grant_licence(owner.ctx(), owner.company.tenant_id, "first")
    from chalicelib.accounts.service import licences

    with pytest.raises(ConflictError):
        licences._save(owner.ctx(), replace(standing, version=2), "licence.granted", lambda tx: None)
    assert service.get_company(owner.company.tenant_id).licence_reason == "first"


def test_PG_01_the_operators_list_pages_through_all_once_sorted_by_state(aws):
    people = [new_person(portal_role=PortalRole.OWNER, licence=number % 2 == 0) for number in range(7)]
    for person in people:
        if not person.company.has_licence:
            service.request_licence(person.ctx())
    new_person()  # a customer who never asked is nobody's matter
    ctx = new_context(people[0].actor)
    seen, cursor = [], None
    while True:
        page = service.list_developers(ctx, PageQuery(limit=2, cursor=cursor))
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert [company.licence_state for company in seen] == ["requested"] * 3 + ["granted"] * 4
    assert {company.tenant_id for company in seen} == {person.company.tenant_id for person in people}
    only = service.list_developers(ctx, PageQuery(), "requested").items
    assert {company.licence_state for company in only} == {"requested"}


def test_a_company_that_is_refused_leaves_the_list_of_requests(owner):
    service.request_licence(owner.ctx())
    service.grant_licence(owner.ctx(), owner.company.tenant_id, "fine")
    assert not service.list_developers(owner.ctx(), PageQuery(), "requested").items
    assert [company.licence_state for company in service.list_developers(owner.ctx(), PageQuery()).items] == ["granted"]


def test_members_of_a_company_are_found_through_the_company(owner):
    other = new_person(company=owner.company, is_administrator=False)
    assert [account.account_id for account, _ in service.list_people(owner.company.tenant_id)] == [
        owner.account.account_id,
        other.account.account_id,
    ]
    assert len(repository.list_members(owner.company.tenant_id)) == 2


DETAILS = {
    "address": "Storgatan 1", "zip_code": "111 22", "city": "Stockholm", "country_code": "se", "email": "Info@Bageri.Example",
    "phone": "08-123 45 67", "vat_number": "se 556677-8899 01", "website": "https://bageri.example",
}  # fmt: skip


def test_a_company_says_what_it_is_and_nothing_is_overwritten_unseen(client):
    anna = factories.customer(client.app)
    before = anna.get("/companies/current").json
    answer = anna.request("PUT", "/companies/current/details", json={"version": before["version"], **DETAILS})
    assert answer.status == 200, answer.text
    said = {name: answer.json[name] for name in ("vat_number", "email", "country_code", "website", "version")}
    assert said == {
        "vat_number": "SE556677889901", "email": "info@bageri.example", "country_code": "SE",
        "website": "https://bageri.example", "version": before["version"] + 1,
    }  # fmt: skip
    stale = {"version": before["version"], **DETAILS}
    again = anna.request("PUT", "/companies/current/details", json=stale)
    assert again.status == 200, "what is as it was is no conflict"
    assert anna.request("PUT", "/companies/current/details", json={**stale, "city": "Lund"}).status == 409
    (event,) = told("account.company_changed")
    assert "vat_number" in event.data["changed"]


@pytest.mark.parametrize(("field", "bad"), [
    ("vat_number", "556677"), ("website", "bageri.example"), ("website", "javascript:alert(1)"), ("country_code", "Sweden"),
    ("email", "nobody"), ("phone", "0" * 41), ("version", 0), ("city", "a\nb"),
])  # fmt: skip
def test_details_that_cannot_be_are_refused(client, field, bad):
    anna = factories.customer(client.app)
    body = {"version": 1, **DETAILS, field: bad}
    assert anna.request("PUT", "/companies/current/details", json=body).status == 422


def test_the_page_of_details_keeps_what_was_typed_and_is_for_those_who_lead(client):
    anna = factories.customer(client.app)
    anna.headers["Accept-Language"] = "en"
    version = str(anna.get("/companies/current").json["version"])
    refused = anna.submit("/account/company", **{**DETAILS, "version": version, "vat_number": "556677"})
    assert refused.status == 422
    assert 'value="556677"' in refused.text
    assert "Must be a VAT number" in refused.text
    assert anna.submit("/account/company", **{**DETAILS, "version": version}).headers["location"] == "/account"
    assert 'value="SE556677889901"' in anna.get("/account/company").text
    stale = anna.submit("/account/company", **{**DETAILS, "version": version, "city": "Lund"})
    assert (stale.status, "at the same moment" in stale.text) == (409, True)
    person = factories.new_person(company=factories.whoami(anna).company, is_administrator=False)
    assert factories.sign_in(client.app, person).get("/account/company").status == 403
