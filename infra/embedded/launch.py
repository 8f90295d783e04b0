"""Runs inside the embedded AWS's own environment: starts ministack, saves often, ends with its parent."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from importlib import import_module

SAVE_EVERY_SECONDS = 20
LOOK_EVERY_SECONDS = 0.5


def main() -> None:
    parent = os.getppid()
    threading.Thread(target=end_with, args=(parent,), daemon=True).start()
    threading.Thread(target=save_often, daemon=True).start()
    sys.argv = ["ministack"]
    import_module("ministack.app").main()


def end_with(parent: int) -> None:
    """A killed `make run` must not leave an AWS behind; the ordinary stop also saves."""
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def save_often() -> None:
    """Ministack saves at a clean stop only; this bounds what a hard kill can lose."""
    app = import_module("ministack.app")
    while True:
        time.sleep(SAVE_EVERY_SECONDS)
        app.save_all(app._build_persistence_save_dict())  # noqa: SLF001 - ministack has no public call for it


if __name__ == "__main__":
    main()
