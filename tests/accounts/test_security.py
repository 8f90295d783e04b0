"""Passwords, addresses, sessions and two-step sign-in: changed, forgotten, ended."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

import pytest

from chalicelib.accounts import repository, service
from chalicelib.accounts.domain import (
    CodeInvalidError,
    CodeUsedError,
    SecondFactorRequiredError,
    SecondFactorStateError,
    SecondFactorWrongError,
    WrongCredentialsError,
    WrongPasswordError,
    totp_code,
)
from chalicelib.accounts.repository.tables import SecondFactorItem
from chalicelib.accounts.schemas import EmailChange, PasswordChange, PasswordReset, ResetRequest, SessionCreate
from chalicelib.accounts.service.passwords import hash_password
from chalicelib.kit import store
from chalicelib.kit.context import new_context
from chalicelib.kit.errors import RejectedError
from tests.client import Client
from tests.factories import mails, new_person, sign_in

PASSWORD, OTHER = "correct horse battery", "another long sentence"


@pytest.fixture
def anna(aws):
    person = new_person(email="anna@example.se")
    with store.transaction() as tx:
        repository.set_password(
            tx, person.account.account_id, hash_password(PASSWORD), person.account.created_at - timedelta(days=1)
        )
    return person


def enter(password=PASSWORD, email="anna@example.se", ctx=None):
    return service.sign_in(ctx or new_context(), SessionCreate(email=email, password=password))


def forget(email="anna@example.se"):
    return service.request_reset(new_context(source_ip="192.0.2.9"), ResetRequest(email=email, lang="en"))


def later(seconds):
    return new_context(offset=timedelta(seconds=seconds))


def turned_on(person):
    setup = service.begin_second_factor(person.ctx(), PASSWORD)
    codes = service.confirm_second_factor(person.ctx(), code_at(setup.secret, -30)).codes
    return setup.secret, codes


def code_at(secret, seconds=0):
    return totp_code(secret, int((new_context().now + timedelta(seconds=seconds)).timestamp()) // 30)


def test_a_forgotten_password_is_replaced_once_and_signs_out_everywhere(anna):
    forget()
    code = mails("anna@example.se")[-1].code
    service.reset_password(new_context(), PasswordReset(code=code, password=OTHER))
    assert repository.list_sessions(anna.account.account_id) == []
    with pytest.raises(WrongCredentialsError):
        enter()
    assert enter(OTHER).account_id == anna.account.account_id
    with pytest.raises(CodeInvalidError):
        service.reset_password(new_context(), PasswordReset(code=code, password=PASSWORD))


def test_the_answer_is_the_same_for_an_unknown_address_which_gets_another_mail(anna):
    assert forget("nobody@example.se").status == forget().status
    assert "no account" in mails("nobody@example.se")[0].text
    assert len(mails()) == 2
    for _ in range(8):
        forget()
    assert len(mails("anna@example.se")) == 5


def test_a_link_is_good_for_an_hour(anna):
    forget()
    code = mails()[-1].code
    with pytest.raises(CodeInvalidError):
        service.reset_password(later(3601), PasswordReset(code=code, password=OTHER))
    with pytest.raises(RejectedError):
        service.reset_password(new_context(), PasswordReset(code=code, password="short"))
    with pytest.raises(CodeInvalidError):
        service.find_email_change(new_context(), code)


def test_a_changed_password_ends_every_other_session(anna):
    enter()
    with pytest.raises(WrongPasswordError):
        service.change_password(anna.ctx(), PasswordChange(password="wrong one here", new_password=OTHER))
    started = service.change_password(anna.ctx(), PasswordChange(password=PASSWORD, new_password=OTHER))
    (left,) = repository.list_sessions(anna.account.account_id)
    assert left.session_key == started.session_key
    assert "was changed" in mails("anna@example.se")[-1].subject


def test_a_session_the_index_does_not_show_yet_ends_at_its_next_look(client, app, anna, monkeypatch):
    browser = sign_in(app, anna)
    monkeypatch.setattr(repository, "list_sessions", lambda _: [])
    monkeypatch.setattr(repository, "remove_session", lambda _: None)
    service.end_all_sessions(anna.ctx())
    monkeypatch.undo()
    from chalicelib.kit.http import Router

    monkeypatch.setattr(Router, "make_context", staticmethod(lambda _: later(61)))
    assert browser.get("/sessions/current").status == 401


def test_a_new_address_counts_when_its_link_is_opened_and_the_old_one_is_told(anna):
    with pytest.raises(WrongPasswordError):
        service.request_email_change(anna.ctx(), EmailChange(email="ny@example.se", password="wrong one here"))
    service.request_email_change(anna.ctx(), EmailChange(email="ny@example.se", password=PASSWORD))
    assert service.find_account_by_email("ny@example.se") is None
    code = mails("ny@example.se")[0].code
    assert service.confirm_email_change(new_context(), code).email == "ny@example.se"
    assert service.find_account_by_email("anna@example.se") is None
    assert "ny@example.se" in mails("anna@example.se")[-1].text
    assert enter(email="ny@example.se")
    with pytest.raises(CodeInvalidError):
        service.confirm_email_change(new_context(), code)


def test_an_address_that_is_taken_is_not_told_and_not_given(anna):
    new_person(email="berit@example.se")
    service.request_email_change(anna.ctx(), EmailChange(email="berit@example.se", password=PASSWORD))
    assert "account already" in mails("berit@example.se")[0].text
    service.request_email_change(anna.ctx(), EmailChange(email="free@example.se", password=PASSWORD))
    new_person(email="free@example.se")
    with pytest.raises(CodeUsedError):
        service.confirm_email_change(new_context(), mails("free@example.se")[0].code)


def test_totp_codes_are_those_of_rfc_6238():
    secret = base64.b32encode(b"12345678901234567890").decode()
    vectors = {59: "94287082", 1111111109: "07081804", 1234567890: "89005924", 20000000000: "65353130"}
    assert {second: totp_code(secret, second // 30, 8) for second in vectors} == vectors


def test_two_step_sign_in_asks_for_a_code_that_works_once(anna):
    secret, _ = turned_on(anna)
    with pytest.raises(SecondFactorRequiredError) as asked:
        enter()
    ticket, code = asked.value.extra["ticket"], code_at(secret)
    with pytest.raises(SecondFactorWrongError):
        service.finish_sign_in(new_context(), ticket, "000000" if code != "000000" else "111111")
    assert service.finish_sign_in(new_context(), ticket, code).account_id == anna.account.account_id
    with pytest.raises(SecondFactorWrongError):
        service.finish_sign_in(new_context(), ticket, code)
    with pytest.raises(WrongCredentialsError):
        service.finish_sign_in(later(301), ticket, code_at(secret, 30))
    with pytest.raises(WrongCredentialsError):
        service.finish_sign_in(new_context(), "made.up", code)


def test_a_recovery_code_works_once_however_it_is_typed(anna):
    _, codes = turned_on(anna)
    assert len(set(codes)) == 10
    with pytest.raises(SecondFactorRequiredError) as asked:
        enter()
    ticket = asked.value.extra["ticket"]
    assert service.finish_sign_in(new_context(), ticket, codes[0].upper().replace("-", " "))
    with pytest.raises(SecondFactorWrongError):
        service.finish_sign_in(new_context(), ticket, codes[0])


def test_neither_the_secret_nor_a_recovery_code_is_stored_in_the_open(anna):
    secret, codes = turned_on(anna)
    (row,) = SecondFactorItem.scan()
    assert not any(one in str(row.to_simple_dict()) for one in (secret, *codes))


def test_turning_it_off_needs_password_and_code(anna):
    secret, codes = turned_on(anna)
    with pytest.raises(SecondFactorStateError):
        service.begin_second_factor(anna.ctx(), PASSWORD)
    with pytest.raises(WrongPasswordError):
        service.remove_second_factor(anna.ctx(), "wrong one here", code_at(secret))
    service.remove_second_factor(anna.ctx(), PASSWORD, codes[3])
    assert enter()


def test_the_whole_way_through_the_pages(client, app, anna):
    browser = sign_in(app, anna)
    page = browser.submit("/account/security", "/account/security/second-factor", password=PASSWORD)
    secret = re.search(r"secret=([A-Z2-7]+)", page.text)[1]
    wrong = browser.submit("/account/security", "/account/security/second-factor/confirm", code="12345")
    assert wrong.status == 401
    assert secret in wrong.text
    shown = browser.submit("/account/security", "/account/security/second-factor/confirm", code=code_at(secret, -30))
    assert shown.status == 200, shown.text
    fresh = Client(app)
    step = fresh.submit("/sign-in", email="anna@example.se", password=PASSWORD, next="/account")
    ticket = re.search(r'name="ticket" value="([^"]+)"', step.text)[1]
    done = fresh.post(
        "/sign-in/code", form={"form_token": step.form_token, "ticket": ticket, "code": code_at(secret), "next": "/account"}
    )  # fmt: skip
    assert (done.status, done.headers["location"]) == (303, "/account")
    assert browser.submit("/account/security", "/account/security/sessions").status == 303
    assert fresh.get("/sessions/current").status == 401
    assert len(browser.get("/sessions").json) == 1
    assert (
        browser.submit("/account/security", "/account/security/password", password="x", new_password=OTHER).status
        == 403
    )


def test_the_links_of_the_mails_open_pages_that_use_nothing_up(client, app, anna):
    browser = Client(app)
    assert browser.submit("/forgot", email="anna@example.se").status == 200
    mail = mails("anna@example.se")[-1]
    assert browser.get(mail.link).status == browser.get(mail.link).status == 200
    assert browser.submit(mail.link, "/reset", code=mail.code, password="short").status == 422
    assert browser.submit(mail.link, "/reset", code=mail.code, password=OTHER).status == 303
    assert browser.get(mail.link).status == 404
    me = sign_in(app, new_person(email="cia@example.se"))
    assert me.submit("/account/security", "/account/security/email", email="x@example.se", password="no").status == 403
