"""Buying through the platform: what was shown is what is bought, together with the agreement and the seats, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import IntegrationStatus
from chalicelib.integrations.schemas import IntegrationUpdate
from chalicelib.kit import store
from chalicelib.kit.context import new_context
from chalicelib.kit.errors import UnavailableError
from chalicelib.kit.pagination import PageQuery
from chalicelib.licences import service
from chalicelib.licences.repository import AgreementItem, ApprovalItem, SeatsItem, find_seats
from chalicelib.licences.schemas import LicenceBuy
from chalicelib.sales import service as sales
from chalicelib.sales.domain import local_day
from tests import factories
from tests.factories import aws_calls, told, whoami
from tests.licences.conftest import CALLBACK, TERMS, new_sandbox, set_status


def test_an_offer_says_what_it_costs_and_what_is_agreed_to(shop):
    offer = shop.offer()
    assert (offer["unit_minor"], offer["currency"], offer["price_version"]) == (9900, "SEK", 1)
    assert (offer["agreement_version"], offer["agreement_url"]) == (1, TERMS)
    assert (offer["is_bought"], offer["is_test"]) == (False, False)


def test_C3_bought_with_its_agreement_in_one_transaction(shop):
    answer = shop.buy()
    assert answer.status == 201
    bought = answer.json
    assert (bought["seats"], bought["price_version"], bought["agreement_version"], bought["ends_on"]) == (1, 1, 1, None)
    (approval,) = ApprovalItem.scan()
    person = whoami(shop.customer)
    assert (approval.tenant_id, approval.account_id, approval.person) == (
        person.company.tenant_id, person.account.account_id, person.account.name,
    )  # fmt: skip
    assert (approval.agreement_url, int(approval.agreement_version), int(approval.unit_minor)) == (TERMS, 1, 9900)
    assert approval.subscription_id == bought["subscription_id"]
    assert [int(row.version) for row in AgreementItem.scan()] == [1]
    assert [event.data["seats"] for event in told("subscription.started")] == [1]
    assert shop.offer()["is_bought"] is True


def test_free_days_are_told_with_their_date_given_once_and_cost_nothing_when_cancelled(shop):
    trial = shop.new_integration(trial_days=14)
    offer = shop.offer(trial)
    day = local_day(new_context().now) + timedelta(days=14)
    assert (offer["trial_days"], offer["paid_from"]) == (14, day.isoformat())
    page = shop.customer.get(f"/marketplace/{trial.integration_id}/buy").text
    assert "The first 14 days · you pay from" in page
    assert shop.buy(trial).status == 201
    tenant_id = whoami(shop.customer).company.tenant_id
    bought = sales.find_subscription(tenant_id, trial.integration_id)
    assert (bought.paid_from, bought.period_start, bought.pending) == (day, None, ())
    assert "Free of charge until" in shop.customer.get(f"/my-integrations/{trial.integration_id}/licence").text
    service.cancel_licence(whoami(shop.customer).ctx(), trial.integration_id)
    gone = sales.find_subscription(tenant_id, trial.integration_id)
    assert (gone.ends_on, gone.pending) == (day, ())
    assert shop.offer(trial)["trial_days"] == 0


def test_without_the_agreement_nothing_is_bought(shop):
    answer = shop.buy(is_agreed=False)
    assert (answer.status, answer.json["code"]) == (422, "agreement-not-approved")
    assert not list(ApprovalItem.scan())
    assert not told("subscription.*")


def test_an_integration_without_an_agreement_needs_none(shop):
    plain = shop.new_integration(user_agreement=None)
    answer = shop.buy(plain, is_agreed=False)
    assert (answer.status, answer.json["agreement_version"]) == (201, None)
    assert [row.agreement_url for row in ApprovalItem.scan()] == [""]


@pytest.mark.parametrize("changes", [{"price_version": 2}, {"agreement_version": 2}, {"agreement_version": None}])
def test_terms_that_are_not_those_of_now_buy_nothing(shop, changes):
    answer = shop.buy(**changes)
    assert (answer.status, answer.json["code"]) == (409, "terms-changed")
    assert not told("subscription.*")


def test_another_address_is_another_version_of_the_agreement(shop):
    shop.buy()
    command = IntegrationUpdate(user_agreement="https://dev.example/terms-2")
    integrations.update_integration(whoami(shop.developer).ctx(), shop.integration.integration_id, command)
    other = factories.customer(shop.app)
    assert shop.offer(client=other)["agreement_version"] == 2
    assert shop.buy(client=other).json["agreement_version"] == 2
    kept = service.get_licence(whoami(shop.customer).ctx(), shop.integration.integration_id)
    assert kept.agreement_version == 1


def test_what_is_shown_is_of_today_though_no_close_has_moved_the_row_on(shop, per_user):
    shop.buy(per_user, seats=3)
    ctx = whoami(shop.customer).ctx()
    service.change_licence_seats(ctx, per_user.integration_id, 2)
    later = replace(ctx, now=ctx.now + timedelta(days=70))
    shown = service.get_licence(later, per_user.integration_id)
    assert local_day(later.now) < shown.next_period_start
    assert shown.seats == 2
    (listed,) = sales.list_for_customer(later, ctx.caller.tenant_id, PageQuery()).items
    assert listed == shown


def test_SA_05_sent_twice_it_is_bought_once_without_any_key(shop):
    """A purchase names the licences wanted in all (decision 0070): it is its own key, so none has to be sent along."""
    first, second = shop.buy(), shop.buy()
    assert (first.status, second.status) == (201, 201)
    assert first.json == second.json
    assert len(told("subscription.started")) == 1
    assert len(list(ApprovalItem.scan())) == 1


def test_FA_04_a_purchase_whose_answer_was_lost_is_finished_by_repeating_it(shop, monkeypatch):
    person, offer = whoami(shop.customer), shop.offer()
    command = LicenceBuy(
        integration_id=shop.integration.integration_id, price_version=1, agreement_version=offer["agreement_version"],
        is_agreed=True,
    )  # fmt: skip
    commit = store.Transaction.commit

    def lose(self: store.Transaction) -> None:
        commit(self)
        raise UnavailableError

    monkeypatch.setattr(store.Transaction, "commit", lose)
    with pytest.raises(UnavailableError):
        service.buy_licence(person.ctx(), command)
    monkeypatch.setattr(store.Transaction, "commit", commit)
    service.buy_licence(person.ctx(), command)
    assert len(told("subscription.started")) == len(list(ApprovalItem.scan())) == 1


def test_only_an_administrator_buys(shop):
    user = shop.browser(shop.colleague())
    assert shop.buy(client=user).status == 403
    assert "Only a system administrator can buy" in user.get(f"/marketplace/{shop.integration.integration_id}/buy").text


def test_what_is_free_or_sold_elsewhere_is_not_sold_here(shop):
    free = shop.new_integration(price_minor=0)
    elsewhere = shop.new_integration(sales_channel="website", price_minor=None, price_text="100 a month")
    for one in (free, elsewhere):
        answer = shop.customer.get(f"/offers/{one.integration_id}")
        assert (answer.status, answer.json["code"]) == (409, "sold-elsewhere")


def test_a_suspended_integration_cannot_be_bought(shop):
    set_status(shop.integration, IntegrationStatus.SUSPENDED)
    assert shop.customer.get(f"/offers/{shop.integration.integration_id}").status == 409


def test_a_sandbox_buys_for_test_and_a_hidden_one_of_its_own_developer(shop):
    hidden = shop.new_integration(is_published=False)
    assert shop.customer.get(f"/offers/{hidden.integration_id}").status == 404
    tester = shop.browser(new_sandbox(whoami(shop.developer)))
    assert shop.offer(hidden, tester)["is_test"] is True
    answer = shop.buy(hidden, client=tester)
    assert (answer.status, answer.json["is_test"]) == (201, True)
    strange = shop.browser(new_sandbox(factories.new_person(licence=True)))
    assert strange.get(f"/offers/{hidden.integration_id}").status == 404
    subscription = sales.find_subscription(whoami(tester).company.tenant_id, hidden.integration_id)
    assert subscription.pending == (), "a test owes nothing"


def test_the_page_shows_price_and_period_and_sends_on_without_a_code(shop):
    page = f"/marketplace/{shop.integration.integration_id}/buy"
    shown = shop.customer.get(page)
    assert shown.status == 200
    assert "SEK 99.00" in shown.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "One month at a time" in shown.text
    assert TERMS in shown.text
    assert "https://app.example" in shown.headers["content-security-policy"]
    refused = shop.customer.submit(page, page, price_version=1, agreement_version=1, seats=1)
    assert refused.status == 422
    assert "Approve the user agreement to buy." in refused.text
    answer = shop.customer.submit(page, page, price_version=1, agreement_version=1, seats=1, is_agreed=1)
    assert (answer.status, answer.headers["location"]) == (303, CALLBACK)
    assert "Your company has a licence" in shop.customer.get(page).text


def test_cancelled_it_lasts_until_the_period_ends_and_can_be_bought_again(shop):
    shop.buy()
    path = f"/licences/{shop.integration.integration_id}"
    first, second = (shop.customer.request("DELETE", path) for _ in range(2))
    assert first.json == second.json
    assert first.json["ends_on"] == first.json["next_period_start"]
    assert len(told("subscription.cancelled")) == 1
    assert "It ends on" in shop.customer.get(f"/my-integrations/{shop.integration.integration_id}/licence").text
    assert shop.offer()["is_bought"] is False
    again = shop.buy().json
    assert (again["ends_on"], again["subscription_id"]) == (None, first.json["subscription_id"])


def test_BO_02_another_company_sees_no_licence(shop):
    shop.buy()
    other = factories.customer(shop.app)
    path = f"/licences/{shop.integration.integration_id}"
    assert other.get(path).status == other.request("DELETE", path).status == 404
    assert other.get(f"{path}/holders").status == 404
    assert other.request("PUT", f"{path}/seats", json={"seats": 2}).status == 404


def test_the_buyer_gets_the_first_seat(shop, per_user):
    shop.buy(per_user, seats=3)
    person = whoami(shop.customer)
    seats = find_seats(person.company.tenant_id, per_user.integration_id)
    assert (seats.bought, seats.holders) == (3, {person.account.account_id})
    assert not find_seats(person.company.tenant_id, shop.integration.integration_id)
    assert len(list(SeatsItem.scan())) == 1


def test_the_page_of_an_offer_reads_in_two_steps(shop, per_user):
    path = f"/marketplace/{per_user.integration_id}/buy"
    shop.buy(per_user, seats=2)
    shop.customer.get(path)
    with aws_calls() as calls:
        page = shop.customer.get(path)
    assert page.status == 200
    # The session; then a batch beside two queries for the latest price and agreement; then the integration and its owner.
    assert (calls[0], sorted(calls[1:4]), calls[4:]) == (
        "GetItem",
        ["BatchGetItem", "Query", "Query"],
        ["BatchGetItem"],
    )
