"""Subscriptions by the rules alone: periods, seats, cancellation, trial."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.integrations.domain import LicenceModel
from chalicelib.kit.errors import RejectedError
from chalicelib.sales.domain import (
    ChargeKind,
    advanced,
    bought_again,
    cancelled,
    ended_now,
    prorated,
    with_seats,
)
from tests.sales.builders import at, bought, purchase


def starts(subscription):
    return [charge.start.isoformat() for charge in subscription.pending if charge.kind is ChargeKind.PERIOD]


def amounts(subscription):
    return [charge.amount_minor for charge in subscription.pending]


def test_SA_15_the_anchor_day_is_kept_through_short_months():
    year = advanced(bought("2027-01-31"), date(2027, 5, 31))
    assert starts(year) == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]
    assert starts(advanced(bought("2028-01-30"), date(2028, 3, 30))) == ["2028-01-30", "2028-02-29", "2028-03-30"]


def test_SA_15_the_day_is_that_of_the_platforms_wall_clock():
    """00:30 in Stockholm on the day clocks go forward is still yesterday in UTC."""
    assert starts(bought("2027-03-27T23:30:00")) == ["2027-03-28"]
    assert starts(advanced(bought("2027-03-27T23:30:00"), date(2027, 4, 28))) == ["2027-03-28", "2027-04-28"]


def test_SA_11_more_seats_cost_the_rest_of_the_period_fewer_count_from_the_next():
    five = bought("2026-11-01", 5)
    fewer = with_seats(five, 3, at("2026-11-10").now, "req_2")
    assert (fewer.seats, fewer.next_seats, amounts(fewer)) == (5, 3, [49975])
    four = with_seats(fewer, 4, at("2026-11-12").now, "req_3")
    assert (four.seats, four.next_seats, amounts(four)) == (5, 4, [49975]), "the five are paid until the period ends"
    seven = with_seats(four, 7, at("2026-11-16").now, "req_4")
    assert amounts(seven) == [49975, prorated(2 * 9995, 15, 30)]
    assert advanced(seven, date(2026, 12, 1)).pending[-1].quantity == 7


def test_seats_added_on_one_day_are_one_charge():
    grown = bought("2026-11-01", 1)
    for seats in range(2, 102):
        grown = with_seats(grown, seats, at("2026-11-16").now, f"req_{seats}")
    assert len(grown.pending) == 2
    assert grown.pending[-1].quantity == 100
    assert grown.pending[-1].key.endswith("#2026-11-01#seats-1-101")


def test_SA_12_a_cancellation_ends_with_the_period_on_its_first_and_on_its_last_day():
    for day in ("2026-11-15", "2026-12-14"):
        gone = cancelled(bought("2026-11-15"), at(day).now, "req_2")
        assert gone.ends_on == date(2026, 12, 15)
        assert starts(advanced(gone, date(2027, 6, 1))) == ["2026-11-15"]
        assert gone.is_live(at("2026-12-14").now)
        assert not gone.is_live(at("2026-12-15").now)
        assert cancelled(gone, at("2026-12-14").now, "req_3") == gone


def test_SA_14_cancelled_and_bought_again_is_the_same_subscription_and_no_second_charge():
    gone = cancelled(bought("2026-11-15", 2), at("2026-11-16").now, "req_2")
    again = bought_again(gone, purchase(seats=2), at("2026-11-20").now, "req_3")
    assert (again.ends_on, again.cancelled_at, again.pending) == (None, None, gone.pending)
    assert again.subscription_id == gone.subscription_id


def test_a_purchase_sent_twice_changes_nothing():
    once = bought("2026-11-15", 2)
    assert bought_again(once, purchase(seats=2), at("2026-11-15").now, "req_2") is once


def test_SA_17_an_end_that_is_not_the_customers_gives_unused_days_back():
    ended = ended_now(bought("2026-11-01", 3), at("2026-11-16").now, "req_2", "suspended")
    assert amounts(ended) == [29985, -prorated(29985, 15, 30)]
    assert not ended.is_live(at("2026-11-16").now)
    assert ended_now(ended, at("2026-11-17").now, "req_3", "again") is ended


def test_a_trial_costs_nothing_when_it_is_cancelled_and_is_given_once():
    trial = bought("2026-11-01", trial_days=14)
    assert trial.is_in_trial(at("2026-11-14").now)
    assert trial.pending == ()
    gone = cancelled(trial, at("2026-11-10").now, "req_2")
    assert gone.ends_on == date(2026, 11, 15)
    assert starts(advanced(gone, date(2027, 1, 1))) == []
    assert starts(advanced(trial, date(2026, 12, 15))) == ["2026-11-15", "2026-12-15"]
    assert starts(bought("2026-12-01", trial_days=14, standing=gone)) == ["2026-12-01"]


def test_SA_08_a_new_price_counts_from_the_period_after_its_date():
    old = replace(bought("2026-11-15"), next_price_version=2, next_unit_minor=19900, next_price_from=date(2026, 12, 20))
    later = advanced(old, date(2027, 1, 15))
    assert amounts(later) == [9995, 9995, 19900]
    assert [charge.price_version for charge in later.pending] == [1, 1, 2]


@pytest.mark.parametrize(("model", "seats"), [("per_user", 0), ("per_user", -1), ("per_user", 10_001), ("single", 2)])
def test_impossible_seats_are_refused(model, seats):
    with pytest.raises(RejectedError):
        bought("2026-11-15", seats, licence_model=LicenceModel(model))


@given(
    st.dates(date(2026, 1, 1), date(2030, 12, 31)),
    st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from(["seats", "cancel", "buy", "end"]), st.integers(1, 9)), max_size=8
    ),
)
def test_any_history_charges_each_day_and_seat_at_most_once(first, steps):
    """No key twice, no negative seats, and nothing is charged on days without the right."""
    day, subscription = first, bought(first.isoformat())
    for days, what, seats in steps:
        day += timedelta(days=days)
        now = at(day.isoformat()).now
        if not subscription.is_live(now):
            break
        subscription = {
            "seats": lambda s, now=now, seats=seats: with_seats(s, seats, now, "req"),
            "cancel": lambda s, now=now: cancelled(s, now, "req"),
            "buy": lambda s, now=now, seats=seats: bought_again(s, purchase(seats=seats), now, "req"),
            "end": lambda s, now=now: ended_now(s, now, "req", "test"),
        }[what](subscription)
    done = advanced(subscription, day + timedelta(days=400))
    keys = [charge.key for charge in done.pending]
    assert len(keys) == len(set(keys))
    assert done.seats >= 1
    assert all(charge.start < charge.end for charge in done.pending)
    if done.ends_on:
        assert all(charge.start <= done.ends_on for charge in done.pending)
    assert sum(amounts(done)) >= -len(done.pending), "each is rounded to the öre"
