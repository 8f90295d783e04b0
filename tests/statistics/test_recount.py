"""The nightly recount (ST-17): no difference is reported where there is none; any is found, mended and told."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.statistics import recount, repository
from chalicelib.statistics.domain import PLATFORM, lane_of
from tests.statistics.conftest import at, seen_from, told
from tests.statistics.test_fold import brute_force, read, stored

DAY = date(2026, 11, 20)
NIGHT = at("2026-11-22T02:17:00")


@pytest.fixture
def bodies(capture):
    made = [
        told("activated", at("2026-11-20T08:00:00")),
        told("activated", at("2026-11-20T18:00:00"), owner="ten_b", integration="int_b"),
        told("ended", at("2026-11-21T08:00:00")),
    ]
    capture.deliver(*made)
    return made


def test_ST_17_numbers_that_are_right_are_left_alone_and_what_waits_is_counted_first(bodies):
    found = recount.recount(seen_from(NIGHT))
    assert (found.mended, found.days) == ((), 4)
    assert recount.find_last() == found
    assert stored() == brute_force(bodies)


@pytest.mark.parametrize("key", [
    repository.day_key(lane_of("ten_dev"), DAY),
    repository.hour_key(lane_of("ten_dev"), DAY, at("2026-11-20T08:00:00")),
    repository.day_key(PLATFORM, DAY),
])  # fmt: skip
def test_ST_17_a_row_of_a_day_that_says_something_else_is_found_and_mended(bodies, key):
    recount.recount(seen_from(NIGHT))
    row = repository.find_row(*key)
    wrong = {owner: {"int_1": {"activated/SE": 99}} for owner in (*row.value, "ten_nobody")}
    repository.save_row(row, wrong)
    found = recount.recount(seen_from(NIGHT))
    assert found.mended
    assert {key: counts for key, counts in stored().items() if counts} == brute_force(bodies)
    assert recount.recount(seen_from(NIGHT)).mended == ()


@pytest.mark.parametrize("owner", ["ten_dev", PLATFORM])
def test_ST_17_a_month_and_a_total_that_say_something_else_are_found_and_mended(bodies, owner):
    recount.recount(seen_from(NIGHT))
    month = repository.find_row(*repository.month_key(owner, "2026-11"))
    version, _ = month.value["20"]
    repository.save_row(month, month.value | {"20": [version, {"int_1": {"activated/SE": 7}}]})
    totals = repository.find_row(*repository.totals_key(owner))
    repository.save_row(totals, {"2026-11": [totals.value["2026-11"][0], {"int_1": {"activated/SE": 70}}]})
    assert recount.recount(seen_from(NIGHT)).mended == (f"{owner} 2026-11",)
    assert stored() == brute_force(bodies)
    assert read(owner, DAY, DAY, today=NIGHT.date())[0].activated == (2 if owner == PLATFORM else 1)
