"""Closing a day: its counts go into each owner's month, and the month into what the owner has in all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from chalicelib.kit import store
from chalicelib.statistics import repository
from chalicelib.statistics.domain import Counts, Integrations, add_counts
from chalicelib.statistics.repository import Row


def close_day(day: date, lanes: Iterable[str]) -> bool:
    """Put the day's row of each lane into the months of its owners. False if another run was in the way: repeat it."""
    is_done = True
    for lane in sorted(lanes):
        row = repository.find_row(*repository.day_key(lane, day))
        for owner in row.value:
            try:
                save_day(owner, day, row.value[owner], row.version)
            except store.RefusedError:
                is_done = False
    return is_done


def save_day(owner_tenant_id: str, day: date, integrations: Integrations, seen: int) -> bool:
    """The owner's month with this day as version `seen` of its row tells it; an older telling gives way.

    Whether anything changed. Raises RefusedError when somebody else has replaced the row meanwhile.
    """
    month = f"{day:%Y-%m}"
    row = repository.find_row(*repository.month_key(owner_tenant_id, month))
    changed = False
    if _is_newer(row, f"{day:%d}", seen, integrations):
        row = repository.save_row(row, row.value | {f"{day:%d}": [seen, integrations]})
        changed = True
    total = sum_month(row)
    totals = repository.find_row(*repository.totals_key(owner_tenant_id))
    if _is_newer(totals, month, row.version, total):
        repository.save_row(totals, totals.value | {month: [row.version, total]})
        changed = True
    return changed


def sum_month(row: Row) -> Integrations:
    """A month's counts by integration from its days."""
    parts: dict[str, list[Counts]] = {}
    for _, integrations in row.value.values():
        for integration_id, counts in integrations.items():
            parts.setdefault(integration_id, []).append(counts)
    return {integration_id: add_counts(counts) for integration_id, counts in parts.items()}


def _is_newer(row: Row, name: str, seen: int, value: Integrations) -> bool:
    version, standing = row.value.get(name, (0, None))
    return bool(seen >= version and standing != value)
