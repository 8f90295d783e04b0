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
from chalicelib.kit.outbox import parse_event
from chalicelib.statistics import fold, repository, rollup
from chalicelib.statistics.domain import ALL, Counts, Interval, first_day
from chalicelib.statistics.repository import BucketItem, DirtyItem, FactItem, SliceItem
from tests.statistics.conftest import at, told

STOCKHOLM = ZoneInfo("Europe/Stockholm")
KINDS = ("activated", "reactivated", "ended")


def rows(*ids):
    return [{"fact_id": {"S": fact_id}} for fact_id in ids]


def test_counting_goes_by_integration_and_kind():
    counted = fold.count_facts(
        rows("int_1#activated#e1", "int_1#activated#e2", "int_1#ended#e3", "int_2#reactivated#e4")
    )
    assert counted == {"int_1": Counts(2, 0, 1), "int_2": Counts(0, 1, 0)}
    assert fold.count_facts([]) == {}


def test_a_day_is_the_sum_of_its_slices_and_all_is_the_sum_of_integrations():
    sums = fold.sum_by_integration([("int_1", Counts(1, 0, 0)), ("int_2", Counts(0, 0, 2)), ("int_1", Counts(0, 3, 1))])
    assert sums == {"int_1": Counts(1, 3, 1), "int_2": Counts(0, 0, 2), ALL: Counts(1, 3, 3)}
    assert fold.sum_by_integration([]) == {ALL: Counts()}


def brute_force(bodies):
    """Every bucket that should exist, counted event by event with the calendar of the standard library."""
    sums: dict[tuple[str, str], Counter[str]] = {}
    for body in {json.loads(body)["event_id"]: body for body in bodies}.values():
        event = json.loads(body)
        kind = event["event_type"].split(".")[1]
        if kind not in KINDS:
            continue
        day = datetime.fromisoformat(event["occurred_at"]).astimezone(STOCKHOLM).date()
        starts = {
            "day": day,
            "week": date.fromisocalendar(*day.isocalendar()[:2], 1),
            "month": date(day.year, day.month, 1),
        }
        for integration in (event["data"]["integration_id"], ALL):
            for interval, start in starts.items():
                series = f"{event['data']['owner_tenant_id']}#{integration}#{interval}"
                sums.setdefault((series, start.isoformat()), Counter())[kind] += 1
    return {key: tuple(counter[kind] for kind in KINDS) for key, counter in sums.items()}


def stored():
    return {(row.series, row.start): (row.activated, row.reactivated, row.ended) for row in BucketItem.scan()}


def raw(item):
    return sorted(json.dumps(row.to_dynamodb_dict(), sort_keys=True) for row in item.scan())


edges = [at(text) for text in ("2027-03-28", "2027-10-31", "2026-12-31", "2028-02-29", "2026-11-30")]
moments = st.one_of(
    st.builds(lambda minutes: at("2026-01-01") + timedelta(minutes=minutes), st.integers(0, 1_500_000)),
    st.builds(lambda edge, minutes: edge + timedelta(minutes=minutes), st.sampled_from(edges), st.integers(-200, 1700)),
)
histories = st.lists(
    st.tuples(st.sampled_from((*KINDS, "renewed")), moments, st.sampled_from(["ten_a", "ten_b"]), st.sampled_from(["int_1", "int_2", "int_3"])),
    max_size=12,
)  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories, data=st.data())
def test_ST_02_any_history_shuffled_repeated_and_folded_in_between_equals_a_recount(capture, history, data):
    for item in (FactItem, DirtyItem, SliceItem, BucketItem):
        with item.batch_write() as batch:
            for row in item.scan():
                batch.delete(row)
    bodies = [
        told(kind, moment, owner=owner, integration=f"{integration}_{owner}")
        for kind, moment, owner, integration in history
    ]
    deliveries = data.draw(
        st.permutations(bodies + data.draw(st.lists(st.sampled_from(bodies), max_size=8) if bodies else st.just([])))
    )
    cuts = data.draw(st.sets(st.integers(0, len(deliveries)), max_size=3))
    for number, body in enumerate(deliveries):
        if number in cuts:
            capture.fold()
        assert capture.deliver(body) == []
    capture.fold()
    assert stored() == brute_force(bodies)
    before = raw(BucketItem), raw(SliceItem)
    assert capture.fold() == 0
    assert (raw(BucketItem), raw(SliceItem)) == before
    assert list(DirtyItem.scan()) == []


