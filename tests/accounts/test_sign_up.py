"""From a form to an account: verification, the company that comes with it, and what nobody may learn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.accounts import repository, service
from chalicelib.accounts.domain import (
    OPERATOR_TENANT_ID,
    CodeInvalidError,
    CodeUsedError,
    CompanyKind,
    PortalRole,
    StaffRole,
    TooManyAttemptsError,
)
from chalicelib.accounts.repository.tables import AccountItem, CompanyItem, SignUpItem
from chalicelib.accounts.schemas import AccountCreate
from chalicelib.accounts.service import throttle
from chalicelib.config import load_data
from chalicelib.kit.context import new_context
from chalicelib.kit.errors import RejectedError
from tests.factories import mails, new_person, told

PASSWORD = "correct horse battery"


def wish(email="anna@example.se", **changes):
    return AccountCreate(**({"email": email, "name": "Anna", "password": PASSWORD} | changes))


@pytest.fixture
def ctx(aws):
    return new_context(source_ip="192.0.2.1")


def test_a_sign_up_makes_nothing_but_a_mail_until_the_code_comes_back(ctx):
    service.sign_up(ctx, wish())
    assert AccountItem.count() == CompanyItem.count() == 0
    (mail,) = mails()
    assert mail.to == "anna@example.se"
    assert mail.link.startswith("/verify?code=")
    account = service.verify_sign_up(ctx, mail.code)
    assert (account.email, account.name, account.lang) == ("anna@example.se", "Anna", "sv")
    assert service.find_account_by_email("anna@example.se") == account
    assert service.get_account(account.account_id) == account


def test_whoever_registers_owns_and_administers_a_live_company_with_the_default_modules(ctx):
    service.sign_up(ctx, wish(company_name="Fjäll & Fika AB", organization_number="5566778899"))
    account = service.verify_sign_up(ctx, mails()[0].code)
    ((company, membership),) = [(e.company, e.membership) for e in service.list_companies(account.account_id)]
    assert (company.name, company.organization_number, company.kind) == (
        "Fjäll & Fika AB",
        "556677-8899",
        CompanyKind.LIVE,
    )
    assert company.modules == frozenset(load_data("platform")["default_modules"])
    assert (membership.is_administrator, membership.portal_role) == (True, PortalRole.OWNER)
    assert not company.has_licence
    assert 1_000_000 <= company.number <= 9_999_999
    assert service.find_company_by_number(company.number) == company
    assert [event.subject for event in told("company.created")] == [company.tenant_id]


def test_without_a_company_name_the_company_has_the_persons(ctx):
    service.sign_up(ctx, wish())
    account = service.verify_sign_up(ctx, mails()[0].code)
    assert service.list_companies(account.account_id)[0].company.name == "Anna"


def test_a_code_works_once(ctx):
    service.sign_up(ctx, wish())
    code = mails()[0].code
    service.verify_sign_up(ctx, code)
    with pytest.raises(CodeUsedError):
        service.verify_sign_up(ctx, code)
    assert AccountItem.count() == 1


def test_of_two_codes_for_one_address_the_first_one_wins(ctx):
    service.sign_up(ctx, wish(name="First"))
    service.sign_up(replace(ctx, now=ctx.now + timedelta(seconds=1)), wish(name="Second"))
    first, second = [mail.code for mail in mails()]
    service.verify_sign_up(ctx, second)
    with pytest.raises(CodeUsedError):
        service.verify_sign_up(ctx, first)
    assert [item.name for item in AccountItem.scan()] == ["Second"]
    assert CompanyItem.count() == 1, "the loser's company was not stored either"


def test_a_later_sign_up_of_somebody_else_does_not_change_the_password_behind_my_link(ctx):
    service.sign_up(ctx, wish())
    service.sign_up(replace(ctx, now=ctx.now + timedelta(seconds=1)), wish(password="the attacker's own words"))
    service.verify_sign_up(ctx, mails()[0].code)
    login = repository.find_login("anna@example.se")
    assert service.passwords.is_password(PASSWORD, login[1])


def test_a_code_ends_after_a_day_whether_or_not_the_row_is_gone(ctx):
    service.sign_up(ctx, wish())
    code = mails()[0].code
    tomorrow = replace(ctx, now=ctx.now + timedelta(hours=24, seconds=1))
    assert SignUpItem.count() == 1
    with pytest.raises(CodeInvalidError):
        service.verify_sign_up(tomorrow, code)
    assert AccountItem.count() == 0


@pytest.mark.parametrize(
    "code", ["", "x", "k1-", "k9-" + "a" * 50, "k1-" + "a" * 50, "\u00e5" * 53, "k1-" + "a" * 10_000]
)
def test_a_code_nobody_sent_is_not_valid(ctx, code):
    with pytest.raises(CodeInvalidError):
        service.verify_sign_up(ctx, code)


def test_neither_code_nor_password_is_stored_readable(ctx):
    service.sign_up(ctx, wish())
    code = mails()[0].code
    stored = "".join(str(item.to_simple_dict()) for item in SignUpItem.scan()) + "".join(
        event.to_json() for event in told()
    )
    assert code not in stored
    assert code.partition("-")[2] not in stored
    assert PASSWORD not in stored
    service.verify_sign_up(ctx, code)
    assert next(iter(SignUpItem.scan())).password_hash == "", "a used code keeps no password hash"


def test_an_address_that_has_an_account_gets_another_mail_and_nothing_changes(ctx):
    person = new_person(email="anna@example.se")
    assert service.sign_up(ctx, wish()) == service.sign_up(ctx, wish())
    assert all("/sign-in" in mail.link for mail in mails())
    assert SignUpItem.count() == 0
    assert AccountItem.count() == 1
    assert service.get_account(person.account.account_id).name == person.account.name


@pytest.mark.parametrize("password", ["short", "anna@example.se", "z" * 200])
def test_a_weak_password_is_refused_by_name_and_nothing_is_stored(ctx, password):
    with pytest.raises(RejectedError) as caught:
        service.sign_up(ctx, wish(password=password))
    assert [entry["pointer"] for entry in caught.value.errors] == ["/password"]
    assert (SignUpItem.count(), told()) == (0, [])


def test_one_address_gets_five_mails_in_a_window_and_the_answer_stays_the_same(ctx):
    answers = {service.sign_up(ctx, wish()) for _ in range(throttle.MAILS_PER_PERSON + 2)}
    assert len(answers) == 1
    assert len(mails()) == throttle.MAILS_PER_PERSON


def test_one_network_address_signs_up_only_so_many_people_in_a_window(ctx):
    for _number in range(throttle.SIGN_UPS_PER_ADDRESS):
        throttle.take_attempt(ctx, "sign-up-from", ctx.source_ip, throttle.SIGN_UPS_PER_ADDRESS)
    with pytest.raises(TooManyAttemptsError) as caught:
        service.sign_up(ctx, wish())
    assert 0 < int(caught.value.headers["Retry-After"]) <= 900
    service.sign_up(replace(ctx, source_ip="192.0.2.2"), wish())


def test_the_operators_address_becomes_staff_of_the_operators_one_company(ctx):
    service.sign_up(ctx, wish("Operator@Nordbok.test"))
    account = service.verify_sign_up(ctx, mails()[0].code)
    (entry,) = service.list_companies(account.account_id)
    assert (entry.company.tenant_id, entry.company.kind) == (OPERATOR_TENANT_ID, CompanyKind.OPERATOR)
    assert entry.membership.staff_role is StaffRole.ADMINISTRATOR
    assert service.start_session(ctx, account.account_id).roles >= {"operator", "reviewer", "administrator"}


def test_the_operators_address_joins_the_company_that_stands(ctx):
    company = replace(
        service.new_live_company(ctx, name="Nordbok"), tenant_id=OPERATOR_TENANT_ID, kind=CompanyKind.OPERATOR
    )
    first = new_person(company=company, staff_role=StaffRole.ADMINISTRATOR)
    service.sign_up(ctx, wish("operator@nordbok.test"))
    account = service.verify_sign_up(ctx, mails()[0].code)
    assert {m.account_id for m in repository.list_members(OPERATOR_TENANT_ID)} == {
        account.account_id,
        first.account.account_id,
    }
    assert service.get_company(OPERATOR_TENANT_ID).number == company.number


def test_a_taken_company_number_is_replaced_by_a_free_one(ctx, monkeypatch):
    taken = new_person().company.number
    numbers = iter([taken, taken, 7_777_777])
    monkeypatch.setattr("chalicelib.accounts.service.registration.new_number", lambda: next(numbers))
    service.sign_up(ctx, wish())
    account = service.verify_sign_up(ctx, mails("anna@example.se")[0].code)
    assert service.list_companies(account.account_id)[0].company.number == 7_777_777
