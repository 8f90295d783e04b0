"""How long a sandbox takes from asking to ready, one after the other and thirty at once; and what deletion leaves.

`python -m bench.sandboxes` against a running portal (PORT and its state folder as for `make run`).
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.target import Target
from infra.visitor import Visitor, wait_for

MANY = 30
PATIENCE = 300.0
# Rows that end by themselves within hours or days (codes, limits, revocations, mails, outbox, tombstones).
PASSING = frozenset(
    {"outbox", "sent-mails", "call-windows", "revocations", "idempotency", "attempts", "codes", "audit"}
)


def developer(stack: dict[str, Any]) -> Visitor:
    """The seeded developer of the portal."""
    one = next(entry for entry in stack["personas"] if entry.get("role") == "developer")
    visitor = Visitor(stack["url"], one["email"], one["password"])
    visitor.sign_in()
    return visitor


def counts(stack: dict[str, Any]) -> Counter[str]:
    """Rows of every table that keeps what it is given."""
    dynamodb = Target(stack["aws_endpoint"]).client("dynamodb")
    found: Counter[str] = Counter()
    for name in dynamodb.list_tables()["TableNames"]:
        short = name.split("-embedded-")[-1]
        pages = dynamodb.get_paginator("scan").paginate(TableName=name, Select="COUNT")
        if short not in PASSING:
            found[short] = sum(page["Count"] for page in pages)
    return found


def create(visitor: Visitor, name: str, data: str = "small") -> float:
    """Seconds until it is ready, as a program sees it that asks three times a second."""
    started = time.perf_counter()
    made = visitor.call("POST", "/sandboxes", json={"name": name, "data": data})
    path = f"/sandboxes/{made['sandbox_id']}"
    wait_for(lambda: visitor.call("GET", path)["status"] == "ready", "ready", PATIENCE)
    return time.perf_counter() - started


def create_together(visitor: Visitor) -> list[float]:
    """Thirty asked for at once, from the first request on; the rows say when each was ready."""
    started = datetime.now(UTC)
    ready: list[float] = []

    def look() -> bool:
        found = visitor.call("GET", "/sandboxes")["items"]
        done = [datetime.fromisoformat(one["updated_at"]) for one in found if one["status"] == "ready"]
        ready[:] = [(moment - started).total_seconds() for moment in done]
        return len(ready) == MANY

    def ask(number: int) -> None:
        visitor.call("POST", "/sandboxes", json={"name": f"Crowd {number}"})

    with ThreadPoolExecutor(MANY) as threads:
        list(threads.map(ask, range(MANY)))
    wait_for(look, "thirty ready sandboxes", PATIENCE)
    return ready


def clear(visitor: Visitor) -> None:
    def listed() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = visitor.call("GET", "/sandboxes")["items"]
        return found

    for sandbox in listed():
        visitor.call("DELETE", f"/sandboxes/{sandbox['sandbox_id']}")
    wait_for(lambda: not listed(), "the end of all", PATIENCE)


def say(what: str, seconds: list[float]) -> None:
    middle, worst = statistics.median(seconds), max(seconds)
    print(f"{what:32} median {middle:6.2f} s   worst {worst:6.2f} s   of {len(seconds)}")


def main() -> int:
    home = Path(os.environ.get("ANSLUT_STATE_DIR", ".portal"))
    stack = json.loads((home / "stack.json").read_text())
    visitor = developer(stack)
    clear(visitor)
    before = counts(stack)
    say("one after the other", [create(visitor, f"Bench {number}") for number in range(MANY)])
    clear(visitor)
    say("large, one after the other", [create(visitor, f"Large {number}", "large") for number in range(3)])
    clear(visitor)
    say("thirty at once", create_together(visitor))
    clear(visitor)
    left = {name: number - before[name] for name, number in counts(stack).items() if number != before[name]}
    print("rows left after deletion:", left or "none (but tombstones)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
