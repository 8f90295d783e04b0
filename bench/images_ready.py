"""From the stored upload to the row that says `ready`, on the embedded AWS: median and worst of 50 a picture.

Uses the portal that ANSLUT_E2E_HOME names, else starts one. The clock starts when the store has answered the post and
stops when the row, read every 20 ms, is ready: S3 event, function, rendering, every PUT and the row write.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import requests

from bench.images import WORK, pictures
from bench.table import show
from chalicelib.images.domain import KINDS
from infra.visitor import Visitor
from tests.e2e.stack import Stack, read_stack, shared_stack

TIMES = int(os.environ.get("ANSLUT_BENCH_UPLOADS", "50"))
LOOK_EVERY = 0.02
PATIENCE = 60.0
TYPES = {".jpg": "image/jpeg", ".png": "image/png"}


def main() -> None:
    home = os.environ.get("ANSLUT_E2E_HOME")
    if home:
        _measure(read_stack(Path(home)))
        return
    with tempfile.TemporaryDirectory() as folder, shared_stack(Path(folder)) as stack:
        _measure(stack)


def _measure(stack: Stack) -> None:
    developer = Visitor(stack.url, "astrid@nordkod.example", "try-anslut-today")
    developer.sign_in()
    made = developer.call("POST", "/integrations", json={"name": f"Bench {time.time():.0f}", "scopes": ["profile"]})
    WORK.mkdir(parents=True, exist_ok=True)
    rows = []
    try:
        for name, path, kind in pictures():
            if path.stat().st_size > KINDS[kind].max_bytes:
                continue  # drawn in bench.images; the store would refuse it
            times = [_upload(stack, developer, made["integration_id"], path, str(kind)) for _ in range(TIMES + 1)][1:]
            rows.append([name, statistics.median(times), statistics.quantiles(times, n=20)[-1], max(times)])
    finally:
        developer.call("DELETE", f"/integrations/{made['integration_id']}")
    show(
        f"Stored upload to ready, seconds, {TIMES} uploads each, one at a time",
        ["picture", "median", "p95", "worst"],
        rows,
    )


def _upload(stack: Stack, developer: Visitor, integration_id: str, path: Path, kind: str) -> float:
    data, content_type = path.read_bytes(), TYPES[path.suffix]
    body = {"kind": kind, "content_type": content_type, "byte_size": len(data)}
    ticket = developer.call("POST", f"/integrations/{integration_id}/images", json=body)
    upload = ticket["upload"]
    requests.post(upload["url"], data=upload["fields"], files={"file": ("f", data)}, timeout=60).raise_for_status()
    taken = _wait(stack, {"integration_id": {"S": integration_id}, "image_id": {"S": ticket["image_id"]}})
    developer.call("DELETE", ticket["href"])
    return taken


def _wait(stack: Stack, key: dict[str, Any]) -> float:
    start = time.perf_counter()
    while time.perf_counter() - start < PATIENCE:
        row = stack.aws("dynamodb").get_item(TableName=stack.table("images"), Key=key, ConsistentRead=True)["Item"]
        if row["status"]["S"] == "ready":
            return time.perf_counter() - start
        if row["status"]["S"] == "rejected":
            sys.exit(f"refused: {row['refusal']['S']}")
        time.sleep(LOOK_EVERY)
    sys.exit(f"not ready after {PATIENCE:.0f} s")


if __name__ == "__main__":
    main()
