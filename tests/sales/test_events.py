"""What sales does when told: deliver invoices, announce prices, end what is suspended or gone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.integrations import repository as integrations
from chalicelib.integrations.domain import IntegrationStatus
from chalicelib.kit import store
from chalicelib.kit.outbox import consumers_of, new_event, publish
from chalicelib.sales import repository, service
from chalicelib.sales.domain import Month
from chalicelib.sales.repository import InvoiceItem, StatementItem, SubscriptionItem
from chalicelib.sales.schemas import CreditCreate
from chalicelib.sales.service import delivering, following
from tests.factories import mails, new_person, told
from tests.sales.builders import at, buyer, for_sale, purchase

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def berg():
    return buyer()


def stored(**changes):
    """An integration that other rooms find."""
    owner = new_person(licence=True)
    made = for_sale(tenant_id=owner.company.tenant_id, **changes)
    ctx = owner.ctx()
    integrations.add_integration(made, new_event(ctx, "integration.created", made.integration_id), "op")
    return made


def listed(ctx, integration):
    return new_event(ctx, "publication.listed", integration.integration_id)


def test_an_invoice_goes_out_once_in_the_readers_language(berg):
    integration = stored()
    service.buy(at("2026-11-15", berg.ctx()), purchase(
        tenant_id=berg.company.tenant_id, integration=integration, account_id=berg.account.account_id, seats=3))  # fmt: skip
    service.close_month(at("2026-12-01"), Month(2026, 11))
    (event,) = told("invoices.issued")
    for _ in range(2):
        delivering.deliver(at("2026-12-01"), event)
    (_, mail) = mails()  # the first confirms the purchase
    assert mail.subject == "Invoice 1001 from Nordbok"
    assert "374.81 SEK" in mail.text
    assert next(iter(InvoiceItem.scan())).delivered_at is not None


def test_SA_08_old_customers_hear_of_a_new_price_and_pay_it_after_the_notice(berg):
    integration = stored(price_minor=10000)
    mine = berg.company.tenant_id
    service.buy(
        at("2026-11-15", berg.ctx()),
        purchase(tenant_id=mine, integration=integration, account_id=berg.account.account_id),
    )
    integrations.save_integration(
        integration,
        replace(integration, price_minor=15000, version=2),
        new_event(berg.ctx(), "integration.updated", "x"),
        "op2",
    )
    for _ in range(2):
        following.follow(at("2026-11-20"), listed(berg.ctx(), integration))
    planned = service.find_subscription(mine, "int_lagerbro")
    assert (planned.unit_minor, planned.next_unit_minor, str(planned.next_price_from)) == (10000, 15000, "2026-12-20")
    (_, mail) = mails()
    assert mail.subject == "Lagerbro gets a new price on 2027-01-15"
    service.close_month(at("2026-12-01"), Month(2026, 11))
    service.close_month(at("2027-01-01"), Month(2026, 12))
    service.close_month(at("2027-02-01"), Month(2027, 1))
    amounts = [int(invoice.net_minor) for invoice in sorted(InvoiceItem.scan(), key=lambda one: one.number)]
    assert amounts == [10000, 10000, 15000]


def test_SA_17_a_suspension_and_a_removal_end_every_subscription(berg):
    integration = stored(status=IntegrationStatus.SUSPENDED)
    mine = berg.company.tenant_id
    service.buy(at("2026-11-01", berg.ctx()), purchase(tenant_id=mine, integration=integration))
    following.follow(at("2026-11-16"), listed(berg.ctx(), integration))
    ended = service.find_subscription(mine, "int_lagerbro")
    assert not ended.is_live(at("2026-11-16").now)
    assert [(charge.kind, charge.reason) for charge in ended.pending] == [
        ("period", ""),
        ("credit", "The integration was suspended."),
    ]
    gone = new_event(berg.ctx(), "integration.deleted", "int_lagerbro", owner_tenant_id=integration.tenant_id)
    following.follow(at("2026-11-17"), gone)
    assert service.find_subscription(mine, "int_lagerbro") == ended


def test_a_close_that_was_asked_for_is_done_and_repeating_the_message_does_nothing(berg):
    service.buy(at("2026-10-15", berg.ctx()), purchase(tenant_id=berg.company.tenant_id, integration=stored()))
    event = new_event(at("2026-11-02"), "sales.close_requested", "2026-10", month="2026-10")
    for _ in range(2):
        following.follow(at("2026-11-02"), event)
    (book,) = repository.list_books()
    assert (book.month, book.is_closed, book.invoices) == ("2026-10", True, 1)


def test_a_credit_is_a_line_of_its_own_on_the_next_invoice_and_in_the_audit_log(berg, app):
    mine = berg.company.tenant_id
    service.buy(at("2026-11-15", berg.ctx()), purchase(tenant_id=mine, integration=stored()))
    service.close_month(at("2026-12-01"), Month(2026, 11))
    command = CreditCreate(
        tenant_id=mine, integration_id="int_lagerbro", amount_minor=5000, reason="Two days of outage"
    )
    service.give_credit(at("2026-12-05", berg.ctx()), command)
    service.close_month(at("2027-01-01"), Month(2026, 12))
    invoice = repository.find_invoice(mine, 1002)
    assert [(line.kind, line.amount_minor, line.share_minor) for line in service.read_lines(invoice)] == [
        ("credit", -5000, -3750), ("period", 9995, 7496), ("vat", 1249, 0),
    ]  # fmt: skip


def test_a_credit_alone_makes_a_credit_note(berg):
    mine = berg.company.tenant_id
    service.buy(at("2026-11-01", berg.ctx()), purchase(tenant_id=mine, integration=stored()))
    service.cancel(at("2026-11-02", berg.ctx()), mine, "int_lagerbro")
    service.close_month(at("2026-12-01"), Month(2026, 11))
    command = CreditCreate(tenant_id=mine, integration_id="int_lagerbro", amount_minor=9995, reason="Never worked")
    service.give_credit(at("2026-12-05", berg.ctx()), command)
    service.close_month(at("2027-01-01"), Month(2026, 12))
    assert repository.find_invoice(mine, 1002).is_credit
    assert next(iter(SubscriptionItem.scan())).bill_place is None
    with store.transaction() as tx:
        publish(tx, new_event(at("2027-01-01"), "invoices.issued", "2026-12", invoices=[[mine, 1002]]))


def test_what_is_billed_after_a_hand_over_is_the_new_owners_and_the_past_stays(berg):
    integration = stored(price_minor=10000)
    mine, old, new = berg.company.tenant_id, integration.tenant_id, new_person(licence=True).company.tenant_id
    service.buy(
        at("2026-11-15", berg.ctx()),
        purchase(tenant_id=mine, integration=integration, account_id=berg.account.account_id),
    )
    service.close_month(at("2026-12-01"), Month(2026, 11))
    event = new_event(
        berg.ctx(), "integration.transferred", integration.integration_id, from_tenant_id=old, owner_tenant_id=new
    )
    assert "sales" in consumers_of(event.event_type)
    for _ in range(2):
        following.follow(at("2026-12-05"), event)
    moved = service.find_subscription(mine, integration.integration_id)
    assert (moved.owner_tenant_id, moved.version) == (new, 3), "once, however often it is told"
    service.close_month(at("2027-01-01"), Month(2026, 12))
    earned = {
        one.owner_tenant_id: one.place[:7] for one in StatementItem.scan() if integration.integration_id in one.place
    }
    assert earned == {old: "2026-11", new: "2026-12"}
    removed = new_event(berg.ctx(), "integration.deleted", integration.integration_id, owner_tenant_id=new)
    following.follow(at("2027-01-02"), removed)
    assert service.find_subscription(mine, integration.integration_id).ends_on is not None
