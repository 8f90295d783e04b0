"""Runs inside the embedded AWS's own environment: starts ministack, saves often, ends with its parent."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from importlib import import_module
from typing import Any

SAVE_EVERY_SECONDS = 20
LOOK_EVERY_SECONDS = 0.5
SAVING = threading.RLock()


def main() -> None:
    parent = os.getppid()
    threading.Thread(target=end_with, args=(parent,), daemon=True).start()
    threading.Thread(target=save_often, daemon=True).start()
    signal.signal(signal.SIGUSR1, leave)
    repeat_failed_stream_batches(import_module("ministack.services.lambda_svc"))
    forget_stream_positions(import_module("ministack.services.lambda_svc"))
    sys.argv = ["ministack"]
    import_module("ministack.app").main()


def end_with(parent: int) -> None:
    """A killed `make run` must not leave an AWS behind; the ordinary stop also saves."""
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY_SECONDS)
    os.kill(os.getpid(), signal.SIGUSR1)


def leave(_number: int, _frame: object) -> None:
    """Save and go. The server's own stop waits for idle connections and long polls, half a minute at worst."""
    save()
    os._exit(0)  # the functions' processes read the end of their input and end as well


def save_often() -> None:
    """Ministack saves at a clean stop only; this bounds what a hard kill can lose."""
    while True:
        time.sleep(SAVE_EVERY_SECONDS)
        save()


def save() -> None:
    app = import_module("ministack.app")
    with SAVING:
        app.save_all(app._build_persistence_save_dict())  # noqa: SLF001 - ministack has no public call for it


def repeat_failed_stream_batches(service: Any) -> None:
    """A stream batch with `batchItemFailures` counts as done in ministack 1.5.33, and its records would be lost.

    As a failed batch it is repeated whole: more than AWS repeats, nothing lost. Needless once the self-test says so.
    """
    execute = service._execute_function  # noqa: SLF001

    def execute_function(function: Any, event: Any) -> Any:
        result = execute(function, event)
        records = event.get("Records") if isinstance(event, dict) else None
        if records and records[0].get("eventSource") == "aws:dynamodb" and failures(result.get("body")):
            result["error"] = True
        return result

    service._execute_function = execute_function  # noqa: SLF001


def forget_stream_positions(service: Any) -> None:
    """Ministack 1.5.33 keeps how far a stream was read, but not its records: a restart would skip as many new ones.

    No mail, no sandbox and no statistics until then. Without a position it begins at the first record there is.
    """
    load = service.load_persisted_state
    service.load_persisted_state = lambda state: load({**state, "dynamodb_stream_positions": {}})


def failures(body: Any) -> list[Any]:
    answer = json.loads(body) if isinstance(body, str | bytes) and body else body
    return answer.get("batchItemFailures") or [] if isinstance(answer, dict) else []


if __name__ == "__main__":
    main()
