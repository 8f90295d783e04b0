"""The monthly close: calls, capacity units and time by number of subscriptions, in memory or on the embedded AWS.

CLOSE_SUBSCRIPTIONS=1000,10000 python -m bench.close   how many (default 20, 120)
In memory every transaction copies all tables: keep it small there.
CLOSE_AWS=embedded python -m bench.close               on ministack, started for this and saving nothing; or an address
On ministack the close runs in a process of its own, which is killed (SIGKILL) at 40 per cent; a second one goes on.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from bench.embedded import ministack
from bench.table import show

os.environ.update(ANSLUT_STAGE="bench", ANSLUT_PREFIX="bench", ANSLUT_ORIGIN="https://portal.example")
os.environ.update(AWS_ACCESS_KEY_ID="000000000000", AWS_SECRET_ACCESS_KEY="bench")  # noqa: S106 - of no account
os.environ["AWS_ACCOUNT_ID_ENDPOINT_MODE"] = "disabled"
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-north-1")
os.environ["POWERTOOLS_LOG_LEVEL"] = "CRITICAL"

SIZES = [int(size) for size in os.environ.get("CLOSE_SUBSCRIPTIONS", "20,120").split(",")]
UNIT_BYTES = 1024
TRANSACTION_UNITS = 2  # a transactional write costs two units per kilobyte
DOLLARS_PER_WRITE_UNIT = 0.625e-6  # on demand, us-east-1
BOUGHT = datetime(2026, 10, 15, 12, tzinfo=UTC)
CLOSED = datetime(2026, 11, 1, 12, tzinfo=UTC)
KILLED_AT = 40  # per cent
LOOK_SECONDS = 0.5
PATIENCE = 120  # seconds that an answer may take
LEASE_OVER = timedelta(minutes=5)
INTEGRATIONS, DEVELOPERS = 500, 100
BATCH = 25  # what BatchWriteItem takes


def main() -> None:
    where = os.environ.get("CLOSE_AWS", "")
    rows, seen = [], []
    with _aws(where):
        for size in SIZES:
            row, progress = measure(size, in_memory=not where)
            rows.append(row)
            seen += progress
    show("Close of a month (want: calls and units per subscription the same at every size)",
         ("subscriptions", "to fill", "seconds", "ms each", "calls", "calls each", "write units each", "$ per 100,000",
          "which"), rows)  # fmt: skip
    if seen:
        show("What the operator sees of it", ("subscriptions", "after seconds", "per cent", "invoices", ""), seen)


def measure(size: int, *, in_memory: bool) -> tuple[tuple[Any, ...], list[tuple[Any, ...]]]:
    from chalicelib.sales import service

    started = time.perf_counter()
    fill(size)
    filled = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "calls"
        started = time.perf_counter()
        progress = close(notes, CLOSED) if in_memory else close_twice(size, notes)
        seconds = time.perf_counter() - started
        told = [line.split() for line in notes.read_text().splitlines()]
    book = service.get_book("2026-10")
    assert book.is_closed
    assert (book.invoices, book.billed) == (size, size)
    calls = Counter(name for name, _ in told)
    units = sum(int(number) for _, number in told)
    total = sum(calls.values())
    which = ", ".join(f"{count} {name}" for name, count in calls.most_common())
    dollars = units / size * 100_000 * DOLLARS_PER_WRITE_UNIT
    row = (f"{size:,}", filled, seconds, seconds / size * 1000, total, total / size, units / size, dollars, which)
    return row, progress


def close(notes: Path, moment: datetime) -> list[Any]:
    """Close the month and note each call in a file, at once: who is killed has told what it did."""
    from chalicelib.kit import store
    from chalicelib.kit.context import new_context
    from chalicelib.sales import service
    from chalicelib.sales.domain import Month

    _connect()
    file = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def note(request: Any, event_name: str, **_: Any) -> None:
        operation = event_name.rsplit(".", 1)[-1]
        os.write(file, f"{operation} {_units(json.loads(request.body))}\n".encode())

    events = store.shared_connection().client.meta.events
    events.register("before-send.dynamodb", note)
    service.close_month(replace(new_context(), now=moment), Month(2026, 10))
    events.unregister("before-send.dynamodb", note)
    os.close(file)
    return []


def close_twice(size: int, notes: Path) -> list[tuple[Any, ...]]:
    """A close that is killed, and the one that goes on when the lease has run out; what was seen meanwhile."""
    processes = multiprocessing.get_context("fork")
    started = time.perf_counter()
    seen: list[tuple[Any, ...]] = []
    for moment, until in ((CLOSED, KILLED_AT), (CLOSED + LEASE_OVER, 101)):
        process = processes.Process(target=close, args=(notes, moment))
        process.start()
        while process.is_alive():
            process.join(LOOK_SECONDS)
            percent, invoices = _look()
            step = 10 * (percent // 10)
            if not seen or seen[-1][2] < step:
                seen.append((f"{size:,}", time.perf_counter() - started, step, invoices, ""))
            if percent >= until:
                process.kill()
                process.join()
                seen.append((f"{size:,}", time.perf_counter() - started, step, _look()[1], "killed; a second goes on"))
    return seen


def _connect() -> None:
    """Each process has connections of its own. An emulator on a shared machine may take its time to answer."""
    from chalicelib.kit import store

    store.shared_connection.cache_clear()
    store.shared_connection()._read_timeout_seconds = PATIENCE  # noqa: SLF001


def _look() -> tuple[int, int]:
    """What /operator/sales asks."""
    from chalicelib.sales import service

    book = next(iter(service.list_books()), None)
    return (book.percent, book.invoices) if book else (0, 0)


def fill(size: int) -> None:
    """Customers with one subscription each, exactly the rows that a purchase leaves."""
    from chalicelib.accounts import repository as accounts
    from chalicelib.kit import store
    from chalicelib.kit.outbox import OutboxItem
    from chalicelib.sales.repository import TABLES
    from chalicelib.sales.repository.tables import SubscriptionItem

    tables: tuple[type[store.Item], ...] = (*TABLES, *accounts.TABLES, OutboxItem)
    _connect()
    for table in tables:
        if table.exists():
            table.delete_table()
        table.create_table(wait=False)
    companies = next(table for table in accounts.TABLES if table.Meta.table_name.endswith("-companies"))
    for table, rows in ((SubscriptionItem, _subscriptions(size)), (companies, _companies(size, companies))):
        _write(table.Meta.table_name, rows)


def _write(table: str, rows: Iterator[dict[str, Any]]) -> None:
    from chalicelib.kit import store

    client: Any = store.shared_connection().client
    batch = [{"PutRequest": {"Item": row}} for row in islice(rows, BATCH)]
    while batch:
        left = client.batch_write_item(RequestItems={table: batch})["UnprocessedItems"]
        assert not left
        batch = [{"PutRequest": {"Item": row}} for row in islice(rows, BATCH)]


def _subscriptions(size: int) -> Iterator[dict[str, Any]]:
    """As PynamoDB would write them; it is asked for the first of each integration, the others differ by customer."""
    from chalicelib.sales.repository.subscriptions import lane_of, to_item

    texts: dict[int, str] = {}
    for number in range(size):
        kind = number % INTEGRATIONS
        if kind not in texts:
            texts[kind] = json.dumps(to_item(subscription_of(kind)).serialize())
        text = texts[kind]
        for prefix in ("ten_", "sub_"):
            text = text.replace(f"{prefix}{kind:024}", f"{prefix}{number:024}")
        row: dict[str, Any] = json.loads(text)
        row["tenant_number"] = {"N": str(1_000_000 + number)}
        row["bill_lane"] = {"S": lane_of(f"ten_{number:024}")}
        if number == size - 1:
            assert row == to_item(subscription_of(number)).serialize()
        yield row


def _companies(size: int, table: Any) -> Iterator[dict[str, Any]]:
    from chalicelib.accounts.domain import Company
    from chalicelib.kit import store

    def row_of(number: int) -> dict[str, Any]:
        company = Company(
            tenant_id=f"ten_{number:024}", number=1_000_000 + number, name="Bergs Bageri AB", created_at=BOUGHT
        )
        row: dict[str, Any] = store.to_item(table, company, modules=[]).serialize()
        return row

    first = row_of(0)
    for number in range(size):
        changed = {"tenant_id": {"S": f"ten_{number:024}"}, "number": {"N": str(1_000_000 + number)}}
        yield first | changed
    assert first | changed == row_of(size - 1)


def subscription_of(number: int) -> Any:
    """Three licences for one of five hundred integrations of a hundred developers."""
    from chalicelib.integrations.domain import Integration, LicenceModel
    from chalicelib.sales.domain import PriceVersion, Purchase, new_subscription

    model = LicenceModel.PER_USER
    kind = number % INTEGRATIONS
    price = PriceVersion(
        integration_id="int_a", version=1, unit_minor=14900, currency="SEK", licence_model=model, created_at=BOUGHT
    )
    integration = Integration(
        integration_id=f"int_{kind:024}", number=kind, client_id="a" * 12, name="Lagerbro",
        tenant_id=f"dev_{kind % DEVELOPERS:024}", scopes=frozenset({"a"}), created_at=BOUGHT, updated_at=BOUGHT,
    )  # fmt: skip
    purchase = Purchase(tenant_id=f"ten_{number:024}", integration=integration, seats=3, account_id="acc_" + "a" * 24)
    company = (1_000_000 + number, "Bergs Bageri AB")
    return new_subscription(
        purchase, price, None, subscription_id=f"sub_{number:024}", company=company, now=BOUGHT, operation_id="r" * 28
    )


def _units(params: dict[str, Any]) -> int:
    """Write units of a call, as DynamoDB bills them; a transaction's count twice."""
    if "TransactItems" in params:
        return sum(TRANSACTION_UNITS * _size(next(iter(entry.values()))) for entry in params["TransactItems"])
    batches = params.get("RequestItems", {}).values()
    if batches and all(isinstance(batch, list) for batch in batches):
        return sum(_size(entry.get("PutRequest", {"Key": {}})) for batch in batches for entry in batch)
    return 0


def _size(request: dict[str, Any]) -> int:
    row = request.get("Item") or {**request["Key"], **request.get("ExpressionAttributeValues", {})}
    size = sum(len(name) + len(str(next(iter(value.values())))) for name, value in row.items())
    return max(1, -(-size // UNIT_BYTES))


@contextmanager
def _aws(where: str) -> Iterator[None]:
    if not where:
        from moto import mock_aws

        with mock_aws():
            yield
    elif where != "embedded":
        os.environ["AWS_ENDPOINT_URL"] = where
        yield
    else:
        with ministack() as address:
            os.environ["AWS_ENDPOINT_URL"] = address
            yield


if __name__ == "__main__":
    main()
