"""What weeks of use leave in the statistics of the demo: views, launches, calls and refusals, written as tallies.

Asked for over HTTP, one by one, they would take minutes; so the rows are written as `statistics.tallies` writes them.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from chalicelib.statistics.domain import FactKind, Partition, key_of, slot_name

DAYS = 42
_MORNING = time(8, 30, tzinfo=UTC)
_BATCH = 25  # what BatchWriteItem takes
_SATURDAY = 5

# A usual working day of each integration: kind and cause, how many. The listing of Kvitto Sync is the better known.
USUAL: dict[str, tuple[tuple[FactKind, str, int], ...]] = {
    "Kvitto Sync": (
        (FactKind.VIEWED, "", 9),
        (FactKind.LAUNCHED, "", 6),
        (FactKind.CALLED, "", 160),
        (FactKind.FAILED, "rate-limit-reached", 3),
        (FactKind.FAILED, "connection_ended", 1),
    ),
    "Lagerbro": (
        (FactKind.VIEWED, "", 4),
        (FactKind.LAUNCHED, "", 3),
        (FactKind.CALLED, "", 70),
        (FactKind.FAILED, "licence_missing", 1),
    ),
}


def write_numbers(client: Any, tables: dict[str, str], integrations: dict[str, dict[str, Any]], today: date) -> None:
    """The days before today, with a mark each so that the next fold counts them. The same again writes the same."""
    days = [today - timedelta(days=number) for number in range(1, DAYS + 1)]
    rows = [row for day in days for name in USUAL for row in _tallies(name, integrations[name], day)]
    _write(client, tables["statistics-facts"], rows)
    _write(client, tables["statistics-dirty"], [_mark(day) for day in days])


def _tallies(name: str, integration: dict[str, Any], day: date) -> Iterator[dict[str, Any]]:
    partition = Partition(_slot(day), 0)
    for kind, cause, usual in USUAL[name]:
        key = key_of(kind, cause)
        number = _number(f"{name} {key} {day}", usual, is_weekend=day.weekday() >= _SATURDAY)
        if number:
            place = f"{partition.minute}#tally#{integration['tenant_id']}#{integration['integration_id']}#{key}"
            yield {"partition": {"S": partition.key}, "fact_id": {"S": place}, "number": {"N": str(number)}}


def _mark(day: date) -> dict[str, Any]:
    return {"lane": {"S": "slots"}, "place": {"S": _slot(day)}, "stamp": {"S": "seed"}}


def _slot(day: date) -> str:
    return slot_name(datetime.combine(day, _MORNING))


def _number(name: str, usual: int, *, is_weekend: bool) -> int:
    """Between a half and one and a half of the usual, always the same for a name; a fifth of it at weekends."""
    share = 0.5 + zlib.crc32(name.encode()) % 1_000 / 1_000
    return round(usual * share * (0.2 if is_weekend else 1))


def _write(client: Any, table: str, rows: list[dict[str, Any]]) -> None:
    for some in (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH)):
        left = {table: [{"PutRequest": {"Item": row}} for row in some]}
        while left:
            left = client.batch_write_item(RequestItems=left)["UnprocessedItems"]


def fold_later(client: Any, function: str, event: dict[str, Any]) -> None:
    """Counted in the background: nobody has to wait for it."""
    client.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event))
