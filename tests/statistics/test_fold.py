"""The fold against a brute-force recount: any order, any number of deliveries, any cut into runs."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.kit import store
from chalicelib.kit.context import new_context
from chalicelib.statistics import capture as capturing
from chalicelib.statistics import repository, rollup, tallies
from chalicelib.statistics.answer import Span, fill
from chalicelib.statistics.calendar import Interval, hours_of
from chalicelib.statistics.domain import ALL, PLATFORM, FactKind, Partition, add_counts, number_of
from chalicelib.statistics.reading import read_history
from chalicelib.statistics.repository import FactItem, MarkItem, SeriesItem
from tests.factories import aws_calls
from tests.statistics.conftest import LATER, at, forget, seen_from, told

STOCKHOLM = ZoneInfo("Europe/Stockholm")
KINDS = ("activated", "reactivated", "ended")
LAST = LATER.date()


def brute_force(bodies):
    """Counts by owner, integration and local day, event by event, with the calendar of the standard library."""
    sums: dict[tuple[str, str, date], Counter[str]] = {}
    for body in {json.loads(body)["event_id"]: body for body in bodies}.values():
        event = json.loads(body)
        kind, data = event["event_type"].split(".")[1], event["data"]
        if kind not in KINDS:
            continue
        day = datetime.fromisoformat(event["occurred_at"]).astimezone(STOCKHOLM).date()
        for owner, integration in ((data["owner_tenant_id"], data["integration_id"]), (PLATFORM, ALL)):
            sums.setdefault((owner, integration, day), Counter())[f"{kind}/{data['country_code']}"] += 1
    return {key: dict(counter) for key, counter in sums.items()}


def stored():
    """What the months of all owners hold, and that their totals are the sums of it."""
    found = {}
    for item in SeriesItem.scan():
        row = repository.find_row(item.series, item.start)
        if not row.series.startswith("owner#"):
            continue
        owner = row.series.removeprefix("owner#")
        if row.start == "totals":
            for month, (_, integrations) in row.value.items():
                days = repository.find_row(row.series, month).value.values()
                for name, counts in integrations.items():
                    assert counts == add_counts(found_day.get(name, {}) for _, found_day in days)
            continue
        for day, (_, integrations) in row.value.items():
            for name, counts in integrations.items():
                found[owner, name, date.fromisoformat(f"{row.start}-{day}")] = counts
    return found


def raw(item):
    return sorted(json.dumps(row.to_dynamodb_dict(), sort_keys=True, default=repr) for row in item.scan())


def read(owner, first, last, interval=Interval.DAY, today=LAST, wanted=()):
    span = Span(interval=interval, first=first, last=last)
    return fill(span, read_history(owner, wanted, span, today, STOCKHOLM), STOCKHOLM)


edges = [at(text) for text in ("2027-03-28", "2027-10-31", "2026-12-31", "2028-02-29", "2026-11-30")]
moments = st.one_of(
    st.builds(lambda minutes: at("2026-11-01") + timedelta(minutes=minutes), st.integers(0, 60_000)),
    st.builds(lambda edge, minutes: edge + timedelta(minutes=minutes), st.sampled_from(edges), st.integers(-200, 1700)),
)
histories = st.lists(
    st.tuples(st.sampled_from((*KINDS, "renewed")), moments, st.sampled_from(["ten_a", "ten_b"]),
              st.sampled_from(["int_1", "int_2"]), st.sampled_from(["SE", "NO", ""])),
    max_size=10,
)  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories, data=st.data())
def test_ST_02_ST_05_any_history_shuffled_repeated_and_folded_in_between_equals_a_recount(capture, history, data):
    forget()
    bodies = [
        told(kind, moment, owner=owner, integration=f"{integration}_{owner}", country=country)
        for kind, moment, owner, integration, country in history
    ]
    again = data.draw(st.lists(st.sampled_from(bodies), max_size=8)) if bodies else []
    deliveries = data.draw(st.permutations(bodies + again))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(deliveries)), max_size=2)))
    for start, end in zip([0, *cuts], [*cuts, len(deliveries)], strict=True):
        assert capture.deliver(*deliveries[start:end]) == []
        capture.fold()
    expected = brute_force(bodies)
    assert stored() == expected
    for owner in ("ten_a", "ten_b", PLATFORM):
        mine = {key: counts for key, counts in expected.items() if key[0] == owner}
        assert add_counts(mine.values()) == add_counts(
            point.counts for point in read(owner, date(2026, 10, 1), date(2028, 9, 1), Interval.MONTH)
        )
    before = raw(SeriesItem)
    assert capture.fold().rows == 0
    assert raw(SeriesItem) == before
    assert [row.place for row in MarkItem.scan()] == ["tallied"]


def test_ST_01_a_thousand_events_are_counted_as_a_recount_counts_them(capture):
    bodies = [
        told(
            KINDS[n % 3],
            at("2026-11-20T00:00:00") + timedelta(minutes=37 * (n % 20)),
            integration=f"int_{n % 5}",
            owner=f"ten_{n % 3}",
            tenant=1_000_000 + n,
        )
        for n in range(1000)
    ]
    capture.deliver(*bodies)
    capture.fold()
    assert stored() == brute_force(bodies)


@pytest.mark.parametrize(("day", "minutes"), [(date(2027, 3, 28), 1380), (date(2027, 10, 31), 1500)])
def test_ST_10_the_short_and_the_long_day_hold_every_minute_and_show_each_hour(capture, day, minutes):
    start = datetime(day.year, day.month, day.day, tzinfo=STOCKHOLM).astimezone(UTC)
    assert capture.deliver(*(told("activated", start + timedelta(minutes=n)) for n in range(-60, minutes + 60))) == []
    capture.fold()
    days = read("ten_dev", day - timedelta(days=1), day + timedelta(days=1))
    assert [point.activated for point in days] == [60, minutes, 60]
    hours = read("ten_dev", day, day, Interval.HOUR)
    assert len(hours) == len(hours_of(day, STOCKHOLM)) == minutes // 60
    assert {point.activated for point in hours} == {60}
    twos = [point.start for point in hours if point.start.hour == 2]
    assert len(twos) == (2 if minutes == 1500 else 0)
    assert len({hour.utcoffset() for hour in twos}) == len(twos)


def test_ST_11_new_years_day_2027_counts_to_week_53_of_2026_and_the_leap_day_to_february(capture):
    capture.deliver(
        told("activated", at("2027-01-01T10:00:00")),
        told("activated", at("2026-12-28T10:00:00")),
        told("activated", at("2028-02-29T22:59:00")),
        told("activated", at("2028-12-31T22:59:00")),
    )
    capture.fold()
    (week,) = read("ten_dev", date(2026, 12, 28), date(2027, 1, 3), Interval.WEEK)
    assert week.activated == 2
    assert [p.activated for p in read("ten_dev", date(2028, 2, 1), date(2028, 3, 31), Interval.MONTH)] == [1, 0]
    (last,) = read("ten_dev", date(2028, 12, 25), date(2028, 12, 31), Interval.WEEK)
    assert (last.activated, last.start.isocalendar()[:2]) == (1, (2028, 52))


class Killed(BaseException):
    pass


@pytest.mark.parametrize("before", [True, False])
def test_ST_07_a_run_killed_at_any_write_and_repeated_equals_one_run(capture, monkeypatch, before):
    bodies = [told(kind, at(moment), integration=name) for kind, moment, name in (
        ("activated", "2026-11-30T22:50:00", "int_1"), ("ended", "2026-11-30T23:10:00", "int_2"),
    )]  # fmt: skip
    real = store._dispatch
    for die_at in range(1, 100):
        forget()
        assert capture.deliver(*bodies) == []
        count = 0

        def dying(operation, item, kwargs, *, lean=False, die_at=die_at):
            nonlocal count
            count += 1
            if before and count == die_at:
                raise Killed
            answer = real(operation, item, kwargs, lean=lean)
            if not before and count == die_at:
                raise Killed
            return answer

        monkeypatch.setattr(store, "_dispatch", dying)
        try:
            capture.fold()
            finished = True
        except Killed:
            finished = False
        monkeypatch.setattr(store, "_dispatch", real)
        capture.fold()
        assert stored() == brute_force(bodies)
        if finished:
            break
    assert 12 < die_at < 99


def test_a_capture_killed_between_rows_and_marks_is_finished_by_the_next_delivery(capture, monkeypatch):
    body = told("activated", at("2026-11-22T08:00:00"))
    with monkeypatch.context() as patch:
        patch.setattr(repository, "mark_slot", lambda *_: (_ for _ in ()).throw(RuntimeError))
        assert capture.deliver(body) == ["0"]
    assert len(list(FactItem.scan())) == 1
    assert capture.fold().rows == 0
    assert capture.deliver(body) == []
    assert len(list(FactItem.scan())) == 1
    capture.fold()
    assert stored() == brute_force([body])


def test_a_fact_that_comes_while_its_hour_is_counted_is_counted_in_the_next_run(capture, monkeypatch):
    first, late = (told("activated", at("2026-11-22T08:00:00"), event_id=name) for name in ("evt_1", "evt_5"))
    capture.deliver(first)
    real = rollup.count_slots

    def slow(slots):
        counted = real(slots)
        capture.deliver(late, first)  # also told again: the mark must not look like the one we are about to clear
        return counted

    with monkeypatch.context() as patch:
        patch.setattr(rollup, "count_slots", slow)
        patch.setattr(repository, "list_slots", lambda limit, real=repository.list_slots: real(limit)[:1])
        rollup.count_marks(seen_from(LATER), date(2026, 11, 22), repository.list_slots(10), rollup.Done())
    assert repository.list_slots(10) != []
    capture.fold()
    assert stored() == brute_force([first, late])


def test_of_two_overlapping_runs_the_one_that_read_first_gives_way_and_its_work_is_done_again(capture, monkeypatch):
    first, late = (told("activated", at("2026-11-22T08:00:00"), event_id=name) for name in ("evt_1", "evt_5"))
    capture.deliver(first)
    real = rollup.count_slots
    runs = []

    def overtaken(slots):
        counted = real(slots)
        if not runs:
            runs.append("inner")
            capture.deliver(late)
            capture.fold()  # another run, which sees both, comes and goes between our reading and our writing
        return counted

    with monkeypatch.context() as patch:
        patch.setattr(rollup, "count_slots", overtaken)
        assert capture.fold().refused == 1
    assert stored() == brute_force([first, late])
    capture.fold()
    assert stored() == brute_force([first, late])


def test_ST_08_a_backlog_is_counted_oldest_first_and_resumed_when_time_is_up(capture, monkeypatch):
    bodies = [told("activated", at("2026-11-10T08:00:00") + timedelta(days=n), owner=f"ten_{n}") for n in range(8)]
    capture.deliver(*reversed(bodies))
    clock = iter(range(1000))
    with monkeypatch.context() as patch:
        patch.setattr(rollup, "_BUDGET", timedelta(seconds=5))
        patch.setattr(rollup.time, "monotonic", lambda: float(next(clock)))
        assert capture.fold().slots == 5
    assert [mark.place[:10] for mark in repository.list_slots(10)] == ["2026-11-15", "2026-11-16", "2026-11-17"]
    capture.fold()
    assert stored() == brute_force(bodies)


def test_ST_08_tallies_of_three_silent_days_are_counted_by_the_next_run(aws, capture):
    start = at("2026-11-20T08:00:00")
    capture.fold(start)
    for hour in range(0, 72, 5):
        slot = Partition((start + timedelta(hours=hour)).strftime("%Y-%m-%dT%H:%MZ"), hour % 2)
        repository.add_tally(slot, "ten_dev#int_1#viewed/", 2)
    capture.fold(start + timedelta(days=3))
    points = read("ten_dev", date(2026, 11, 19), date(2026, 11, 24), today=date(2026, 11, 23))
    assert sum(point.viewed for point in points) == 30


def test_an_open_day_is_shown_before_it_is_closed_and_afterwards_alike(capture):
    capture.deliver(told("activated", at("2026-11-22T08:00:00")), told("activated", at("2026-10-02T08:00:00")))
    for now in ("2026-11-22T08:05:00", "2026-11-22T23:30:00", "2026-11-24T08:00:00", "2026-11-26T08:00:00"):
        capture.fold(at(now))
        today = at(now).astimezone(STOCKHOLM).date()
        points = read("ten_dev", date(2026, 11, 21), date(2026, 11, 23), today=today)
        assert [point.activated for point in points] == [0, 1, 0]
        assert [point.active for point in points] == [1, 2, 2]


def test_ST_04_an_end_that_arrives_before_its_beginning_changes_nothing_in_the_end(capture):
    start, end = told("activated", at("2026-11-22T08:00:00")), told("ended", at("2026-11-22T09:00:00"))
    capture.deliver(end)
    capture.fold()
    capture.deliver(start)
    capture.fold()
    (point,) = read("ten_dev", date(2026, 11, 22), date(2026, 11, 22))
    assert (point.activated, point.deactivated, point.active) == (1, 1, 0)


def test_ST_20_an_activation_again_is_not_a_new_one(capture):
    capture.deliver(*(told(kind, at("2026-11-22T08:00:00"), tenant=tenant) for kind, tenant in (
        ("activated", 1), ("activated", 2), ("reactivated", 1), ("renewed", 1))))  # fmt: skip
    capture.fold()
    (point,) = read("ten_dev", date(2026, 11, 22), date(2026, 11, 22))
    assert (point.activated, point.reactivated, point.active) == (2, 1, 2)


def test_every_kind_has_its_number(capture):
    moment = at("2026-11-22T08:00:00")
    kinds = (
        "activated",
        "activated",
        "connection.expired",
        "subscription.started",
        "subscription.cancelled",
        "integration.created",
    )
    capture.deliver(*(told(kind, moment) for kind in kinds))
    for kind in (FactKind.VIEWED, FactKind.VIEWED, FactKind.LAUNCHED):
        tallies.add(seen_from(moment), "ten_dev", "int_1", kind)
    tallies.add(seen_from(moment), "ten_dev", "int_1", FactKind.FAILED, "rate-limit-reached")
    capture.fold()
    (point,) = read("ten_dev", date(2026, 11, 22), date(2026, 11, 22))
    numbers = ("activated", "deactivated", "expired", "purchased", "cancelled", "viewed", "launched", "failed", "net")
    assert [getattr(point, name) for name in numbers] == [2, 0, 1, 1, 1, 2, 1, 1, 2]
    assert point.conversion == 1.0
    assert point.churn is None
    assert number_of(point.counts, FactKind.FAILED) == point.counts["failed/rate-limit-reached"] == 1


def test_what_cannot_be_read_is_put_aside_and_stops_nobody(capture):
    good = told("activated", at("2026-11-22T08:00:00"))
    broken = json.dumps(json.loads(good) | {"event_id": "evt_broken", "data": {}})
    too_large = json.dumps(json.loads(good) | {"event_id": "evt_large"}).replace("1234567", "99999999999")
    assert capture.deliver(good, broken, too_large) == []
    capture.fold()
    assert stored() == brute_force([good])
    assert sorted(row.fact_id for row in FactItem.query("quarantine")) == ["evt_broken", "evt_large"]


def test_ST_17_the_cost_of_a_run_follows_from_what_is_new_and_not_from_the_history(capture):
    costs = []
    for month in range(1, 5):
        moment = at(f"2026-{month:02}-11T08:00:00")
        bodies = [told("activated", moment + timedelta(days=n % 5)) for n in range(month * 10)]
        capture.deliver(*bodies)
        capture.fold()
        capture.deliver(told("activated", moment + timedelta(days=6)))
        with aws_calls() as calls:
            capture.fold()
        costs.append(Counter(calls))
    assert costs == [costs[0]] * 4


def test_ST_16_twenty_events_a_second_on_one_integration_are_few_writes_and_none_is_lost(capture):
    """No row is written for each: of a thousand writes a second that a partition bears, this needs less than one."""
    start = at("2026-11-22T08:00:00")
    bodies = [told("activated", start + timedelta(milliseconds=50 * number)) for number in range(12_000)]
    with aws_calls() as calls:
        for first in range(0, len(bodies), 4_800):  # what the stream collects in four minutes
            capture.deliver(*bodies[first : first + 4_800])
    assert Counter(calls) == {"PutItem": 6}
    assert sum(len(row.packed) for row in FactItem.scan()) < 1_000 * 1_024  # a second's worth for one partition
    capture.fold()
    (point,) = read("ten_dev", date(2026, 11, 22), date(2026, 11, 22))
    assert point.activated == 12_000


def test_nothing_that_happens_in_test_companies_is_counted(capture):
    body = told("activated", at("2026-11-22T08:00:00"))
    capture.deliver(body.replace('"ten_c"', '"tsb_c"'))
    assert list(FactItem.scan()) == []


def test_a_batch_is_one_row_for_a_quarter_of_an_hour_and_one_mark(capture):
    with aws_calls() as calls:
        capture.deliver(*(told("activated", at("2026-11-22T08:00:00"), owner=f"ten_{n}") for n in range(500)))
    assert Counter(calls) == {"PutItem": 2}


def test_capturing_an_event_of_another_room_costs_nothing(capture):
    with aws_calls() as calls:
        capture.deliver(told("integration.created", at("2026-11-22T08:00:00")))
    assert calls == []
    assert capturing.capture(new_context(), []) == 0
