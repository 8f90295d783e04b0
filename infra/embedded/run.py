"""`make run`: checks, starts, shows who to be and what to try, follows edits, stops cleanly."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from types import FrameType

from infra.deployment import DeploymentError
from infra.embedded.emulator import Emulator, EmulatorError, is_free
from infra.embedded.home import AlreadyRunningError, Home
from infra.embedded.instance import Instance
from infra.embedded.ready import ready_block
from infra.embedded.watch import Watch
from infra.package.errors import PackagingError

DEFAULT_PORT = 8000
DEFAULT_AWS_PORT = 4566
AWS_PORTS_TRIED = 50
REMEMBERED = "ports.txt"


def main() -> None:
    started = time.monotonic()
    home = Home.from_env()
    port = _port("PORT", DEFAULT_PORT)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _on_signal(stopping))
    try:
        home.claim(f"http://127.0.0.1:{port}")
    except AlreadyRunningError as error:
        sys.exit(f"{error} Open it there, or stop it first.")
    try:
        _serve(home, port, stopping, started)
    except (EmulatorError, PackagingError, DeploymentError) as error:
        sys.exit(f"\nThe portal could not start.\n{error}")
    finally:
        home.release()


def _serve(home: Home, port: int, stopping: threading.Event, started: float) -> None:
    if not is_free(port):
        sys.exit(f"Port {port} is taken by another program; choose another one: make run PORT={port + 1}")
    instance = Instance(home, port, Emulator(home, _aws_port(home)), _say)
    try:
        instance.start()
        print(ready_block(instance, time.monotonic() - started), flush=True)
        _follow(instance, stopping)
    except _StoppedError:
        pass
    finally:
        _say("stopping, saving the state")
        instance.stop()
        _say("stopped; `make run` continues where you left")


class _StoppedError(Exception):
    """A stop was asked for while something else was under way."""


def _on_signal(stopping: threading.Event) -> signal._HANDLER:
    def handle(_number: int, _frame: FrameType | None) -> None:
        if not stopping.is_set():
            stopping.set()
            raise _StoppedError

    return handle


def _follow(instance: Instance, stopping: threading.Event) -> None:
    """Redeploy after an edit; a broken edit is told and what ran before keeps running."""
    watch = Watch() if "--no-watch" not in sys.argv else None
    while not stopping.is_set():
        if not instance.emulator.is_alive:
            sys.exit(f"The embedded AWS ended by itself; its log is {instance.home.logs / 'aws.log'}.")
        if watch is not None and watch.has_changed():
            began = time.monotonic()
            try:
                instance.refresh()
                _say(f"your edit is live ({time.monotonic() - began:.1f} s)")
            except (PackagingError, DeploymentError) as error:
                _say(f"this edit does not deploy; the version before it keeps running\n{error}")
        stopping.wait(0.4)


def _port(variable: str, default: int) -> int:
    text = os.environ.get(variable) or str(default)
    if not text.isdigit() or not 0 < int(text) < 2**16:
        sys.exit(f"{variable}={text} is not a port number.")
    return int(text)


def _aws_port(home: Home) -> int:
    """What was used before, else 4566, else the next free one: upload addresses carry it."""
    remembered = home.path / REMEMBERED
    if os.environ.get("AWS_PORT"):
        port = _port("AWS_PORT", DEFAULT_AWS_PORT)
        if not is_free(port):
            sys.exit(f"Port {port} is taken by another program; choose another one with AWS_PORT=.")
    else:
        first = int(remembered.read_text()) if remembered.exists() else DEFAULT_AWS_PORT
        port = next((p for p in range(first, first + AWS_PORTS_TRIED) if is_free(p)), 0)
    remembered.write_text(str(port))
    return port


def _say(text: str) -> None:
    print(f"· {text}", flush=True)


if __name__ == "__main__":
    main()
