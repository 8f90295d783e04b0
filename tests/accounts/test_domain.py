"""Rules of people and companies, without AWS."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.accounts.domain import (
    SESSION_IDLE,
    SESSION_LIFETIME,
    Company,
    CompanyKind,
    CompanyRole,
    DeveloperLicenceRequiredError,
    LicenceStateError,
    LicenceStatus,
    Membership,
    PortalRole,
    Session,
    StaffRole,
    change_licence,
    check_licence,
    find_password_fault,
    list_preconditions,
    parse_email,
    parse_organization_number,
    roles_of,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
COMPANY = Company(tenant_id="ten_1", number=1234567, name="Fjäll AB", created_at=NOW)
MEMBERSHIP = Membership(account_id="acc_1", tenant_id="ten_1", created_at=NOW)
SESSION = Session(
    session_key="k1:0", account_id="acc_1", tenant_id="ten_1", email="a@b.se", person="A", company="B", number=1234567,
    roles=frozenset({"member"}), created_at=NOW, checked_at=NOW,
)  # fmt: skip


@pytest.mark.parametrize(("typed", "kept"), [
    ("Anna@Example.SE", "anna@example.se"),
    ("  a.b+c@x-y.example ", "a.b+c@x-y.example"),
    ("\uff41@example.se", "a@example.se"),
    ("a" * 64 + "@example.se", "a" * 64 + "@example.se"),
])  # fmt: skip
def test_IN_07_an_address_has_one_form(typed, kept):
    assert parse_email(typed) == kept


@pytest.mark.parametrize("typed", [
    "", "a", "@b.se", "a@", "a@b", "a b@c.se", "a@b..se", "a..b@c.se", ".a@b.se", "a.@b.se", "a@-b.se", "a@b.se.",
    "a@b.se\r\nBcc: x@y.se", "a@b.se\n", '"a b"@c.se', "Anna <a@b.se>", "a@b.se,c@d.se", "a@[127.0.0.1]", "a@127.0.0.1",
    "\u00e5@b.se", "a@b\u200b.se", "a" * 65 + "@b.se", "a@" + "b" * 250 + ".se", "a\0@b.se",
])  # fmt: skip
def test_IN_27_what_is_no_plain_address_is_refused(typed):
    with pytest.raises(ValueError, match="e-mail address"):
        parse_email(typed)


@pytest.mark.parametrize(("typed", "kept"), [
    ("", ""), ("5566778899", "556677-8899"), ("556677-8899", "556677-8899"), (" 556677 8899 ", "556677-8899"),
    ("NO 987 654 321", "NO 987 654 321"), ("DE123456789", "DE123456789"),
])  # fmt: skip
def test_an_organization_number_is_written_as_it_is_printed(typed, kept):
    assert parse_organization_number(typed) == kept


@pytest.mark.parametrize("typed", ["<b>", "'; --", "å", "-1", "1" * 31])
def test_what_is_no_organization_number_is_refused(typed):
    with pytest.raises(ValueError, match="organization number"):
        parse_organization_number(typed)


@pytest.mark.parametrize(("password", "words"), [
    ("elevenchars", "at least 12"), ("x" * 129, "at most 128"), ("anna.a@example.se", "e-mail"),
    ("ANNA.A@example.se ", "e-mail"), ("a" * 20, "repeated"), ("ab" * 10, "repeated"),
])  # fmt: skip
def test_a_weak_password_is_told_why(password, words):
    assert words in (find_password_fault(password, "anna.a@example.se") or "")


@pytest.mark.parametrize("password", ["twelve chars", "x1y2" + "z" * 124, "lösen 漢字 🙂 ord"])
def test_a_long_enough_password_is_fine_whatever_it_holds(password):
    assert find_password_fault(password, "anna@example.se") is None


@pytest.mark.parametrize(("membership", "kind", "roles"), [
    ({}, "live", {"member", "user"}),
    ({"is_administrator": True}, "live", {"member", "user", "administrator"}),
    ({"company_role": CompanyRole.BOOKKEEPER}, "live", {"member", "user", "bookkeeper"}),
    ({"company_role": CompanyRole.READER}, "sandbox", {"member"}),
    ({"company_role": CompanyRole.READER, "is_administrator": True}, "live", {"member", "user", "administrator"}),
    ({"portal_role": PortalRole.OWNER}, "live", {"member", "user", "owner", "developer"}),
    ({"portal_role": PortalRole.DEVELOPER}, "live", {"member", "user", "developer"}),
    ({"portal_role": PortalRole.VIEWER}, "live", {"member", "user", "viewer"}),
    ({"portal_role": PortalRole.OWNER, "is_administrator": True}, "sandbox", {"member", "user", "administrator"}),
    ({"staff_role": StaffRole.ADMINISTRATOR}, "operator", {"member", "user", "operator", "reviewer"}),
    ({"staff_role": StaffRole.REVIEWER}, "operator", {"member", "user", "reviewer"}),
    ({"staff_role": StaffRole.ADMINISTRATOR}, "live", {"member", "user"}),
    ({"staff_role": StaffRole.ADMINISTRATOR}, "sandbox", {"member", "user"}),
])  # fmt: skip
def test_roles_follow_from_the_membership_and_the_kind_of_company(membership, kind, roles):
    assert roles_of(replace(MEMBERSHIP, **membership), replace(COMPANY, kind=CompanyKind(kind))) == roles


STEPS = {
    ("none", "granted"), ("suspended", "granted"), ("withdrawn", "granted"), ("granted", "suspended"),
    ("granted", "withdrawn"), ("suspended", "withdrawn"),
}  # fmt: skip


@pytest.mark.parametrize("before", LicenceStatus)
@pytest.mark.parametrize("after", LicenceStatus)
def test_a_licence_takes_only_the_steps_there_are(before, after):
    company = replace(COMPANY, licence=before, licence_requested_at=NOW)
    if (before, after) not in STEPS:
        with pytest.raises(LicenceStateError):
            change_licence(company, after, "because", NOW)
        return
    changed = change_licence(company, after, "because", NOW)
    assert (changed.licence, changed.licence_reason, changed.licence_changed_at) == (after, "because", NOW)
    assert (changed.version, changed.licence_requested_at) == (company.version + 1, None)


@pytest.mark.parametrize("kind", [CompanyKind.SANDBOX, CompanyKind.OPERATOR])
def test_only_a_live_company_holds_a_licence(kind):
    company = replace(COMPANY, kind=kind)
    assert not company.can_request_licence
    with pytest.raises(LicenceStateError):
        change_licence(company, LicenceStatus.GRANTED, "because", NOW)


@pytest.mark.parametrize(("changes", "state", "words"), [
    ({}, None, "no developer licence yet"),
    ({"licence_requested_at": NOW}, "requested", "has not answered"),
    ({"licence": LicenceStatus.SUSPENDED}, "suspended", "suspended"),
    ({"licence": LicenceStatus.WITHDRAWN}, "withdrawn", "withdrawn"),
    ({"licence": LicenceStatus.WITHDRAWN, "licence_requested_at": NOW}, "requested", "has not answered"),
])  # fmt: skip
def test_BO_14_without_a_licence_one_is_told_what_is_missing_and_where(changes, state, words):
    company = replace(COMPANY, **changes)
    assert company.licence_state == state
    with pytest.raises(DeveloperLicenceRequiredError) as caught:
        check_licence(company)
    assert words in caught.value.detail
    assert caught.value.extra["missing"] == ["developer-licence"]
    assert caught.value.extra["remedy"]["href"] == "/account"


def test_with_a_licence_nothing_is_missing():
    company = replace(COMPANY, licence=LicenceStatus.GRANTED)
    check_licence(company)
    assert not company.can_request_licence
    assert all(line.is_done for line in list_preconditions(company, frozenset({"owner"})))


def test_the_checklist_names_who_must_act():
    lines = list_preconditions(COMPANY, frozenset({"member"}))
    assert [(line.key, line.is_done, line.actor) for line in lines] == [
        ("company", True, "you"),
        ("portal-permission", False, "administrator"),
        ("developer-licence", False, "operator"),
    ]
    assert not list_preconditions(replace(COMPANY, kind=CompanyKind.SANDBOX), frozenset())[0].is_done


def test_a_session_ends_when_idle_and_for_good_after_two_weeks():
    assert SESSION.is_live(NOW + SESSION_IDLE - timedelta(seconds=1))
    assert not SESSION.is_live(NOW + SESSION_IDLE)
    busy = replace(SESSION, checked_at=NOW + SESSION_LIFETIME - timedelta(minutes=1))
    assert busy.is_live(NOW + SESSION_LIFETIME - timedelta(seconds=1))
    assert not busy.is_live(NOW + SESSION_LIFETIME)


def test_a_session_is_looked_at_again_after_a_minute():
    assert not SESSION.needs_check(NOW + timedelta(seconds=59))
    assert SESSION.needs_check(NOW + timedelta(seconds=60))


def test_an_actor_of_a_session_has_no_scopes_and_no_client():
    actor = SESSION.to_actor()
    assert actor.is_session
    assert (actor.scopes, actor.client_id, actor.session_id) == (frozenset(), None, "k1:0")
