"""Finding among many listings costs what finding among few does: counted, not timed (bench/marketplace has 5,000)."""

from __future__ import annotations

from bench import marketplace as bench
from chalicelib.marketplace import service

ONE = ["Query"]
TWO = ["Query", "BatchGetItem"]
CALLS = {
    "first page": ONE, "second page": ONE, "a category": ONE, "a listing": ["GetItem"], "a word all have": TWO,
    "a word few have": TWO, "the beginning of a word": TWO, "two words": TWO, "a slip": ["Query", "Query", *TWO],
}  # fmt: skip


def test_calls_stay_the_same_and_what_is_read_has_an_end(aws):
    bench.fill(0, 30)
    few = bench.measure()
    bench.fill(30, 230)
    many = bench.measure()
    for found in (few, many):
        assert {name: meter.calls for name, meter in found.items()} == CALLS
    assert {name: many[name].items for name in ("first page", "second page", "a listing")} == {
        "first page": 20, "second page": 20, "a listing": 0,
    }  # fmt: skip
    assert max(meter.items for meter in many.values()) <= 200 + 48 + 1_000, "entries, listings, words known"
    assert many["first page"].units <= 2
    assert len(service.search_listings("kvittohjälpen").cards) == 3
    assert service.search_listings("bokföring").is_cut
