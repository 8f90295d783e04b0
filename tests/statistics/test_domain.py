"""The calendar and the points, without AWS."""

from __future__ import annotations

import doctest
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.statistics import answer, calendar, domain, packing
from chalicelib.statistics.answer import History, Span, fill, period_span, usual_span
from chalicelib.statistics.calendar import (
    SLICE,
    Interval,
    day_bounds,
    day_of,
    first_day,
    hour_of,
    hours_of,
    label,
    last_day,
    months_of,
    slice_of,
    slices_of,
)
from chalicelib.statistics.domain import Fact, FactKind, add_counts, is_plausible

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ZONES = [ZoneInfo(name) for name in (
    "Europe/Stockholm", "UTC", "Asia/Kathmandu", "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Kiritimati",
    "Africa/Cairo", "America/Santiago", "Pacific/Chatham",
)]  # fmt: skip
days = st.dates(min_value=date(2015, 1, 1), max_value=date(2037, 12, 31))
intervals = st.sampled_from([Interval.DAY, Interval.WEEK, Interval.MONTH])
NOTHING = History(days={}, months={})


def test_the_examples_in_the_docstrings_run():
    assert [doctest.testmod(module).failed for module in (answer, calendar, domain)] == [0, 0, 0]


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
    points = fill(span, NOTHING, STOCKHOLM)
    assert points[0].start == span.first
    assert points[-1].end == span.last
    assert all(later.start == earlier.end + timedelta(days=1) for earlier, later in pairwise(points))
    assert all(first_day(interval, point.start) == first_day(interval, point.end) for point in points)
    assert all(point.counts == {} for point in points)


counts = st.dictionaries(st.sampled_from(["activated/SE", "activated/NO", "ended/SE", "viewed/"]), st.integers(1, 9))


@given(first=days, length=st.integers(0, 400), found=st.dictionaries(st.integers(0, 400), counts, max_size=40))
def test_ST_14_days_weeks_and_months_of_any_range_add_up_to_the_same(first, length, found):
    last = first + timedelta(days=length)
    by_day = {first + timedelta(days=offset): numbers for offset, numbers in found.items() if offset <= length}
    for interval in (Interval.DAY, Interval.WEEK, Interval.MONTH):
        points = fill(Span(interval=interval, first=first, last=last), History(days=by_day, months={}), STOCKHOLM)
        assert add_counts(point.counts for point in points) == add_counts(by_day.values())
        assert points[-1].active - points[0].active == sum(point.net for point in points[1:])


@given(interval=intervals, today=days)
def test_the_usual_span_is_whole_and_holds_today(interval, today):
    span = usual_span(interval, None, None, today)
    assert first_day(interval, span.first) == span.first
    assert last_day(interval, span.last) == span.last
    assert span.first <= today <= span.last
    assert len(fill(span, NOTHING, STOCKHOLM)) == {Interval.DAY: 30, Interval.WEEK: 12, Interval.MONTH: 12}[interval]


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


def fact(number, minute=29, owner="ten_1", kind=FactKind.ENDED):
    return Fact(event_id=f"evt_{number}", kind=kind, detail="SE", owner_tenant_id=owner, integration_id=f"int_{owner}",
                tenant_number=7, occurred_at=datetime(2026, 11, 22, 8, minute, tzinfo=UTC))  # fmt: skip


def test_the_same_delivery_is_the_same_row_in_whatever_order_it_comes():
    facts = [fact(number) for number in range(50)]
    assert packing.pack(facts) == packing.pack([*reversed(facts), *facts])
    assert len(packing.pack(facts)) == 1
    assert {batch.partition.slot for batch in packing.pack([fact(1, 29), fact(2, 30)])} == {
        "2026-11-22T08:15Z", "2026-11-22T08:30Z",
    }  # fmt: skip


@given(
    cuts=st.lists(st.integers(0, 60), max_size=6),
    kinds=st.lists(st.sampled_from(list(FactKind)), min_size=60, max_size=60),
)
def test_deliveries_that_overlap_are_counted_once(cuts, kinds):
    facts = [fact(n, owner=f"ten_{n % 3}", kind=kind) for n, kind in enumerate(kinds)]
    rows = [batch.packed for cut in (60, *cuts) for batch in packing.pack(facts[cut - 60 if cut else 0 : cut])]
    counted = packing.count_packed(rows)
    expected = {}
    for one in facts:
        owner = expected.setdefault(one.owner_tenant_id, {}).setdefault(one.integration_id, {})
        owner[one.key] = owner.get(one.key, 0) + 1
    assert counted == expected


def test_a_fact_takes_fourteen_bytes_and_a_row_stays_under_dynamodbs_limit():
    small, large = (sum(len(b.packed) for b in packing.pack(fact(n) for n in range(size))) for size in (1_000, 3_000))
    assert large - small == 2_000 * packing.WIDTH
    batches = packing.pack(fact(n) for n in range(packing.LARGEST + 1))
    assert [len(batch.packed) < 400_000 for batch in batches] == [True, True]


@given(day=days, zone=st.sampled_from(ZONES))
def test_ST_10_hours_of_a_day_hold_each_of_its_slices_once(day, zone):
    start, end = day_bounds(day, zone)
    slices = [piece for hour in hours_of(day, zone) for piece in slices_of(hour, zone)]
    assert slices == [start + n * SLICE for n in range((end - start) // SLICE)]
    assert all(hour_of(hour, zone) == hour for hour in hours_of(day, zone))


def test_months_of_a_range_are_each_there_once():
    assert months_of(date(2027, 12, 31), date(2028, 2, 1)) == ["2027-12", "2028-01", "2028-02"]
    assert months_of(date(2028, 1, 1), date(2028, 1, 31)) == ["2028-01"]


def test_a_period_ends_today_and_the_one_before_is_as_long():
    span = period_span("90d", None, date(2026, 11, 22))
    assert (span.days, span.last, span.interval) == (90, date(2026, 11, 22), Interval.WEEK)
    assert (span.before.days, span.before.last) == (90, span.first - timedelta(days=1))


def test_net_active_churn_and_conversion_follow_from_the_counts():
    day = date(2026, 1, 2)
    counts = {"activated/SE": 2, "activated/NO": 1, "reactivated/SE": 7, "ended/SE": 4, "expired/SE": 1, "viewed/": 12}
    history = History(days={day: counts, date(2026, 1, 1): {"activated/SE": 10}}, months={"2025-12": 10, "2026-01": 8})
    (point,) = fill(Span(interval=Interval.DAY, first=day, last=day), history, STOCKHOLM)
    assert (point.activated, point.reactivated, point.deactivated, point.expired, point.net) == (3, 7, 4, 1, -1)
    assert (point.active, point.churn, point.conversion) == (18, 0.2105, 0.25)
