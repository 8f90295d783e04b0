"""The fold (D10): counts are pure functions of facts, so neither order nor repetition can spoil them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.statistics.domain import ALL, Counts, FactKind, total

_ORDER = (FactKind.ACTIVATED, FactKind.REACTIVATED, FactKind.ENDED)
_AFTER_HASH = chr(ord("#") + 1)

Row = Mapping[str, Mapping[str, Any]]
"""A stored fact as DynamoDB sends it: `{"fact_id": {"S": "int_1#activated#evt_1"}}`."""


def count_facts(rows: Iterable[Row]) -> dict[str, Counts]:
    """Counts by integration of one partition's facts, each of which is there once."""
    # A key begins with integration and kind, so in order each pair is one run, whose end is found by halving: the
    # cost of a fact is reading its key. A query's rows are in order already, which sorting notices in one pass.
    keys = sorted([row["fact_id"]["S"] for row in rows])
    runs: dict[str, dict[str, int]] = {}
    start = 0
    while start < len(keys):
        integration_id, kind, _ = keys[start].split("#", 2)
        end = bisect_left(keys, f"{integration_id}#{kind}{_AFTER_HASH}", start)
        runs.setdefault(integration_id, {})[kind] = end - start
        start = end
    return {name: Counts(*(found.get(kind, 0) for kind in _ORDER)) for name, found in runs.items()}


def sum_by_integration(slices: Iterable[tuple[str, Counts]]) -> dict[str, Counts]:
    """A day from its slices: each integration, and all of them under `all`."""
    sums: dict[str, Counts] = {}
    for integration_id, counts in slices:
        sums[integration_id] = sums.get(integration_id, Counts()).plus(counts)
    return sums | {ALL: total(sums.values())}