def test_ST_01_a_thousand_events_are_counted_as_a_recount_counts_them(capture, monkeypatch):
    bodies = [
        told(
            KINDS[n % 3],
            at("2026-11-20T00:00:00") + timedelta(minutes=37 * (n % 20)),
            integration=f"int_{n % 5}",
            tenant=f"ten_{n}",
        )
        for n in range(1000)
    ]
    events = [parse_event(body) for body in bodies]
    facts, marks = [], {}
    with monkeypatch.context() as patch:  # written in batches: a thousand messages one by one would take a minute
        patch.setattr(store, "add", facts.append)
        patch.setattr(store, "save", lambda item: marks.update({(item.lane, item.place): item}))
        for event in events:
            rollup.capture(new_context(), event)
    for item, rows_of in ((FactItem, facts), (DirtyItem, marks.values())):
        with item.batch_write() as batch:
            for row in rows_of:
                batch.save(row)
    capture.fold()
    assert stored() == brute_force(bodies)


@pytest.mark.parametrize(("day", "minutes"), [(date(2027, 3, 28), 1380), (date(2027, 10, 31), 1500)])
def test_ST_10_the_short_and_the_long_day_hold_what_happened_in_them(capture, day, minutes):
    start = datetime(day.year, day.month, day.day, tzinfo=STOCKHOLM).astimezone(UTC)
    bodies = [told("activated", start + timedelta(minutes=n)) for n in range(-60, minutes + 60, 20)]
    assert capture.deliver(*bodies) == []
    capture.fold()
    found = repository.read_buckets("ten_dev", "int_1", Interval.DAY, day - timedelta(days=1), day + timedelta(days=1))
    assert found == {
        day - timedelta(days=1): Counts(3), day: Counts(minutes // 20), day + timedelta(days=1): Counts(3),
    }  # fmt: skip


def test_ST_11_new_years_day_2027_counts_to_week_53_of_2026(capture):
    capture.deliver(
        told("activated", at("2027-01-01T10:00:00")),
        told("activated", at("2026-12-28T10:00:00")),
        told("activated", at("2028-02-29T22:59:00")),
    )
    capture.fold()
    weeks = repository.read_buckets("ten_dev", ALL, Interval.WEEK, date(2026, 12, 28), date(2026, 12, 28))
    assert weeks == {date(2026, 12, 28): Counts(2)}
    assert repository.read_buckets("ten_dev", ALL, Interval.MONTH, date(2028, 2, 1), date(2028, 2, 1)) == {
        date(2028, 2, 1): Counts(1)
    }


class Killed(BaseException):
    pass


@pytest.mark.parametrize("before", [True, False])
def test_ST_07_a_run_killed_at_any_write_and_repeated_equals_one_run(capture, monkeypatch, before):
    bodies = [told(kind, at(moment), integration=name) for kind, moment, name in (
        ("activated", "2026-11-30T22:50:00", "int_1"), ("ended", "2026-11-30T23:10:00", "int_2"),
    )]  # fmt: skip
    real = store._dispatch
    for die_at in range(1, 100):
        for item in (FactItem, DirtyItem, SliceItem, BucketItem):
            with item.batch_write() as batch:
                for row in item.scan():
                    batch.delete(row)
        assert capture.deliver(*bodies) == []
        count = 0

        def dying(operation, item, kwargs, die_at=die_at):
            nonlocal count
            count += 1
            if before and count == die_at:
                raise Killed
            answer = real(operation, item, kwargs)
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
        assert list(DirtyItem.scan()) == []
        if finished:
            break
    assert 12 < die_at < 99


def test_a_capture_killed_between_its_two_writes_is_finished_by_the_next_delivery(capture, monkeypatch):
    body = told("activated", at("2026-11-22T08:00:00"))
    with monkeypatch.context() as patch:
        patch.setattr(DirtyItem, "get_save_kwargs_from_instance", lambda *_, **__: (_ for _ in ()).throw(RuntimeError))
        assert capture.deliver(body) == ["0"]
    assert len(list(FactItem.scan())) == 1
    assert capture.fold() == 0
    assert capture.deliver(body) == []
    assert capture.fold() == 1
    assert stored() == brute_force([body])


def test_a_fact_that_comes_while_its_partition_is_counted_is_counted_in_the_next_run(capture, monkeypatch):
    first, late = (told("activated", at("2026-11-22T08:00:00"), event_id=name) for name in ("evt_1", "evt_5"))
    monkeypatch.setattr("chalicelib.statistics.domain.SHARDS", 1)  # both fall into one partition
    capture.deliver(first)
    (marked,) = repository.list_dirty(10)
    real = repository.save_slice

    def slow(partition, integration_id, counts):
        capture.deliver(late, first)  # also told again: the mark must not look like the one we are about to clear
        real(partition, integration_id, counts)

    with monkeypatch.context() as patch:
        patch.setattr(repository, "save_slice", slow)
        rollup.count_owner([marked], STOCKHOLM)
    assert list(DirtyItem.scan()) != []
    capture.fold()
    assert stored() == brute_force([first, late])


def test_of_two_overlapping_runs_the_one_that_saw_less_gives_way(capture):
    day = date(2026, 11, 22)
    repository.save_bucket("ten_dev", "int_1", Interval.DAY, day, Counts(2, 0, 1))
    repository.save_bucket("ten_dev", "int_1", Interval.DAY, day, Counts(2, 0, 0))
    assert repository.read_buckets("ten_dev", "int_1", Interval.DAY, day, day) == {day: Counts(2, 0, 1)}
    repository.save_bucket("ten_dev", "int_1", Interval.DAY, day, Counts(3, 0, 1))
    assert repository.read_buckets("ten_dev", "int_1", Interval.DAY, day, day) == {day: Counts(3, 0, 1)}


def test_ST_08_a_backlog_is_counted_oldest_first_and_resumed_when_time_is_up(capture, monkeypatch):
    bodies = [
        told("activated", at("2026-11-19T08:00:00") + timedelta(hours=6 * n), owner=f"ten_{n}") for n in range(12)
    ]
    capture.deliver(*reversed(bodies))
    clock = iter(range(1000))
    with monkeypatch.context() as patch:
        patch.setattr(rollup, "_BUDGET", timedelta(seconds=5))
        patch.setattr(rollup.time, "monotonic", lambda: float(next(clock)))
        assert capture.fold() == 5
    done = {row.series.split("#")[0] for row in BucketItem.scan()}
    assert done == {f"ten_{n}" for n in range(5)}
    assert capture.fold() == 7
    assert stored() == brute_force(bodies)


def test_ST_04_an_end_that_arrives_before_its_beginning_changes_nothing_in_the_end(capture):
    start, end = told("activated", at("2026-11-22T08:00:00")), told("ended", at("2026-11-22T09:00:00"))
    capture.deliver(end)
    capture.fold()
    capture.deliver(start)
    capture.fold()
    assert repository.read_buckets("ten_dev", ALL, Interval.DAY, date(2026, 11, 22), date(2026, 11, 22)) == {
        date(2026, 11, 22): Counts(1, 0, 1)
    }


def test_ST_20_an_activation_again_is_not_a_new_one(capture):
    capture.deliver(*(told(kind, at("2026-11-22T08:00:00"), tenant=tenant) for kind, tenant in (
        ("activated", "ten_1"), ("activated", "ten_2"), ("reactivated", "ten_1"), ("renewed", "ten_1"))))  # fmt: skip
    capture.fold()
    assert repository.read_buckets("ten_dev", ALL, Interval.DAY, date(2026, 11, 22), date(2026, 11, 22)) == {
        date(2026, 11, 22): Counts(2, 1, 0)
    }


def test_a_broken_message_goes_back_alone(capture):
    good = told("activated", at("2026-11-22T08:00:00"))
    broken = json.dumps(json.loads(good) | {"event_id": "evt_broken", "data": {}})
    assert capture.deliver("garbage", good, broken, "[]") == ["0", "2", "3"]
    capture.fold()
    assert stored() == brute_force([good])


def test_weeks_of_facts_cost_the_same_calls_whatever_was_before(capture):
    """The cost of a run follows from what is new, not from the history."""
    from tests.factories import aws_calls

    costs = []
    for month in range(1, 5):
        moment = at(f"2026-{month:02}-11T08:00:00")
        capture.deliver(
            *(told("activated", moment + timedelta(days=n % 5), event_id=f"evt_{month}_{n}") for n in range(month * 10))
        )
        capture.fold()
        capture.deliver(told("activated", moment + timedelta(days=6), event_id="evt_same"))
        with aws_calls() as calls:
            capture.fold()
        costs.append(Counter(calls))
    assert costs == [costs[0]] * 4


def test_first_day_is_where_a_bucket_is_kept():
    assert first_day(Interval.WEEK, date(2027, 1, 1)) == date(2026, 12, 28)
