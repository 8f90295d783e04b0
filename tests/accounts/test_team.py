"""The people of a company: invitations, roles, removal, and who must stay."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.accounts import repository, service
from chalicelib.accounts.domain import (
    AlreadyMemberError,
    InvitationInvalidError,
    LastOfTheirKindError,
    MemberRoles,
    PortalRole,
    StaffRole,
    TooManyAttemptsError,
)
from chalicelib.accounts.repository.tables import InvitationItem
from chalicelib.accounts.schemas import InvitationAccept, InvitationCreate, RolesUpdate
from chalicelib.kit import store
from chalicelib.kit.context import new_context
from chalicelib.kit.errors import ConflictError, ForbiddenError, NotFoundError, RejectedError, UnauthenticatedError
from tests.client import Client
from tests.factories import customer, developer, mails, new_person, operator, sign_in, told, whoami

PASSWORD = "correct horse battery"


def colleague(person, **kwargs):
    return new_person(company=person.company, **({"is_administrator": False} | kwargs))


def invited(person, email="berit@example.se", **roles):
    service.invite(person.ctx(), InvitationCreate(email=email, lang="en", **roles))
    return mails(email)[-1].code


def accept(code, ctx=None, **changes):
    command = InvitationAccept(**({"code": code, "name": "Berit", "password": PASSWORD} | changes))
    return service.accept_invitation(ctx or new_context(), command)


@pytest.fixture
def owner(aws):
    return new_person(portal_role=PortalRole.OWNER)


def test_an_invited_person_without_an_account_gets_one_and_no_company_of_their_own(owner):
    membership = accept(invited(owner, portal_role=PortalRole.DEVELOPER))
    assert (membership.tenant_id, membership.portal_role) == (owner.company.tenant_id, PortalRole.DEVELOPER)
    account = service.find_account_by_email("berit@example.se")
    assert [entry.company.tenant_id for entry in service.list_companies(account.account_id)] == [
        owner.company.tenant_id
    ]
    assert [event.event_type for event in told("member.*")] == ["member.invited", "member.joined"]


def test_the_code_works_once_and_is_stored_as_a_hash_only(owner):
    code = invited(owner)
    (row,) = InvitationItem.scan()
    assert code.rpartition(".")[2] not in str(row.to_simple_dict())
    accept(code)
    with pytest.raises(InvitationInvalidError):
        accept(code)


@pytest.mark.parametrize(
    "change", [lambda c: c[:-1] + "x", lambda c: ".", lambda c: "a.b", lambda c: c.partition(".")[2]]
)
def test_a_mistyped_code_says_the_same_as_an_unknown_one(owner, change):
    with pytest.raises(InvitationInvalidError):
        accept(change(invited(owner)))


def test_an_invitation_ends_after_seven_days(owner):
    code = invited(owner)
    later = new_context(offset=timedelta(days=7, seconds=1))
    with pytest.raises(InvitationInvalidError):
        accept(code, later)


def test_a_second_invitation_ends_the_first_and_a_withdrawn_one_opens_nothing(owner):
    first, second = invited(owner), invited(owner)
    with pytest.raises(InvitationInvalidError):
        accept(first)
    (waiting,) = service.list_invitations(owner.ctx())
    service.withdraw_invitation(owner.ctx(), waiting.invitation_id)
    with pytest.raises(InvitationInvalidError):
        accept(second)


def test_an_address_with_an_account_must_sign_in_with_it(owner):
    berit = new_person(email="berit@example.se")
    code = invited(owner, is_administrator=True)
    for ctx in (new_context(), new_person().ctx()):
        with pytest.raises(UnauthenticatedError):
            accept(code, ctx)
    assert accept(code, berit.ctx()).is_administrator
    assert len(service.list_companies(berit.account.account_id)) == 2


def test_somebody_who_belongs_to_the_company_is_not_invited_again(owner):
    there = colleague(owner)
    with pytest.raises(AlreadyMemberError):
        invited(owner, there.account.email)


def test_mails_to_one_address_are_limited(owner):
    with pytest.raises(TooManyAttemptsError):
        for _ in range(6):
            invited(owner)


def test_a_new_person_must_tell_a_name_and_a_password(owner):
    code = invited(owner)
    for changes in ({"name": ""}, {"password": "short"}):
        with pytest.raises(RejectedError):
            accept(code, **changes)


def test_roles_change_and_are_told_with_before_and_after(owner):
    there = colleague(owner)
    service.change_roles(owner.ctx(), there.account.account_id, RolesUpdate(portal_role=PortalRole.VIEWER))
    found = service.find_membership(there.account.account_id, owner.company.tenant_id)
    assert (found.is_administrator, found.portal_role) == (False, PortalRole.VIEWER)
    (event,) = told("member.changed")
    assert (event.data["before"], event.data["after"]) == (["user"], ["viewer"])


def test_rights_in_the_company_are_given_on_the_page_and_mean_nothing_beside_administration(client, app):
    boss = developer(app)
    there = colleague(whoami(boss))
    here = f"/account/team/{there.account.account_id}"
    assert boss.submit(here, here, company_role="reader").status == 303
    assert ">Reader<" in boss.get("/account/team", headers={"Accept-Language": "en"}).text
    members = f"/companies/current/members/{there.account.account_id}"
    both = boss.request("PUT", members, json={"company_role": "bookkeeper", "is_administrator": True}).json
    assert (both["company_role"], both["is_administrator"]) == (None, True)


@pytest.mark.parametrize("roles", [RolesUpdate(portal_role=PortalRole.OWNER), RolesUpdate(is_administrator=True)])
def test_the_last_administrator_and_the_last_owner_keep_their_role(owner, roles):
    colleague(owner)
    with pytest.raises(LastOfTheirKindError):
        service.change_roles(owner.ctx(), owner.account.account_id, roles)
    with pytest.raises(LastOfTheirKindError):
        service.remove_member(owner.ctx(), owner.account.account_id)


def test_two_administrators_who_remove_each_other_leave_one(owner, monkeypatch):
    """The list may be a moment old: the transaction itself asks whether the other still stands."""
    other = colleague(owner, is_administrator=True, portal_role=PortalRole.OWNER)
    stale = repository.list_members(owner.company.tenant_id)
    service.remove_member(owner.ctx(), other.account.account_id)
    monkeypatch.setattr(repository, "list_members", lambda _: stale)
    with pytest.raises(ConflictError):
        service.remove_member(other.ctx(), owner.account.account_id)
    assert service.find_membership(owner.account.account_id, owner.company.tenant_id)


def test_an_owner_who_is_no_administrator_makes_none_and_removes_none(owner):
    second = colleague(owner, portal_role=PortalRole.OWNER)
    with pytest.raises(ForbiddenError):
        service.change_roles(second.ctx(), second.account.account_id, RolesUpdate(is_administrator=True))
    with pytest.raises(ForbiddenError):
        service.remove_member(second.ctx(), owner.account.account_id)
    with pytest.raises(ForbiddenError):
        invited(second, is_administrator=True)


def test_staff_exist_at_the_operator_only_and_portal_roles_in_live_companies_only(owner, app):
    with pytest.raises(RejectedError):
        invited(owner, staff_role=StaffRole.REVIEWER)
    boss = whoami(operator(app))
    with pytest.raises(RejectedError):
        invited(boss, portal_role=PortalRole.OWNER)
    code = invited(boss, staff_role=StaffRole.REVIEWER)
    assert accept(code).staff_role is StaffRole.REVIEWER


def test_a_person_of_another_company_is_not_found(owner):
    stranger = new_person()
    for act in (
        lambda: service.get_member(owner.ctx(), stranger.account.account_id),
        lambda: service.remove_member(owner.ctx(), stranger.account.account_id),
        lambda: service.withdraw_invitation(owner.ctx(), "inv_nobody"),
    ):
        with pytest.raises(NotFoundError):
            act()


def test_BO_16_the_session_of_a_removed_person_ends_within_a_minute(client, app):
    boss = developer(app)
    there = colleague(whoami(boss), portal_role=PortalRole.DEVELOPER)
    theirs = sign_in(app, there)
    assert boss.request("DELETE", f"/companies/current/members/{there.account.account_id}").status == 204
    from chalicelib.kit.http import Router

    make = Router.make_context
    try:
        Router.make_context = staticmethod(lambda request: new_context(offset=timedelta(seconds=61)))
        assert theirs.get("/sessions/current").status == 401
    finally:
        Router.make_context = make


def test_nothing_is_written_when_the_member_changed_meanwhile(owner):
    there = colleague(owner)
    with store.transaction() as tx:
        repository.change_membership(tx, there.membership, MemberRoles(is_administrator=True))
    with pytest.raises(store.RefusedError), store.transaction() as tx:
        repository.remove_membership(tx, there.membership)


def test_the_team_as_json(client, app):
    boss = developer(app)
    made = boss.post("/companies/current/invitations", json={"email": "berit@example.se", "portal_role": "developer"})
    assert made.status == 201, made.text
    assert "code" not in made.text
    code = mails("berit@example.se")[-1].code
    joined = Client(app).post("/invitations/acceptances", json={"code": code, "name": "B", "password": PASSWORD})
    assert joined.status == 201, joined.text
    people = boss.get("/companies/current/members").json
    assert [one["portal_role"] for one in people] == ["owner", "developer"]
    changed = boss.request(
        "PUT", f"/companies/current/members/{people[1]['account_id']}", json={"portal_role": "viewer"}
    )
    assert changed.json["portal_role"] == "viewer"
    assert boss.get("/companies/current/invitations").json == []


def test_people_without_a_leading_role_do_not_see_the_team(client, app):
    plain = customer(app, is_administrator=False)
    assert plain.get("/companies/current/members").status == 403
    assert plain.get("/account/team").status == 403


def test_the_whole_way_through_the_pages(client, app):
    boss = developer(app)
    sent = boss.submit("/account/team", email="berit@example.se", portal_role="developer")
    assert sent.status == 303, sent.text
    assert "berit@example.se" in boss.get("/account/team").text
    link, browser = mails("berit@example.se")[-1].link, Client(app)
    page = browser.get(link)
    assert page.status == 200
    code = mails("berit@example.se")[-1].code
    short = browser.submit(link, "/invitation", code=code, name="Berit", password="short")
    assert short.status == 422
    joined = browser.submit(link, "/invitation", code=code, name="Berit", password=PASSWORD)
    assert (joined.status, joined.headers["location"]) == (303, "/sign-in")
    berit = service.find_account_by_email("berit@example.se").account_id
    refused = boss.submit("/account/team", email="berit@example.se")
    assert refused.status == 409
    assert boss.submit(f"/account/team/{berit}", portal_role="viewer").status == 303
    assert boss.submit(f"/account/team/{berit}", f"/account/team/{berit}/remove").status == 303
    me = whoami(boss).account.account_id
    assert boss.submit(f"/account/team/{me}", f"/account/team/{me}/remove").status == 409


def test_an_account_that_is_signed_in_joins_and_goes_on_in_the_new_company(client, app):
    boss = developer(app)
    berit = sign_in(app, new_person(email="berit@example.se"))
    assert boss.submit("/account/team", email="berit@example.se").status == 303
    mail = mails("berit@example.se")[-1]
    assert "/sign-in?next=" in Client(app).get(mail.link).text
    joined = berit.submit(mail.link, "/invitation", code=mail.code)
    assert joined.status == 303
    assert berit.get("/sessions/current").json["tenant_id"] == whoami(boss).company.tenant_id
    assert "Sign out" in customer(app).get(boss_link(boss), headers={"Accept-Language": "en"}).text


def boss_link(boss):
    new_person(email="cia@example.se")
    boss.submit("/account/team", email="cia@example.se")
    return mails("cia@example.se")[-1].link
