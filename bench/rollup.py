"""The statistics fold: counting beside a plain dict pass, reading and counting per event, calls by size of history."""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from bench.table import show

os.environ.update(ANSLUT_STAGE="bench", ANSLUT_PREFIX="bench", ANSLUT_ORIGIN="https://portal.example")
os.environ.update(AWS_ACCESS_KEY_ID="bench", AWS_SECRET_ACCESS_KEY="bench")  # noqa: S106 - of no account
os.environ["AWS_ACCOUNT_ID_ENDPOINT_MODE"] = "disabled"
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-north-1")
os.environ["POWERTOOLS_LOG_LEVEL"] = "CRITICAL"

EVENTS = int(os.environ.get("ROLLUP_EVENTS", "300000"))
ROUNDS = 5
LIMIT_TO_DICT = 1.2
LIMIT_READ = 15.0  # microseconds an event
LIMIT_COST = 0.05  # dollars per million events, beyond each event's own write
START = datetime(2026, 11, 1, tzinfo=UTC)
DOLLARS_PER_READ_UNIT = 0.125e-6  # on demand, us-east-1
READS_OF_A_FACT = 4  # a quarter of an hour and the run after it, every five minutes
ROWS_A_PAGE = 4000  # about what one megabyte of facts holds


def main() -> None:
    count()
    read()
    calls()


def count() -> None:
    """CPU seconds to count the same events, medians of A B A B … rounds."""
    from chalicelib.statistics.fold import count_facts

    moments = [int(START.timestamp()) + 7 * number for number in range(EVENTS)]
    kinds = ["ended" if number % 4 == 0 else "activated" for number in range(EVENTS)]
    partitions = [rows_of(first, min(first + ROWS_A_PAGE, EVENTS)) for first in range(0, EVENTS, ROWS_A_PAGE)]

    def dict_pass() -> None:
        days: dict[tuple[int, str], int] = {}
        for moment, kind in zip(moments, kinds, strict=True):
            key = (moment // 86_400, kind)
            days[key] = days.get(key, 0) + 1

    def ours() -> None:
        for rows in partitions:
            count_facts(rows)

    def naive() -> None:
        Counter((datetime.fromtimestamp(moment, UTC).date(), kind) for moment, kind in zip(moments, kinds, strict=True))

    subjects: dict[str, Callable[[], None]] = {
        "dict pass on day numbers": dict_pass,
        "ours": ours,
        "naive datetime": naive,
    }
    subjects |= peers(moments, kinds)
    times = alternate(subjects)
    floor = times["dict pass on day numbers"]
    rows = [(name, spent / EVENTS * 1e6, spent / floor) for name, spent in times.items()]
    show(
        f"Counting {EVENTS:,} events (want: ours ≤ {LIMIT_TO_DICT} x the dict pass)",
        ("subject", "µs/event", "ratio"),
        rows,
    )


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


def rows_of(first: int, last: int) -> list[dict[str, dict[str, str]]]:
    return [{"fact_id": {"S": fact_id(number)}} for number in range(first, last)]


def fact_id(number: int) -> str:
    kind = "ended" if number % 4 == 0 else "activated"
    return f"int_aaaaaaaaaaaaaaaaaaaaaa{number % 7:02}#{kind}#evt_{number:024}"


def alternate(subjects: dict[str, Callable[[], None]]) -> dict[str, float]:
    samples: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(ROUNDS):
        for name, run in subjects.items():
            start = time.process_time()
            run()
            samples[name].append(time.process_time() - start)
    return {name: median(spent) for name, spent in samples.items()}


def read() -> None:
    """Everything but the network: request, botocore's parsing of a full page, counting."""
    from botocore.awsrequest import AWSResponse

    from chalicelib.kit import store
    from chalicelib.statistics import repository
    from chalicelib.statistics.domain import Partition
    from chalicelib.statistics.fold import count_facts

    page = {"Items": rows_of(0, ROWS_A_PAGE), "Count": ROWS_A_PAGE, "ScannedCount": ROWS_A_PAGE}
    body = json.dumps(page).encode()

    class Raw:
        def stream(self, **_: Any) -> Any:
            yield body

        def read(self, *_: Any, **__: Any) -> bytes:
            return body

    def answer(request: Any, **_: Any) -> Any:
        headers: Any = {"Content-Type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, 200, headers, Raw())

    store.shared_connection().client.meta.events.register("before-send.dynamodb.Query", answer)
    partition = Partition("ten_aaaaaaaaaaaaaaaaaaaaaaaa", START, 0)
    samples = []
    for _ in range(ROUNDS * 3):
        start = time.process_time()
        counted = count_facts(repository.read_facts(partition))
        samples.append((time.process_time() - start) / ROWS_A_PAGE * 1e6)
    assert sum(counts.facts for counts in counted.values()) == ROWS_A_PAGE
    store.shared_connection.cache_clear()
    row = (
        len(partition.key) + len("partition") + len(fact_id(0)) + len("fact_id") + len("tenant_idoccurred_at") + 28 + 32
    )
    units = row / 4096 * READS_OF_A_FACT
    show(f"Reading and counting (want ≤ {LIMIT_READ:g} µs an event, ≤ ${LIMIT_COST} per million read)",
         ("", "figure"), [("µs/event", median(samples)), ("bytes of a row", row),
                          ("$ per million events, read four times", units * DOLLARS_PER_READ_UNIT * 1e6)])  # fmt: skip


def calls() -> None:
    """What a run asks of DynamoDB for one new event, after histories of two sizes."""
    from moto import mock_aws

    logging.disable(logging.CRITICAL)
    with mock_aws():
        rows = [after_history(size) for size in (1_000, 10_000)]
    show("Calls of a run that finds one new event (want: the same)", ("history", "calls", "which"), rows)


def after_history(size: int) -> tuple[int, int, str]:
    from chalicelib.kit import store
    from chalicelib.kit.context import new_context
    from chalicelib.kit.outbox import Event
    from chalicelib.statistics import repository, rollup

    store.shared_connection.cache_clear()
    tables = (repository.FactItem, repository.DirtyItem, repository.SliceItem, repository.BucketItem)
    for item in tables:
        item._connection = None  # noqa: SLF001 - a fresh client for a fresh AWS in memory
        if not item.exists():
            item.create_table(wait=False)
    owner = f"ten_{size}"
    facts = [capture_of(number, owner) for number in range(size)]
    with repository.FactItem.batch_write() as batch:
        for fact in facts:
            moment = fact.occurred_at.isoformat()
            batch.save(repository.FactItem(fact.partition.key, fact.fact_id, tenant_id="ten_c", occurred_at=moment))
    data = {"owner_tenant_id": owner, "integration_id": "int_1", "tenant_id": "ten_c"}
    now = START + timedelta(days=9, hours=12)
    rollup.capture(replace(new_context(), now=now), Event("evt_new", "activation.activated", "act_1", now, "req", data))
    made: list[str] = []
    events = store.shared_connection().client.meta.events
    events.register("before-send.dynamodb", lambda event_name, **_: made.append(event_name.rsplit(".", 1)[-1]))
    rollup.roll_up()
    return size, len(made), ", ".join(f"{n} {name}" for name, n in sorted(Counter(made).items()))


def capture_of(number: int, owner: str) -> Any:
    from chalicelib.statistics.domain import Fact, FactKind

    return Fact(event_id=f"evt_{number}", kind=FactKind.ACTIVATED, owner_tenant_id=owner, integration_id="int_1",
                tenant_id="ten_c", occurred_at=START + timedelta(minutes=number))  # fmt: skip


if __name__ == "__main__":
    main()
