"""Finding among many: calls, items, bytes and capacity units of lists and searches with 50, 500 and 5,000 listings.

MARKETPLACE_LISTINGS=50,500,5000 python -m bench.marketplace     on ministack, started for this and saving nothing
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.table import show

SIZES = [int(size) for size in os.environ.get("MARKETPLACE_LISTINGS", "50,500,5000").split(",")]
UNIT_BYTES = 4096
KEY_RING = "bench-keys"
THINGS = ("Kvitto", "Faktura", "Lager", "Kassa", "Tid", "Lön", "Order", "Kund", "Bank", "Moms")
KINDS = ("hjälpen", "bron", "flödet", "assistenten", "kollen", "synk", "robot", "motor", "vakt", "länk")
TEXT = (
    "Läser {thing} och skriver bokföring automatiskt varje natt, med rapporter och påminnelser. Reads invoices and "
    "receipts, matches payments and tells you what is missing. "
)


@dataclass
class Meter:
    """What DynamoDB was asked and what it read; units are computed from sizes as DynamoDB's price list says."""

    calls: list[str] = field(default_factory=list)
    items: int = 0
    size: int = 0
    units: float = 0.0

    def count(self, event_name: str, **_: Any) -> None:
        self.calls.append(event_name.rsplit(".", 1)[-1])

    def note(self, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        name, groups = model.name, parsed.get("Responses") or {}
        found = parsed.get("Items") or [item for items in groups.values() for item in items]
        sizes = [item_bytes(item) for item in found]
        self.items += len(sizes)
        self.size += sum(sizes)
        # A Query is billed for the sum of what it read, a BatchGetItem for each item; both eventually consistent.
        steps = [sum(sizes)] if name == "Query" else sizes
        self.units += sum(max(1, math.ceil(step / UNIT_BYTES)) / 2 for step in steps)


def item_bytes(item: dict[str, Any]) -> int:
    return sum(len(name.encode()) + len(json.dumps(value, ensure_ascii=False).encode()) for name, value in item.items())


@contextmanager
def metered() -> Iterator[Meter]:
    from chalicelib.kit import store

    meter, events = Meter(), store.shared_connection().client.meta.events
    events.register("before-send.dynamodb", meter.count)
    events.register("after-call.dynamodb", meter.note)
    try:
        yield meter
    finally:
        events.unregister("before-send.dynamodb", meter.count)
        events.unregister("after-call.dynamodb", meter.note)


def listed(number: int) -> Any:
    """Listing number so: names, developers and descriptions as they are, words that many and few have."""
    from chalicelib.integrations.domain import categories
    from chalicelib.marketplace.listed import Listed

    thing, kind = THINGS[number % len(THINGS)], KINDS[number // len(THINGS) % len(KINDS)]
    names = sorted(categories())
    return Listed(
        integration_id=f"int_bench{number:06d}", client_id=f"bench{number:07d}", tenant_id=f"ten_bench{number % 700}",
        developer=f"Utvecklare {number % 700} AB", place="marketplace", version=1, listing_version=1,
        name=f"{thing}{kind} {number}", description=TEXT.format(thing=thing.lower()) * 3,
        category=names[number % len(names)], scopes=("invoice", "customer"), sales_channel="platform",
        price_minor=9900, currency="SEK", website="https://a.example", logo="/images/bench/logo.png",
    )  # fmt: skip


def fill(first: int, last: int) -> None:
    """The very rows that publication makes, written in batches."""
    from chalicelib.marketplace import repository
    from chalicelib.marketplace.listed import Standing

    standings = [Standing(1, listed(number)) for number in range(first, last)]
    repository.write_many({standing.listed.integration_id: standing for standing in standings if standing.listed})


def questions() -> dict[str, Callable[[], Any]]:
    from chalicelib.integrations.domain import categories
    from chalicelib.kit.context import new_context
    from chalicelib.kit.pagination import PageQuery
    from chalicelib.marketplace import repository, service

    ctx, first = new_context(), min(categories())
    cursor = service.list_listings(ctx, PageQuery(limit=20)).next_cursor
    return {
        "first page": lambda: service.list_listings(ctx, PageQuery(limit=20)),
        "second page": lambda: service.list_listings(ctx, PageQuery(limit=20, cursor=cursor)),
        "a category": lambda: service.list_listings(ctx, PageQuery(limit=20), first),
        "a word all have": lambda: service.search_listings("bokföring"),
        "a word few have": lambda: service.search_listings("kvittohjälpen"),
        "the beginning of a word": lambda: service.search_listings("fakt"),
        "two words": lambda: service.search_listings("faktura påminnelser"),
        "a slip": lambda: service.search_listings("bokförnig"),
        "a listing": lambda: repository.find_listed("int_bench000007"),
    }


def measure() -> dict[str, Meter]:
    found = {}
    for name, ask in questions().items():
        ask()
        with metered() as meter:
            ask()
        found[name] = meter
    return found


def main() -> None:
    from bench.embedded import ministack

    os.environ.update(ANSLUT_STAGE="bench", ANSLUT_PREFIX="bench", ANSLUT_ORIGIN="https://portal.example")
    os.environ.update(AWS_ACCESS_KEY_ID="000000000000", AWS_SECRET_ACCESS_KEY="bench")  # noqa: S106 - of no account
    os.environ.update(AWS_ACCOUNT_ID_ENDPOINT_MODE="disabled", AWS_DEFAULT_REGION="eu-north-1")
    with ministack() as address:
        os.environ.update(AWS_ENDPOINT_URL=address, ANSLUT_SECRET_ID=KEY_RING)
        from chalicelib.marketplace import repository

        prepare()
        for table in repository.TABLES:
            table.create_table(wait=True)
        rows, filled = [], 0
        for size in SIZES:
            started = time.perf_counter()
            fill(filled, size)
            filled = size
            print(f"{size} listings written ({time.perf_counter() - started:.0f} s)", flush=True)
            rows += [row(place, name, size, ask) for place, (name, ask) in enumerate(questions().items())]
    show("Finding among many (want: calls the same, units bounded)",
         ("question", "listings", "calls", "which", "items", "bytes", "units", "ms"),
         [one[1:] for one in sorted(rows, key=lambda one: (one[0], one[2]))])  # fmt: skip


def row(place: int, name: str, size: int, ask: Callable[[], Any]) -> tuple[Any, ...]:
    ask()
    with metered() as meter:
        started = time.perf_counter()
        ask()
        took = (time.perf_counter() - started) * 1000
    calls = " ".join(meter.calls)
    return place, name, size, len(meter.calls), calls, meter.items, meter.size, meter.units, f"{took:.0f}"


def prepare() -> None:
    """A key ring, for the cursors are sealed."""
    import boto3

    ring = json.dumps({"k1": "0123456789abcdef" * 4})
    boto3.client("secretsmanager").create_secret(Name=KEY_RING, SecretString=ring)


if __name__ == "__main__":
    main()
