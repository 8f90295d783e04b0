"""Seats: given, taken back, bought later; never more people than licences, whatever runs at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chalicelib.kit.context import new_context
from chalicelib.kit.errors import AppError
from chalicelib.licences import service
from chalicelib.licences.domain import NoFreeSeatError, Seats, SeatsInUseError, seats_after
from chalicelib.licences.leaving import give_up_seats
from chalicelib.licences.repository import find_seats
from chalicelib.sales.domain import SubscriptionNotFoundError
from tests import factories
from tests.conftest import fresh_aws
from tests.factories import told, whoami
from tests.licences.conftest import Shop, new_integration


def assign(shop: Shop, integration: Any, person: Any, method: str = "PUT") -> Any:
    path = f"/licences/{integration.integration_id}/holders/{person.account.account_id}"
    return shop.customer.request(method, path)


def test_a_seat_is_given_and_taken_back_once(shop, per_user):
    shop.buy(per_user, seats=2)
    anna = shop.colleague(name="Anna")
    assert [assign(shop, per_user, anna).status for _ in range(2)] == [204, 204]
    people = shop.customer.get(f"/licences/{per_user.integration_id}/holders").json
    assert [one["is_assigned"] for one in people] == [True, True]
    assert [assign(shop, per_user, anna, "DELETE").status for _ in range(2)] == [204, 204]
    assert [event.event_type for event in told("seat.*")] == ["seat.assigned", "seat.freed"]


def test_when_all_are_taken_another_is_bought(shop, per_user):
    shop.buy(per_user)
    anna = shop.colleague()
    refused = assign(shop, per_user, anna)
    assert (refused.status, refused.json["code"]) == (409, "no-free-seat")
    path = f"/licences/{per_user.integration_id}/seats"
    assert shop.customer.request("PUT", path, json={"seats": 2}).json["seats"] == 2
    assert assign(shop, per_user, anna).status == 204


def test_fewer_than_are_seated_is_refused_until_some_are_freed(shop, per_user):
    shop.buy(per_user, seats=2)
    anna = shop.colleague()
    assign(shop, per_user, anna)
    path = f"/licences/{per_user.integration_id}/seats"
    refused = shop.customer.request("PUT", path, json={"seats": 1})
    assert (refused.status, refused.json["code"]) == (409, "seats-in-use")
    assign(shop, per_user, anna, "DELETE")
    fewer = shop.customer.request("PUT", path, json={"seats": 1}).json
    assert (fewer["seats"], fewer["next_seats"]) == (2, 1)
    assert assign(shop, per_user, anna).status == 409, "a seat that goes with the period is given to nobody"


def test_only_people_of_the_company_get_one(shop, per_user):
    shop.buy(per_user, seats=5)
    assert assign(shop, per_user, factories.new_person()).status == 404
    for nobody in ("acc_nobody", "x" * 3000, "%00"):
        path = f"/licences/{per_user.integration_id}/holders/{nobody}"
        assert shop.customer.request("PUT", path).status == 404
        assert shop.customer.request("DELETE", path).status == 204


def test_one_licence_for_the_company_has_no_seats(shop):
    shop.buy()
    assert assign(shop, shop.integration, shop.colleague()).status == 409
    assert shop.buy(seats=2).status == 422


def test_a_new_subscription_begins_with_the_buyer_alone():
    old = Seats(tenant_id="t", integration_id="i", subscription_id="sub_1", bought=3, holders=frozenset("abc"))
    new = Seats(tenant_id="t", integration_id="i", subscription_id="sub_2", bought=1, holders=frozenset("z"))
    assert seats_after(old, new) == new
    assert seats_after(None, new) == new


def test_the_page_gives_and_takes(shop, per_user):
    shop.buy(per_user, seats=2)
    anna = shop.colleague(name="Anna Alm")
    home = f"/my-integrations/{per_user.integration_id}/licence"
    page = shop.customer.get(home)
    assert "Anna Alm" in page.text
    assert "1 of 2 taken" in page.text
    assert shop.customer.submit(home, f"{home}/holders/{anna.account.account_id}", change="assign").status == 303
    assert "2 of 2 taken" in shop.customer.get(home).text
    full = shop.customer.submit(home, f"{home}/holders/{shop.colleague().account.account_id}", change="assign")
    assert (full.status, "Buy another licence" in full.text) == (409, True)
    assert shop.customer.submit(home, f"{home}/holders/{anna.account.account_id}", change="free").status == 303
    wrong = shop.customer.submit(home, f"{home}/seats", seats="many")
    assert (wrong.status, 'aria-invalid="true"' in wrong.text) == (422, True)
    assert shop.customer.submit(home, f"{home}/seats", seats="4").status == 303
    assert shop.customer.submit(home, f"{home}/cancel").status == 303
    user = shop.browser(anna)
    assert "Take back" not in user.get(home).text


def test_an_ended_licence_has_no_seats_to_give(shop, per_user):
    shop.buy(per_user, seats=2)
    shop.customer.request("DELETE", f"/licences/{per_user.integration_id}")
    ctx = whoami(shop.customer).ctx()
    later = whoami(shop.customer).ctx(now=ctx.now + timedelta(days=40))
    with pytest.raises(SubscriptionNotFoundError):
        service.assign_seat(later, per_user.integration_id, shop.colleague().account.account_id)


def test_twenty_at_once_never_get_more_than_were_bought(shop, per_user):
    """Requests are answered one at a time here, so threads only mix the order; tests/e2e does it on the embedded AWS."""
    shop.buy(per_user, seats=3)
    people = [shop.colleague() for _ in range(8)]
    ctx = whoami(shop.customer).ctx()

    def take(person: Any) -> bool:
        try:
            service.assign_seat(ctx, per_user.integration_id, person.account.account_id)
        except AppError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(take, people))
    assert sum(won) == 2, "the buyer has the first of three"
    assert len(find_seats(ctx.caller.tenant_id, per_user.integration_id).holders) == 3


class SeatMachine(RuleBasedStateMachine):
    """Any order of buying, giving, taking, changing and cancelling against a model of two sets."""

    @initialize()
    def open_shop(self) -> None:
        self.aws = fresh_aws()
        self.aws.__enter__()
        developer = factories.new_person(licence=True, portal_role=factories.PortalRole.OWNER)
        self.integration = new_integration(developer, licence_model="per_user", user_agreement=None)
        self.buyer = factories.new_person()
        self.people = [factories.new_person(company=self.buyer.company, is_administrator=False) for _ in range(4)]
        offer = service.get_offer(self.buyer.ctx(), self.integration.integration_id)
        self.command = {"integration_id": self.integration.integration_id, "price_version": offer.price_version}
        self.buy(2)
        self.limit, self.holders = 2, {self.buyer.account.account_id}

    def teardown(self) -> None:
        if hasattr(self, "aws"):
            self.aws.__exit__(None, None, None)

    def buy(self, seats: int) -> None:
        from chalicelib.licences.schemas import LicenceBuy

        service.buy_licence(self.buyer.ctx(), LicenceBuy(**self.command, seats=seats))

    @rule(number=st.integers(0, 3))
    def give(self, number: int) -> None:
        account_id = self.people[number].account.account_id
        try:
            service.assign_seat(self.buyer.ctx(), self.integration.integration_id, account_id)
        except NoFreeSeatError:
            assert len(self.holders) == self.limit
            assert account_id not in self.holders
        else:
            self.holders.add(account_id)

    @rule(number=st.integers(0, 3))
    def take(self, number: int) -> None:
        account_id = self.people[number].account.account_id
        service.free_seat(self.buyer.ctx(), self.integration.integration_id, account_id)
        self.holders.discard(account_id)

    @rule(seats=st.integers(1, 5))
    def change(self, seats: int) -> None:
        try:
            service.change_licence_seats(self.buyer.ctx(), self.integration.integration_id, seats)
        except SeatsInUseError:
            assert len(self.holders) > seats
        else:
            self.limit = seats

    @rule(seats=st.integers(1, 5))
    def buy_again(self, seats: int) -> None:
        try:
            self.buy(seats)
        except SeatsInUseError:
            assert len(self.holders) > seats
        else:
            found = service.get_licence(self.buyer.ctx(), self.integration.integration_id)
            self.limit = min(found.seats, found.next_seats)

    @rule()
    def cancel(self) -> None:
        service.cancel_licence(self.buyer.ctx(), self.integration.integration_id)

    @invariant()
    @precondition(lambda self: hasattr(self, "limit"))
    def nobody_sits_without_a_licence(self) -> None:
        seats = find_seats(self.buyer.company.tenant_id, self.integration.integration_id)
        found = service.get_licence(self.buyer.ctx(), self.integration.integration_id)
        assert seats.holders == self.holders
        assert len(seats.holders) <= seats.bought == self.limit
        assert seats.bought <= min(found.seats, found.next_seats) or found.is_cancelled


TestSeats = SeatMachine.TestCase
TestSeats.settings = settings(max_examples=6, stateful_step_count=12, deadline=None)


def test_whoever_leaves_the_company_gives_up_every_seat_there_and_only_there(shop, per_user):
    second = shop.new_integration(licence_model="per_user")
    anna = shop.colleague(name="Anna")
    for integration in (per_user, second):
        shop.buy(integration, seats=2)
        assign(shop, integration, anna)
    assert shop.customer.request("DELETE", f"/companies/current/members/{anna.account.account_id}").status == 204
    (left,) = told("member.removed")
    for _ in range(2):  # events come at least once
        give_up_seats(new_context(), str(left.data["tenant_id"]), left.subject)
    people = shop.customer.get(f"/licences/{per_user.integration_id}/holders").json
    assert [(one["name"], one["is_assigned"]) for one in people] == [(whoami(shop.customer).account.name, True)]
    freed = [(event.subject, event.data["integration_id"]) for event in told("seat.freed")]
    assert sorted(freed) == sorted((anna.account.account_id, one.integration_id) for one in (per_user, second))
    bo = shop.colleague(name="Bo")
    assert assign(shop, second, bo).status == 204
