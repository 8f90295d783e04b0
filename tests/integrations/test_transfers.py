"""Handing an integration over: offered, accepted, and everything that is the integration's goes with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.accounts.domain import DeveloperLicenceRequiredError, PortalRole, TooManyAttemptsError
from chalicelib.integrations import repository, service
from chalicelib.integrations.domain import NameTakenError, TransferEndedError, TransferOpenError
from chalicelib.integrations.file_schemas import TransferCreate
from chalicelib.integrations.schemas import IntegrationCreate, IntegrationUpdate
from chalicelib.kit.errors import NotFoundError, RejectedError
from chalicelib.kit.pagination import PageQuery
from tests.factories import developer, mails, new_person, told, whoami


@pytest.fixture
def giver(aws):
    return new_person(licence=True, portal_role=PortalRole.OWNER)


@pytest.fixture
def taker(aws):
    return new_person(licence=True, portal_role=PortalRole.OWNER)


@pytest.fixture
def created(giver):
    return service.create_integration(giver.ctx(), IntegrationCreate(name="Kvitto", scopes=["customer"]))


def offer(giver, created, taker, ctx=None):
    command = TransferCreate(company_number=taker.company.number)
    return service.offer_transfer(ctx or giver.ctx(), created.integration.integration_id, command)


def test_it_moves_with_its_identity_and_gets_a_secret_only_the_new_owner_knows(giver, taker, created):
    offer(giver, created, taker)
    old = created.integration
    (mail,) = [mail for mail in mails(taker.account.email) if "offers you Kvitto" in mail.subject]
    assert mail.link == "/portal/transfers"
    made = service.accept_transfer(taker.ctx(), old.integration_id)
    now = service.get_integration(taker.ctx(), old.integration_id)
    assert (now.client_id, now.number, now.name) == (old.client_id, old.number, old.name)
    assert service.find_by_client_id(old.client_id) == now
    assert service.get_public(old.integration_id).tenant_id == taker.company.tenant_id
    with pytest.raises(NotFoundError):
        service.get_integration(giver.ctx(), old.integration_id)
    ctx = taker.ctx()
    assert service.is_client_secret(now, made.client_secret, ctx.now)
    assert service.is_client_secret(now, created.client_secret, ctx.now)
    assert not service.is_client_secret(now, created.client_secret, ctx.now + timedelta(days=7, seconds=1))
    assert [event.data["owner_tenant_id"] for event in told("integration.handed_over")] == [giver.company.tenant_id]
    assert [event.data["owner_tenant_id"] for event in told("integration.transferred")] == [taker.company.tenant_id]
    assert [mail for mail in mails(giver.account.email) if "has taken over" in mail.subject]
    assert list(repository.TransferItem.scan()) == []


def test_the_name_is_free_again_and_the_found_secret_still_leads_home(giver, taker, created):
    offer(giver, created, taker)
    service.accept_transfer(taker.ctx(), created.integration.integration_id)
    service.create_integration(giver.ctx(), IntegrationCreate(name="Kvitto", scopes=["customer"]))
    assert service.burn_secret(giver.ctx(), created.client_secret)
    now = service.get_integration(taker.ctx(), created.integration.integration_id)
    assert len(now.secrets) == 1


def test_a_name_the_taker_has_already_is_refused_and_nothing_moves(giver, taker, created):
    service.create_integration(taker.ctx(), IntegrationCreate(name="KVITTO", scopes=["customer"]))
    offer(giver, created, taker)
    with pytest.raises(NameTakenError):
        service.accept_transfer(taker.ctx(), created.integration.integration_id)
    assert service.get_integration(giver.ctx(), created.integration.integration_id).version == 1


def test_one_offer_at_a_time_and_a_new_one_after_two_weeks(giver, taker, created):
    offer(giver, created, taker)
    with pytest.raises(TransferOpenError):
        offer(giver, created, taker)
    later = replace(giver.ctx(), now=giver.ctx().now + timedelta(days=14, seconds=1))
    assert service.find_transfer(later, created.integration.integration_id) is None
    assert offer(giver, created, taker, later).offered_at == later.now


def test_an_offer_ends_after_two_weeks(giver, taker, created):
    offer(giver, created, taker)
    late = replace(taker.ctx(), now=taker.ctx().now + timedelta(days=14, seconds=1))
    with pytest.raises(NotFoundError):
        service.accept_transfer(late, created.integration.integration_id)
    assert list(service.list_incoming_transfers(late, PageQuery()).items) == []


@pytest.mark.parametrize("end", ["withdraw", "decline"])
def test_both_sides_can_end_it(giver, taker, created, end):
    offer(giver, created, taker)
    integration_id = created.integration.integration_id
    if end == "withdraw":
        service.withdraw_transfer(giver.ctx(), integration_id)
    else:
        service.decline_transfer(taker.ctx(), integration_id)
    for attempt in (service.accept_transfer, service.decline_transfer):
        with pytest.raises(NotFoundError):
            attempt(taker.ctx(), integration_id)
    with pytest.raises(NotFoundError):
        service.withdraw_transfer(giver.ctx(), integration_id)


def test_strangers_find_neither_integration_nor_offer(giver, taker, created):
    offer(giver, created, taker)
    stranger = new_person(licence=True, portal_role=PortalRole.OWNER)
    for attempt in (service.accept_transfer, service.decline_transfer, service.withdraw_transfer):
        with pytest.raises(NotFoundError):
            attempt(stranger.ctx(), created.integration.integration_id)
    with pytest.raises(NotFoundError):
        offer(stranger, created, taker)
    assert list(service.list_incoming_transfers(stranger.ctx(), PageQuery()).items) == []


def test_ones_own_company_and_unknown_numbers_are_refused_and_counted(giver, created):
    for number in (giver.company.number, 1_000_000):
        with pytest.raises(RejectedError):
            service.offer_transfer(
                giver.ctx(), created.integration.integration_id, TransferCreate(company_number=number)
            )
    with pytest.raises(TooManyAttemptsError):
        for _ in range(25):
            with pytest.raises(RejectedError):
                service.offer_transfer(
                    giver.ctx(), created.integration.integration_id, TransferCreate(company_number=1_000_000)
                )


def test_without_a_licence_nobody_takes_over(giver, created):
    unlicensed = new_person(portal_role=PortalRole.OWNER)
    offer(giver, created, unlicensed)
    with pytest.raises(DeveloperLicenceRequiredError):
        service.accept_transfer(unlicensed.ctx(), created.integration.integration_id)


def test_a_deleted_integration_is_not_handed_over(giver, taker, created):
    offer(giver, created, taker)
    service.delete_integration(giver.ctx(), created.integration.integration_id)
    with pytest.raises(TransferEndedError):
        service.accept_transfer(taker.ctx(), created.integration.integration_id)


def test_an_edit_in_between_goes_along(giver, taker, created):
    offer(giver, created, taker)
    service.update_integration(giver.ctx(), created.integration.integration_id, IntegrationUpdate(description="New"))
    service.accept_transfer(taker.ctx(), created.integration.integration_id)
    assert service.get_integration(taker.ctx(), created.integration.integration_id).description == "New"


def test_only_owners_offer_and_accept_on_pages_and_over_json(client):
    owner, other = developer(client), developer(client)
    builder = developer(client, portal_role=PortalRole.DEVELOPER, company=whoami(owner).company)
    for one in (owner, other):
        one.headers["Accept-Language"] = "en"
    made = owner.post("/integrations", json={"name": "Kvitto", "scopes": ["customer"]}).json
    path = f"/integrations/{made['integration_id']}/transfer"
    number = whoami(other).company.number
    assert builder.post(path, json={"company_number": number}).status == 403
    page = f"/portal/integrations/{made['integration_id']}/transfer"
    assert owner.submit(page, page, company_number="12").status == 422
    assert owner.submit(page, page, company_number=str(number)).status == 303
    assert "Take the offer back" in owner.get(page).text
    assert owner.get(path).json["to_number"] == number
    assert [one["name"] for one in other.get("/transfers").json["items"]] == ["Kvitto"]
    accept = f"/portal/transfers/{made['integration_id']}/accept"
    taken = other.submit("/portal/transfers", accept)
    assert taken.status == 200
    assert "Client secret" in taken.text
    assert owner.get(page).status == 404
