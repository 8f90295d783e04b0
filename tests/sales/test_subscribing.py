"""Buying through the service: what a transaction leaves behind, and what a repeat does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.accounts import repository
from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import CompanyKind
from chalicelib.integrations.domain import SalesChannel
from chalicelib.kit import store
from chalicelib.kit.pagination import PageQuery
from chalicelib.sales import service
from chalicelib.sales.domain import OrderKind, SoldElsewhereError, SubscriptionNotFoundError
from chalicelib.sales.repository import OrderItem, PriceVersionItem, SubscriptionItem
from tests.factories import aws_calls, mails, told
from tests.sales.builders import at, buyer, for_sale, purchase

pytestmark = pytest.mark.usefixtures("aws")


def orders():
    return [(item.kind, item.licences) for item in sorted(OrderItem.scan(), key=lambda item: item.place)]


def test_a_purchase_leaves_subscription_price_order_and_event_in_one_transaction():
    berg = buyer()
    ctx = at("2026-11-15", berg.ctx())
    with aws_calls() as calls:
        bought = service.buy(ctx, purchase(tenant_id=berg.company.tenant_id, seats=3))
    assert calls == ["GetItem", "Query", "GetItem", "TransactWriteItems"]
    found = service.find_subscription(berg.company.tenant_id, "int_lagerbro")
    assert found == bought
    assert found.is_live(ctx.now)
    assert [row.unit_minor for row in PriceVersionItem.scan()] == [9995]
    assert orders() == [(OrderKind.PURCHASE, 3)]
    assert [event.data["seats"] for event in told("subscription.*")] == [3]


def test_who_buys_or_cancels_has_it_in_writing_once_and_a_test_purchase_writes_to_nobody():
    berg = buyer()
    ctx = at("2026-11-15", berg.ctx())
    for _ in range(2):
        service.buy(ctx, purchase(tenant_id=berg.company.tenant_id, seats=3))
    for _ in range(2):
        service.cancel(at("2026-11-16", berg.ctx()), berg.company.tenant_id, "int_lagerbro")
    bought, cancelled = mails(ctx.actor.email)
    assert bought.subject.endswith("has bought Lagerbro")
    assert "Price: 99.95 SEK a month and licence" in bought.text
    assert "Licences: 3" in bought.text
    assert "Next period: 2026-12-15" in bought.text
    assert cancelled.subject == "Lagerbro is cancelled and ends on 2026-12-15"
    tester = buyer()
    service.buy(at("2026-11-15", tester.ctx()), purchase(tenant_id=tester.company.tenant_id, is_test=True))
    assert not mails(tester.account.email)


def test_a_purchase_sent_twice_buys_once_and_a_cancellation_sent_twice_ends_once():
    berg = buyer()
    mine = berg.company.tenant_id
    for _ in range(2):
        service.buy(at("2026-11-15", berg.ctx()), purchase(tenant_id=mine, seats=2))
    for _ in range(2):
        service.cancel(at("2026-11-20", berg.ctx()), mine, "int_lagerbro")
    assert orders() == [(OrderKind.PURCHASE, 2), (OrderKind.TERMINATION, 2)]
    assert [event.event_type for event in told("subscription.*")] == ["subscription.started", "subscription.cancelled"]


def test_two_buyers_of_one_company_at_once_make_one_subscription():
    berg = buyer()
    mine = purchase(tenant_id=berg.company.tenant_id)
    first, second = store.Transaction(), store.Transaction()
    service.subscribe(first, at("2026-11-15", berg.ctx()), mine)
    service.subscribe(second, at("2026-11-15", berg.ctx()), mine)
    first.commit()
    with pytest.raises(store.RefusedError) as refused:
        second.commit()
    assert "subscription" in refused.value.parts
    assert len(list(SubscriptionItem.scan())) == 1


def test_SA_08_SA_09_new_customers_pay_the_new_price_old_ones_theirs():
    old, new = buyer(), buyer()
    service.buy(at("2026-11-01", old.ctx()), purchase(tenant_id=old.company.tenant_id))
    dearer = for_sale(price_minor=19900)
    bought = service.buy(at("2026-11-15", new.ctx()), purchase(tenant_id=new.company.tenant_id, integration=dearer))
    assert (bought.price_version, bought.unit_minor) == (2, 19900)
    stands = service.find_subscription(old.company.tenant_id, "int_lagerbro")
    assert (stands.price_version, stands.unit_minor) == (1, 9995)
    assert service.price_of(at("2026-11-16"), dearer).version == 2
    assert service.price_of(at("2026-11-16"), for_sale()).version == 3


def test_SA_18_what_is_sold_on_a_website_cannot_be_bought_here():
    berg = buyer()
    elsewhere = for_sale(sales_channel=SalesChannel.WEBSITE, price_minor=None)
    with pytest.raises(SoldElsewhereError):
        service.buy(at("2026-11-15", berg.ctx()), purchase(tenant_id=berg.company.tenant_id, integration=elsewhere))


def test_seats_are_changed_and_ends_are_given_back():
    berg = buyer()
    mine = berg.company.tenant_id
    service.buy(at("2026-11-01", berg.ctx()), purchase(tenant_id=mine, seats=2))
    service.change_seats(at("2026-11-16", berg.ctx()), mine, "int_lagerbro", 5)
    service.change_seats(at("2026-11-16", berg.ctx()), mine, "int_lagerbro", 5)
    service.end(at("2026-11-21", berg.ctx()), mine, "int_lagerbro", "suspended")
    found = service.find_subscription(mine, "int_lagerbro")
    assert [charge.kind for charge in found.pending] == ["period", "seats", "credit"]
    assert orders() == [(OrderKind.PURCHASE, 2), (OrderKind.SEATS_ADDED, 3), (OrderKind.TERMINATION, 5)]
    with pytest.raises(SubscriptionNotFoundError):
        service.cancel(at("2026-11-22", berg.ctx()), mine, "int_lagerbro")


def test_a_sandbox_buys_for_test_and_owes_nothing():
    berg = buyer()
    ctx = berg.ctx()
    with store.transaction() as tx:
        repository.save_company(tx, replace(berg.company, kind=CompanyKind.SANDBOX, version=2))
    bought = service.buy(ctx, purchase(tenant_id=accounts.get_company(berg.company.tenant_id).tenant_id))
    assert bought.is_test
    assert bought.pending == ()
    assert next(iter(SubscriptionItem.scan())).bill_place is None


def test_a_customer_lists_what_it_bought():
    berg = buyer()
    mine = berg.company.tenant_id
    ctx = at("2026-11-15", berg.ctx())
    service.buy(ctx, purchase(tenant_id=mine))
    service.buy(ctx, purchase(tenant_id=mine, integration=for_sale(integration_id="int_kvitto", name="Kvitto")))
    with aws_calls() as calls:
        listed = service.list_for_customer(ctx, mine, PageQuery())
    assert [one.integration_name for one in listed.items] == ["Kvitto", "Lagerbro"]
    assert calls == ["Query"]
