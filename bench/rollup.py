"""Statistics: counting beside a dict pass, pandas and polars; reading and counting; dollars per million events.

Cost is counted from real requests of the real code: bytes of each row written and read, as DynamoDB bills them.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median
from typing import Any

from bench.table import show

os.environ.update(ANSLUT_STAGE="bench", ANSLUT_PREFIX="bench", ANSLUT_ORIGIN="https://portal.example")
os.environ.update(AWS_ACCESS_KEY_ID="bench", AWS_SECRET_ACCESS_KEY="bench")  # noqa: S106 - of no account
os.environ["AWS_ACCOUNT_ID_ENDPOINT_MODE"] = "disabled"
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-north-1")
os.environ["POWERTOOLS_LOG_LEVEL"] = "CRITICAL"

SIZES = [int(size) for size in os.environ.get("ROLLUP_EVENTS", "1000,100000,1000000").split(",")]
ROUNDS = 5
LIMIT_TO_DICT = 1.2
LIMIT_READ = 15.0  # microseconds an event
LIMIT_COST = 0.05  # dollars per million events
DAY = datetime(2026, 11, 2, 23, tzinfo=UTC)  # midnight in Stockholm
INTEGRATIONS, OWNERS = 1_000, 200  # popularity falls as one over the rank
WINDOW = 240  # seconds that the stream collects
# Public prices on demand, us-east-1, 2026: per write unit, per read unit, per GB-second (x86), per invocation.
WRITE, READ, GB_SECOND, INVOCATION = 0.625e-6, 0.125e-6, 0.0000166667, 0.2e-6
FOLDS_A_DAY = 288
READS_OF_A_FACT = 12 + 4  # each fold of its hour, and the recounts of the nights after
SECONDS_A_FOLD = 0.5  # of waiting for some sixty answers
MEMORY_GB = 0.5


def main() -> None:
    logging.disable(logging.CRITICAL)
    facts = day_of_facts(max(SIZES))
    for size in SIZES:
        count(facts[:size])
    for size in SIZES:
        read(day_of_facts(size))
    show(f"One day of events, dollars per million after the change's own transaction (want ≤ ${LIMIT_COST} where a "
         f"million come)", ("events", "capture", "folds", "closing", "recount", "lambda", "$ / million", "$ a day"),
         [cost(size) for size in SIZES])  # fmt: skip
    calls()


def day_of_facts(size: int) -> list[Any]:
    """Facts of one day, in the order in which they happen."""
    from chalicelib.statistics.domain import Fact, FactKind

    random = Random(size)
    ranks = random.choices(range(INTEGRATIONS), [1 / (rank + 1) for rank in range(INTEGRATIONS)], k=size)
    kinds = (FactKind.ACTIVATED, FactKind.ACTIVATED, FactKind.ACTIVATED, FactKind.ENDED)
    names = [f"int_{random.getrandbits(120):024x}"[:28] for _ in range(INTEGRATIONS)]
    owners = [f"ten_{random.getrandbits(120):024x}"[:28] for _ in range(OWNERS)]
    return [
        Fact(event_id=f"evt_{number:024}", kind=kinds[number % 4], detail="SE" if number % 5 else "NO",
             owner_tenant_id=owners[rank % OWNERS], integration_id=names[rank], tenant_number=number % 9_000_000,
             occurred_at=DAY + timedelta(seconds=86_400 * number / size))
        for number, rank in enumerate(ranks)
    ]  # fmt: skip


def windows(facts: list[Any]) -> Iterator[list[Any]]:
    """Facts as the stream delivers them."""
    start = DAY
    batch: list[Any] = []
    for fact in facts:
        while fact.occurred_at >= start + timedelta(seconds=WINDOW):
            if batch:
                yield batch
            start, batch = start + timedelta(seconds=WINDOW), []
        batch.append(fact)
    if batch:
        yield batch


def count(facts: list[Any]) -> None:
    """CPU seconds to count the first events of the largest day, medians of A B A B … rounds."""
    from chalicelib.statistics.packing import count_opened, count_packed, open_row, pack

    moments = [int(fact.occurred_at.timestamp()) for fact in facts]
    kinds = [fact.key for fact in facts]
    hours: dict[datetime, list[bytes]] = {}
    for batch in windows(facts):
        for row in pack(batch):
            hours.setdefault(batch[0].occurred_at.replace(minute=0, second=0, microsecond=0), []).append(row.packed)

    def dict_pass() -> None:
        days: dict[tuple[int, str], int] = {}
        for moment, kind in zip(moments, kinds, strict=True):
            key = (moment // 86_400, kind)
            days[key] = days.get(key, 0) + 1

    opened = [[open_row(row) for row in rows] for rows in hours.values()]

    def ours() -> None:
        for rows in opened:
            count_opened(rows)

    def ours_from_bytes() -> None:
        for rows in hours.values():
            count_packed(rows)

    def naive() -> None:
        Counter((datetime.fromtimestamp(moment, UTC).date(), kind) for moment, kind in zip(moments, kinds, strict=True))

    subjects: dict[str, Callable[[], None]] = {
        "dict pass on day numbers": dict_pass,
        "ours, by integration, each event once": ours,
        "ours, from packed bytes": ours_from_bytes,
        "naive datetime": naive,
    }
    times = alternate(subjects | peers(moments, kinds))
    floor = times["dict pass on day numbers"]
    rows = [(name, spent / len(facts) * 1e6, spent / floor) for name, spent in times.items()]
    head = ("subject", "µs/event", "ratio")
    show(f"Counting {len(facts):,} events (want: ours ≤ {LIMIT_TO_DICT} x the dict pass)", head, rows)


def peers(moments: list[int], kinds: list[str]) -> dict[str, Callable[[], None]]:
    found: dict[str, Callable[[], None]] = {}
    if importlib.util.find_spec("pandas"):
        import pandas as pd  # type: ignore[import-not-found,import-untyped,unused-ignore]  # a peer, present or not

        def with_pandas() -> None:
            frame = pd.DataFrame({"day": moments, "kind": kinds})
            frame["day"] //= 86_400
            frame.groupby(["day", "kind"]).size()

        found["pandas"] = with_pandas
    if importlib.util.find_spec("polars"):
        import polars as pl  # type: ignore[import-not-found,unused-ignore]  # a peer, present or not

        def with_polars() -> None:
            frame = pl.DataFrame({"day": moments, "kind": kinds})
            frame.with_columns(pl.col("day") // 86_400).group_by("day", "kind").len()

        found["polars"] = with_polars
    return found


def alternate(subjects: dict[str, Callable[[], None]]) -> dict[str, float]:
    samples: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(ROUNDS):
        for name, run in subjects.items():
            start = time.process_time()
            run()
            samples[name].append(time.process_time() - start)
    return {name: median(spent) for name, spent in samples.items()}


def read(facts: list[Any]) -> None:
    """Everything but the network for one hour: request, botocore's parsing of the answer, counting."""
    from base64 import b64encode

    from botocore.awsrequest import AWSResponse

    from chalicelib.kit import store
    from chalicelib.statistics import packing, repository

    hour = [fact for fact in facts if fact.occurred_at < DAY + timedelta(hours=1)]
    rows = [
        {"fact_id": {"S": f"00#batch#{row.batch_id}"}, "packed": {"B": b64encode(row.packed).decode()}}
        for batch in windows(hour)
        for row in packing.pack(batch)
    ]
    bodies = [json.dumps({"Items": rows, "Count": len(rows)}).encode(), b'{"Items":[],"Count":0}']
    asked = [0]

    class Raw:
        def __init__(self, body: bytes) -> None:
            self.body = body

        def stream(self, **_: Any) -> Any:
            yield self.body

        def read(self, *_: Any, **__: Any) -> bytes:
            return self.body

    def answer(request: Any, **_: Any) -> Any:
        asked[0] += 1
        headers: Any = {"Content-Type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, 200, headers, Raw(bodies[(asked[0] - 1) % 2]))

    store.shared_connection.cache_clear()
    store.shared_connection().client.meta.events.register("before-send.dynamodb.Query", answer)
    samples = []
    for _ in range(ROUNDS * 3):
        start = time.process_time()
        found = repository.read_slots(["2026-11-02T23:00Z"])
        counted = packing.count_packed(found.batches)
        samples.append((time.process_time() - start) / len(hour) * 1e6)
    numbers = [n for mine in counted.values() for counts in mine.values() for n in counts.values()]
    assert sum(numbers) == len(hour)
    store.shared_connection.cache_clear()
    title = f"Reading and counting an hour of {len(facts):,} events a day (want ≤ {LIMIT_READ:g} µs an event)"
    show(title, ("events", "rows", "µs/event"), [(len(hour), len(rows), median(samples))])


@dataclass(slots=True)
class Meter:
    """Capacity units of what passed, as DynamoDB bills them: a row's names and values, rounded up."""

    writes: int = 0
    reads: int = 0

    @property
    def dollars(self) -> float:
        return self.writes * WRITE + self.reads * READ

    def see(self, operation: str, sent: dict[str, Any], got: dict[str, Any]) -> None:
        if operation == "PutItem":
            self.writes += -(-weight(sent["Item"]) // 1024)
        elif operation in {"UpdateItem", "DeleteItem"}:
            self.writes += 1
        else:
            items = got.get("Items", [got["Item"]] if "Item" in got else [])
            self.reads += max(1, -(-sum(weight(item) for item in items) // 4096))


def weight(item: dict[str, dict[str, Any]]) -> int:
    return sum(len(name) + sum(size_of(kind, value) for kind, value in typed.items()) for name, typed in item.items())


def size_of(kind: str, value: Any) -> int:
    if kind == "B":
        return len(value) if isinstance(value, bytes) else len(value) * 3 // 4
    return sum(len(part) for part in value) if kind == "SS" else len(str(value))


@contextmanager
def aws() -> Iterator[Meter]:
    """Tables in memory, and a meter on everything asked of them."""
    from moto import mock_aws

    from chalicelib.kit import store
    from chalicelib.statistics import repository

    with mock_aws():
        store.shared_connection.cache_clear()
        for item in repository.TABLES:
            item._connection = None  # noqa: SLF001 - a fresh client for a fresh AWS in memory
            item.create_table(wait=False)
        meter = Meter()
        sent: list[dict[str, Any]] = [{}]
        events = store.shared_connection().client.meta.events

        def asking(request: Any, **_: Any) -> None:
            sent[0] = json.loads(request.body)

        def answered(parsed: dict[str, Any], model: Any, **_: Any) -> None:
            meter.see(model.name, sent[0], parsed)

        events.register_first("before-send.dynamodb", asking)
        events.register("after-call.dynamodb", answered)
        yield meter
    store.shared_connection.cache_clear()


def cost(size: int) -> tuple[object, ...]:
    """A day: all of capture, the folds of its last hour times 24 (none is dearer), closing, the recount."""
    from chalicelib.statistics import recount, repository, rollup
    from chalicelib.statistics.packing import pack

    facts = day_of_facts(size)
    last_hour = DAY + timedelta(hours=23)
    batches = list(windows(facts))

    def capture(some: list[list[Any]]) -> None:
        for batch in some:
            rows = pack(batch)
            for row in rows:
                repository.add_batch(row)
            for slot in {row.partition.slot for row in rows}:
                repository.mark_slot(slot, f"req_{time.monotonic_ns()}")

    with aws() as meter:
        capture([batch for batch in batches if batch[0].occurred_at < last_hour])
        captured = meter.dollars
        rollup.roll_up(at(last_hour))
        folds = 0.0
        for number in range(12):
            start, end = (last_hour + timedelta(minutes=5 * n) for n in (number, number + 1))
            before = meter.dollars
            capture([batch for batch in batches if start <= batch[0].occurred_at < end])
            captured += meter.dollars - before
            before = meter.dollars
            rollup.roll_up(at(end - timedelta(seconds=1)))
            folds += meter.dollars - before
        before = meter.dollars
        rollup.roll_up(at(DAY + timedelta(days=1, minutes=5)))
        closing = meter.dollars - before
        before = meter.dollars
        recount.recount_day(last_hour.date())
        night = (meter.dollars - before) * 4
    busy = FOLDS_A_DAY * SECONDS_A_FOLD + size * READS_OF_A_FACT * 1e-6
    machine = busy * MEMORY_GB * GB_SECOND + (FOLDS_A_DAY + 86_400 / WINDOW) * INVOCATION
    parts = (captured, folds * 24, closing, night, machine)
    million = 1e6 / size
    return (f"{size:,}", *(part * million for part in parts), sum(parts) * million, sum(parts))


def at(moment: datetime) -> Any:
    from chalicelib.kit.context import new_context

    return replace(new_context(), now=moment)


def calls() -> None:
    """What a run asks of DynamoDB for one new event, after histories of several sizes."""
    rows = [after_history(size) for size in SIZES]
    show("A run that finds one new event (want: the same)", ("history", "write units", "read units", "$"), rows)


def after_history(size: int) -> tuple[object, ...]:
    from chalicelib.statistics import repository, rollup
    from chalicelib.statistics.packing import pack

    facts = day_of_facts(size)
    with aws() as meter:
        for row in pack(facts):
            repository.add_batch(row)
            repository.mark_slot(row.partition.slot, f"req_{time.monotonic_ns()}")
        rollup.roll_up(at(DAY + timedelta(days=3)))
        late = replace(facts[0], event_id="evt_new", occurred_at=DAY + timedelta(days=9, hours=12))
        (row,) = pack([late])
        repository.add_batch(row)
        repository.mark_slot(row.partition.slot, "req_new")
        repository.save_note("tallied", row.partition.slot)
        writes, reads, dollars = meter.writes, meter.reads, meter.dollars
        rollup.roll_up(at(late.occurred_at + timedelta(minutes=1)))
        return f"{size:,}", meter.writes - writes, meter.reads - reads, f"{meter.dollars - dollars:.8f}"


if __name__ == "__main__":
    main()
