"""Runs inside the embedded AWS's own environment: starts ministack, saves often, ends with its parent."""

import os
import signal
import sys
import threading
import time

SAVE_EVERY_SECONDS = 20
LOOK_EVERY_SECONDS = 0.5


def main():
    parent = os.getppid()
    threading.Thread(target=end_with, args=(parent,), daemon=True).start()
    threading.Thread(target=save_often, daemon=True).start()
    sys.argv = ["ministack"]
    from ministack.app import main as ministack

    ministack()


def end_with(parent):
    """A killed `make run` must not leave an AWS behind; the ordinary stop also saves."""
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def save_often():
    """ministack saves at a clean stop only; this bounds what a hard kill can lose."""
    from ministack import app
    from ministack.core.persistence import save_all

    while True:
        time.sleep(SAVE_EVERY_SECONDS)
        save_all(app._build_persistence_save_dict())  # noqa: SLF001 - ministack has no public call for it


if __name__ == "__main__":
    main()
