"""Signing in and staying so: throttling, one read a request, a look every minute, changing company, signing out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.accounts import repository, service
from chalicelib.accounts.domain import (
    Company,
    CompanyKind,
    PortalRole,
    TooManyAttemptsError,
    WrongCredentialsError,
)
from chalicelib.accounts.repository.tables import AttemptItem, MembershipItem, SessionItem
from chalicelib.accounts.schemas import AccountCreate, SessionCreate
from chalicelib.accounts.service import throttle
from chalicelib.kit import store
from chalicelib.kit.context import new_context
from chalicelib.kit.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from chalicelib.kit.request import Form, Request
from tests.factories import SESSION_COOKIE, aws_calls, mails, new_person

PASSWORD = "correct horse battery"
EMAIL = "anna@example.se"


@pytest.fixture
def ctx(aws):
    return new_context(source_ip="192.0.2.1")


@pytest.fixture
def anna(ctx):
    service.sign_up(ctx, AccountCreate(email=EMAIL, name="Anna", password=PASSWORD))
    return service.verify_sign_up(ctx, mails()[0].code)


def sign_in(ctx, password=PASSWORD, email=EMAIL):
    return service.sign_in(ctx, SessionCreate(email=email, password=password))


def asked_with(session_token):
    return Request("GET", "/", {}, Form(()), b"", {SESSION_COOKIE: session_token}, "192.0.2.1", "req_1")


def who(ctx, session_token):
    return service.authenticate_session(asked_with(session_token), ctx)


def later(ctx, **kwargs):
    return replace(ctx, now=ctx.now + timedelta(**kwargs))


def test_the_right_password_opens_a_session_that_names_person_and_company(ctx, anna):
    started = sign_in(ctx)
    actor = who(ctx, started.session_token)
    assert (actor.account_id, actor.email, actor.person, actor.company) == (anna.account_id, EMAIL, "Anna", "Anna")
    assert actor.roles == {"member", "user", "administrator", "owner", "developer"}


def test_the_address_may_be_typed_in_any_case_and_the_password_in_any_composition(ctx):
    service.sign_up(ctx, AccountCreate(email=EMAIL, name="A", password="lo\u0308sen som \u00e4r bra"))
    service.verify_sign_up(ctx, mails()[0].code)
    assert sign_in(ctx, "l\u00f6sen som a\u0308r bra", " ANNA@example.SE ")


@pytest.mark.parametrize(("email", "password"), [
    (EMAIL, "wrong horse battery"), (EMAIL, ""), (EMAIL, PASSWORD + " "), ("nobody@example.se", PASSWORD),
    ("no address at all", PASSWORD), ("", ""), (EMAIL, "x" * 1000),
])  # fmt: skip
def test_AZ_60_a_wrong_password_and_an_unknown_address_are_told_alike(ctx, anna, email, password):
    with pytest.raises(WrongCredentialsError) as caught:
        sign_in(ctx, password, email)
    assert "wrong" in caught.value.detail
    assert SessionItem.count() == 0


def test_AZ_60_after_ten_wrong_passwords_the_right_one_waits_too(ctx, anna):
    for _ in range(throttle.TRIES_PER_ACCOUNT):
        with pytest.raises(WrongCredentialsError):
            sign_in(ctx, "wrong horse battery")
    with pytest.raises(TooManyAttemptsError) as caught:
        sign_in(ctx)
    assert 0 < int(caught.value.headers["Retry-After"]) <= 900
    with pytest.raises(TooManyAttemptsError):
        sign_in(later(ctx, minutes=14))
    assert sign_in(later(ctx, minutes=15, seconds=1))


def test_RL_10_throttled_tries_do_not_lengthen_the_wait(ctx):
    throttle.take_attempt(ctx, "x", "y", 1)
    for minutes in (1, 7, 14):
        with pytest.raises(TooManyAttemptsError):
            throttle.take_attempt(later(ctx, minutes=minutes), "x", "y", 1)
    throttle.take_attempt(later(ctx, minutes=15, seconds=1), "x", "y", 1)


def test_AZ_60_an_unknown_address_is_throttled_like_a_known_one(ctx, anna):
    for _ in range(throttle.TRIES_PER_ACCOUNT):
        with pytest.raises(WrongCredentialsError):
            sign_in(ctx, email="nobody@example.se")
    with pytest.raises(TooManyAttemptsError):
        sign_in(ctx, email="nobody@example.se")
    assert sign_in(ctx), "others are not touched"


def test_a_success_forgets_the_failures_before_it(ctx, anna):
    for _ in range(2):
        for _ in range(throttle.TRIES_PER_ACCOUNT - 1):
            with pytest.raises(WrongCredentialsError):
                sign_in(ctx, "wrong horse battery")
        sign_in(ctx)


def test_one_network_address_is_throttled_over_all_accounts(ctx):
    for _number in range(throttle.TRIES_PER_ADDRESS):
        throttle.take_attempt(ctx, "sign-in-from", ctx.source_ip, throttle.TRIES_PER_ADDRESS)
    with pytest.raises(TooManyAttemptsError):
        sign_in(ctx)


def test_people_who_sign_in_rightly_do_not_fill_their_offices_window(ctx, anna):
    for _ in range(throttle.TRIES_PER_ADDRESS - 1):
        throttle.take_attempt(ctx, "sign-in-from", ctx.source_ip, throttle.TRIES_PER_ADDRESS)
    for _ in range(3):
        sign_in(ctx)
    throttle.give_back_attempt(ctx, "sign-in-from", "192.0.2.99")  # a window nobody opened stays closed
    assert AttemptItem.count() == 3


def test_the_same_try_sent_twice_by_the_sdk_counts_once(ctx):
    key = "sign-in:x"
    for _ in range(3):
        assert repository.take_attempt(key, 2, timedelta(minutes=1), ctx.now, "try_1") == 0
    assert AttemptItem.get(key).tries == 1
    assert repository.take_attempt(key, 2, timedelta(minutes=1), ctx.now, "try_2") == 0
    assert repository.take_attempt(key, 2, timedelta(minutes=1), ctx.now, "try_3") > 0


def test_nobody_can_read_from_the_counters_which_addresses_were_tried(ctx, anna):
    with pytest.raises(WrongCredentialsError):
        sign_in(ctx, "wrong horse battery")
    assert not [row for row in AttemptItem.scan() if "anna" in row.attempt_key or "192.0.2" in row.attempt_key]


def test_the_cookie_is_not_in_the_table_and_the_row_key_opens_nothing(ctx, anna):
    started = sign_in(ctx)
    row = next(iter(SessionItem.scan()))
    assert started.session_token.partition(".")[2] not in str(row.to_simple_dict())
    assert who(ctx, row.session_key) is None
    assert who(ctx, f"k1.{row.session_key}") is None


@pytest.mark.parametrize(
    "value", ["", "x", "k1.", "k1." + "a" * 50, "k9." + "a" * 50, "k1." + "\u00e5" * 50, ".", "a" * 9000]
)
def test_a_cookie_that_is_none_of_ours_costs_no_read(ctx, value):
    with aws_calls() as calls:
        assert who(ctx, value) is None
    assert calls == []


def test_a_session_check_is_one_read_and_once_a_minute_a_look_at_the_memberships(ctx):
    person = new_person(portal_role=PortalRole.OWNER)
    soon = later(ctx, seconds=30)
    with aws_calls() as calls:
        assert who(soon, person.session_token)
    assert calls == ["GetItem"]
    with aws_calls() as calls:
        assert who(later(ctx, seconds=90), person.session_token)
    assert calls == ["GetItem", "GetItem", "Query", "BatchGetItem", "PutItem"]
    with aws_calls() as calls:
        assert who(later(ctx, seconds=120), person.session_token)
    assert calls == ["GetItem"]


def test_BO_16_a_person_taken_out_of_the_company_is_out_within_a_minute(ctx):
    person = new_person(portal_role=PortalRole.OWNER)
    store.remove(MembershipItem, (person.account.account_id, person.company.tenant_id))
    assert who(later(ctx, seconds=70), person.session_token) is None
    assert who(ctx, person.session_token) is None, "and the session is gone, not only refused"


def test_a_changed_role_counts_within_a_minute(ctx):
    person = new_person(portal_role=PortalRole.OWNER)
    with store.transaction() as tx:
        repository.put_membership(tx, replace(person.membership, portal_role=PortalRole.VIEWER, is_administrator=False))
    assert who(later(ctx, seconds=70), person.session_token).roles == {"member", "user", "viewer"}


def test_a_session_ends_after_twelve_idle_hours_and_after_fourteen_days(ctx):
    person = new_person()
    assert who(later(ctx, hours=12, seconds=5), person.session_token) is None
    now = ctx
    for _ in range(14 * 24 // 11):
        now = later(now, hours=11)
        assert who(now, person.session_token)
    assert who(later(ctx, days=14, seconds=5), person.session_token) is None


def test_a_sign_out_that_happens_during_the_look_is_not_undone(ctx):
    person = new_person()
    session = repository.find_session(person.actor.session_id)
    repository.remove_session(session.session_key)
    assert not repository.save_session(session)
    assert SessionItem.count() == 0


def test_signing_out_twice_is_fine(ctx):
    person = new_person()
    service.end_session(person.ctx())
    service.end_session(person.ctx())
    service.end_session(ctx)
    assert who(ctx, person.session_token) is None


def test_AZ_45_signing_in_again_ends_the_session_one_had(ctx, anna):
    first = sign_in(ctx)
    second = sign_in(ctx.as_actor(first.to_actor()))
    assert first.session_key != second.session_key
    assert who(ctx, first.session_token) is None
    assert who(ctx, second.session_token)


def sandbox_of(person, tenant_id="ten_sandbox"):
    company = Company(
        tenant_id=tenant_id, number=0, name="Test AB", kind=CompanyKind.SANDBOX,
        home_tenant_id=person.company.tenant_id, created_at=person.ctx().now,
    )  # fmt: skip
    return service.add_company(person.ctx(), company, person.account.account_id)


def test_changing_company_is_a_new_session_with_other_roles(ctx):
    person = new_person(portal_role=PortalRole.OWNER)
    sandbox = sandbox_of(person)
    started = service.switch_company(person.ctx(), sandbox.tenant_id)
    actor = who(ctx, started.session_token)
    assert (actor.tenant_id, actor.company, actor.number) == (sandbox.tenant_id, "Test AB", sandbox.number)
    assert actor.roles == {"member", "user", "administrator"}
    assert [name for _, name, _ in actor.companies] == [person.company.name, "Test AB"]
    assert who(ctx, person.session_token) is None
    assert service.get_account(actor.account_id).last_tenant_id == sandbox.tenant_id
    assert service.start_session(ctx, actor.account_id).tenant_id == sandbox.tenant_id, "next time they begin there"


def test_changing_company_does_not_lengthen_the_session(ctx):
    person = new_person()
    sandbox_of(person)
    started = service.switch_company(later(person.ctx(), days=13), "ten_sandbox")
    assert started.expires_at <= person.ctx().now + timedelta(days=14)


def test_BO_02_one_cannot_change_to_a_company_of_others(ctx):
    person, other = new_person(), new_person()
    for tenant_id in (other.company.tenant_id, "ten_none", ""):
        with pytest.raises(NotFoundError) as caught:
            service.switch_company(person.ctx(), tenant_id)
        assert caught.value.detail == "You belong to no such company."
    assert who(ctx, person.session_token)


def test_a_session_that_ended_cannot_change_company(ctx):
    person = new_person()
    service.end_session(person.ctx())
    with pytest.raises(UnauthenticatedError):
        service.switch_company(person.ctx(), person.company.tenant_id)


def test_without_any_company_there_is_no_session(ctx):
    person = new_person()
    store.remove(MembershipItem, (person.account.account_id, person.company.tenant_id))
    with pytest.raises(ForbiddenError):
        service.start_session(ctx, person.account.account_id)


def test_a_removed_sandbox_ends_the_sessions_in_it(ctx):
    person = new_person()
    sandbox_of(person)
    started = service.switch_company(person.ctx(), "ten_sandbox")
    service.remove_company(ctx, "ten_sandbox")
    assert who(later(ctx, seconds=70), started.session_token) is None
    assert service.start_session(ctx, person.account.account_id).tenant_id == person.company.tenant_id
