"""The monthly close: calls, capacity units and time by number of subscriptions, in memory or on the embedded AWS.

CLOSE_SUBSCRIPTIONS=1000,10000 python -m bench.close       how many (default 20, 120)
In memory every transaction copies all tables: keep it small there.
CLOSE_ENDPOINT=http://127.0.0.1:4566 python -m bench.close a running embedded AWS instead of one in memory
"""

from __future__ import annotations

import os
import time
from collections import Counter
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bench.table import show

os.environ.update(ANSLUT_STAGE="bench", ANSLUT_PREFIX="bench", ANSLUT_ORIGIN="https://portal.example")
os.environ.update(AWS_ACCESS_KEY_ID="000000000000", AWS_SECRET_ACCESS_KEY="bench")  # noqa: S106 - of no account
os.environ["AWS_ACCOUNT_ID_ENDPOINT_MODE"] = "disabled"
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-north-1")
os.environ["POWERTOOLS_LOG_LEVEL"] = "CRITICAL"
if os.environ.get("CLOSE_ENDPOINT"):
    os.environ["AWS_ENDPOINT_URL"] = os.environ["CLOSE_ENDPOINT"]

SIZES = [int(size) for size in os.environ.get("CLOSE_SUBSCRIPTIONS", "20,120").split(",")]
UNIT_BYTES = 1024
TRANSACTION_UNITS = 2  # a transactional write costs two units per kilobyte
DOLLARS_PER_WRITE_UNIT = 0.625e-6  # on demand, us-east-1
BOUGHT = datetime(2026, 10, 15, 12, tzinfo=UTC)
CLOSED = datetime(2026, 11, 1, 12, tzinfo=UTC)


def main() -> None:
    rows = []
    for size in SIZES:
        with _aws():
            rows.append(measure(size))
    show("Close of a month (want: calls and units per subscription the same at every size)",
         ("subscriptions", "seconds", "ms each", "calls", "calls each", "write units each", "$ per 100,000", "which"),
         rows)  # fmt: skip


def measure(size: int) -> tuple[Any, ...]:
    from chalicelib.kit import store
    from chalicelib.kit.context import new_context
    from chalicelib.sales import service
    from chalicelib.sales.domain import Month

    fill(size)
    calls: Counter[str] = Counter()
    units = 0

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        nonlocal units
        calls[model.name] += 1
        units += sum(_units(entry) for entry in params.get("TransactItems", []))

    events = store.shared_connection().client.meta.events
    events.register("provide-client-params.dynamodb.*", note)
    started = time.perf_counter()
    book = service.close_month(replace(new_context(), now=CLOSED), Month(2026, 10))
    seconds = time.perf_counter() - started
    events.unregister("provide-client-params.dynamodb.*", note)
    assert book.is_closed
    assert book.invoices == size
    total = sum(calls.values())
    which = ", ".join(f"{count} {name}" for name, count in calls.most_common())
    dollars = units / size * 100_000 * DOLLARS_PER_WRITE_UNIT
    return size, seconds, seconds / size * 1000, total, total / size, units / size, dollars, which


def fill(size: int) -> None:
    """Customers with one subscription each, written as a purchase leaves them."""
    from chalicelib.accounts import repository as accounts
    from chalicelib.accounts.domain import Company
    from chalicelib.kit import store
    from chalicelib.kit.outbox import OutboxItem
    from chalicelib.sales.repository import TABLES
    from chalicelib.sales.repository.subscriptions import to_item
    from chalicelib.sales.repository.tables import SubscriptionItem

    tables: tuple[type[store.Item], ...] = (*TABLES, *accounts.TABLES, OutboxItem)
    for table in tables:
        if table.exists():
            table.delete_table()
        table.create_table(wait=False)
    companies = next(table for table in accounts.TABLES if table.Meta.table_name.endswith("-companies"))
    with SubscriptionItem.batch_write() as batch, companies.batch_write() as others:
        for number in range(size):
            row = subscription_of(number)
            batch.save(to_item(row))
            company = Company(
                tenant_id=row.tenant_id, number=row.tenant_number, name=row.company_name, created_at=BOUGHT
            )
            others.save(store.to_item(companies, company, modules=[]))


def subscription_of(number: int) -> Any:
    """Three licences for one of five hundred integrations of a hundred developers."""
    from chalicelib.integrations.domain import Integration, LicenceModel
    from chalicelib.sales.domain import PriceVersion, Purchase, new_subscription

    model = LicenceModel.PER_USER
    price = PriceVersion(
        integration_id="int_a", version=1, unit_minor=14900, currency="SEK", licence_model=model, created_at=BOUGHT
    )
    integration = Integration(
        integration_id=f"int_{number % 500:024}", number=number % 500, client_id="a" * 12, name="Lagerbro",
        tenant_id=f"ten_owner{number % 100:019}", scopes=frozenset({"a"}), created_at=BOUGHT, updated_at=BOUGHT,
    )  # fmt: skip
    purchase = Purchase(tenant_id=f"ten_{number:024}", integration=integration, seats=3, account_id="acc_" + "a" * 24)
    company = (1_000_000 + number, "Bergs Bageri AB")
    return new_subscription(
        purchase, price, None, subscription_id=f"sub_{number:024}", company=company, now=BOUGHT, operation_id="r" * 28
    )


def _units(entry: dict[str, Any]) -> int:
    (request,) = entry.values()
    row = request.get("Item") or {**request["Key"], **request.get("ExpressionAttributeValues", {})}
    size = sum(len(name) + len(str(next(iter(value.values())))) for name, value in row.items())
    return TRANSACTION_UNITS * -(-size // UNIT_BYTES)


def _aws() -> Any:
    if os.environ.get("CLOSE_ENDPOINT"):
        return nullcontext()
    from moto import mock_aws

    return mock_aws()


if __name__ == "__main__":
    main()
