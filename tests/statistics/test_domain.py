"""The calendar and the points, without AWS."""

from __future__ import annotations

import doctest
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.statistics import domain
from chalicelib.statistics.domain import (
    SLICE,
    Counts,
    Fact,
    FactKind,
    Interval,
    Span,
    day_bounds,
    day_of,
    fill,
    first_day,
    is_plausible,
    label,
    last_day,
    slice_of,
    total,
    usual_span,
)

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ZONES = [ZoneInfo(name) for name in (
    "Europe/Stockholm", "UTC", "Asia/Kathmandu", "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Kiritimati",
    "Africa/Cairo", "America/Santiago", "Pacific/Chatham",
)]  # fmt: skip
days = st.dates(min_value=date(2015, 1, 1), max_value=date(2037, 12, 31))
intervals = st.sampled_from(list(Interval))


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(domain).failed == 0


@pytest.mark.parametrize(("day", "hours"), [
    (date(2027, 3, 28), 23), (date(2027, 10, 31), 25), (date(2027, 3, 27), 24), (date(2028, 2, 29), 24), (date(2026, 12, 31), 24),
])  # fmt: skip
def test_ST_10_a_local_day_has_23_24_or_25_hours(day, hours):
    start, end = day_bounds(day, STOCKHOLM)
    assert end - start == timedelta(hours=hours)


@given(day=days, zone=st.sampled_from(ZONES))
def test_days_follow_each_other_without_gap_or_overlap_and_are_whole_slices(day, zone):
    start, end = day_bounds(day, zone)
    assert day_bounds(day + timedelta(days=1), zone)[0] == end
    assert slice_of(start) == start
    assert (end - start) % SLICE == timedelta()
    assert day_of(start, zone) == day
    assert day_of(end - timedelta(microseconds=1), zone) == day


@given(moment=st.floats(min_value=1.4e9, max_value=2.1e9), zone=st.sampled_from(ZONES))
def test_a_slice_lies_in_one_local_day(moment, zone):
    moment = datetime.fromtimestamp(moment, UTC)
    start = slice_of(moment)
    assert start <= moment < start + SLICE
    assert day_of(start, zone) == day_of(moment, zone)


@pytest.mark.parametrize(("day", "name"), [
    (date(2026, 12, 28), "2026-W53"), (date(2027, 1, 1), "2026-W53"), (date(2027, 1, 3), "2026-W53"),
    (date(2027, 1, 4), "2027-W01"), (date(2028, 12, 31), "2028-W52"), (date(2028, 2, 29), "2028-W09"), (date(2024, 12, 30), "2025-W01"),
])  # fmt: skip
def test_ST_11_weeks_are_iso_weeks(day, name):
    assert label(Interval.WEEK, first_day(Interval.WEEK, day)) == name


def test_ST_11_the_leap_day_belongs_to_february():
    assert last_day(Interval.MONTH, date(2028, 2, 1)) == date(2028, 2, 29)
    assert first_day(Interval.MONTH, date(2028, 2, 29)) == date(2028, 2, 1)
    assert last_day(Interval.MONTH, date(2100, 2, 1)) == date(2100, 2, 28)


@given(interval=intervals, first=days, length=st.integers(0, 800))
def test_points_cover_the_span_exactly_and_in_order(interval, first, length):
    span = Span(interval=interval, first=first, last=first + timedelta(days=length))
    points = fill(span, {})
    assert points[0].start == span.first
    assert points[-1].end == span.last
    assert all(later.start == earlier.end + timedelta(days=1) for earlier, later in pairwise(points))
    assert all(first_day(interval, point.start) == first_day(interval, point.end) for point in points)
    assert all(point.counts == Counts() for point in points)


@given(
    first=days, length=st.integers(0, 400),
    counts=st.dictionaries(st.integers(0, 400), st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), max_size=40),
)  # fmt: skip
def test_ST_14_days_weeks_and_months_of_any_range_add_up_to_the_same(first, length, counts):
    last = first + timedelta(days=length)
    found = {first + timedelta(days=offset): Counts(*numbers) for offset, numbers in counts.items() if offset <= length}
    sums = {
        interval: total(point.counts for point in fill(Span(interval=interval, first=first, last=last), found))
        for interval in Interval
    }
    assert set(sums.values()) == {total(found.values())}


@given(interval=intervals, today=days)
def test_the_usual_span_is_whole_and_holds_today(interval, today):
    span = usual_span(interval, None, None, today)
    assert span.is_whole
    assert span.first <= today <= span.last
    assert len(fill(span, {})) == {Interval.DAY: 30, Interval.WEEK: 12, Interval.MONTH: 12}[interval]


@given(interval=intervals, today=days, given_day=days)
def test_one_given_end_is_kept(interval, today, given_day):
    assert usual_span(interval, given_day, None, today).first == given_day
    assert usual_span(interval, given_day, None, today).last >= given_day
    assert usual_span(interval, None, given_day, today).last == given_day
    assert usual_span(interval, None, given_day, today).first <= given_day


@pytest.mark.parametrize(("moment", "plausible"), [
    (datetime(1970, 1, 1, tzinfo=UTC), False), (datetime(2100, 1, 1, tzinfo=UTC), False),
    (datetime(2026, 11, 22, 7, 50, tzinfo=UTC), True), (datetime(2026, 11, 22, 8, 10, tzinfo=UTC), True),
    (datetime(2026, 11, 23, 8, 0, tzinfo=UTC), True), (datetime(2026, 11, 23, 8, 1, tzinfo=UTC), False),
    (datetime(2026, 11, 8, 9, 0, tzinfo=UTC), True), (datetime(2026, 11, 7, 7, 0, tzinfo=UTC), False),
])  # fmt: skip
def test_ST_19_impossible_clocks_are_recognised(moment, plausible):
    assert is_plausible(moment, datetime(2026, 11, 22, 8, 0, tzinfo=UTC)) is plausible


def test_a_fact_has_one_place_and_its_events_spread_over_the_shards():
    def fact(number):
        return Fact(event_id=f"evt_{number}", kind=FactKind.ENDED, owner_tenant_id="ten_1", integration_id="int_1",
                    tenant_id="ten_2", occurred_at=datetime(2026, 11, 22, 8, 29, tzinfo=UTC))  # fmt: skip

    assert fact(1).partition == fact(1).partition
    assert fact(1).partition.key.startswith("ten_1#2026-11-22T08:15Z#")
    assert {fact(n).partition.shard for n in range(100)} == {0, 1, 2, 3}


def test_net_is_activated_less_ended():
    (point,) = fill(
        Span(interval=Interval.DAY, first=date(2026, 1, 1), last=date(2026, 1, 1)), {date(2026, 1, 1): Counts(2, 7, 5)}
    )
    assert (point.activated, point.reactivated, point.deactivated, point.net) == (2, 7, 5, -3)
