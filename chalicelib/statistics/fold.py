"""The fold (D10): counts are pure functions of facts, so neither order nor repetition can spoil them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.statistics.domain import ALL, Counts, FactKind, total

Row = Mapping[str, Mapping[str, Any]]
"""A stored fact as DynamoDB sends it: `{"fact_id": {"S": "int_1#activated#evt_1"}}`."""


def count_facts(rows: Iterable[Row]) -> dict[str, Counts]:
    """Counts by integration of one partition's facts, each of which is there once."""
    # One pass, no object a fact: the key's head is integration and kind.
    heads = Counter([row["fact_id"]["S"].rsplit("#", 1)[0] for row in rows])
    integrations = sorted({head.partition("#")[0] for head in heads})
    return {
        name: Counts(*(heads[f"{name}#{kind}"] for kind in (FactKind.ACTIVATED, FactKind.REACTIVATED, FactKind.ENDED)))
        for name in integrations
    }


def sum_by_integration(slices: Iterable[tuple[str, Counts]]) -> dict[str, Counts]:
    """A day from its slices: each integration, and all of them under `all`."""
    sums: dict[str, Counts] = {}
    for integration_id, counts in slices:
        sums[integration_id] = sums.get(integration_id, Counts()).plus(counts)
    return sums | {ALL: total(sums.values())}
