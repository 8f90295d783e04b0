"""The emulator of `make run` for a benchmark: no functions, and a state that is never saved."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ministack() -> Iterator[str]:
    """Its address, as long as the block lasts. The region is that of the environment."""
    from infra.embedded.emulator import LOOPBACK, free_port
    from infra.stage import EMULATOR_PYTHON

    port = free_port()
    settings = {
        "BIND_HOST": LOOPBACK, "GATEWAY_PORT": str(port), "MINISTACK_HOST": LOOPBACK, "PERSIST_STATE": "0",
        "MINISTACK_REGION": os.environ["AWS_DEFAULT_REGION"], "LOG_LEVEL": "ERROR", "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
    }  # fmt: skip
    code = "import sys; sys.argv = ['ministack']; from ministack.app import main; main()"
    process = subprocess.Popen([str(EMULATOR_PYTHON), "-c", code], env={**os.environ, **settings},
                               stdout=subprocess.DEVNULL, stderr=sys.stderr)  # fmt: skip
    try:
        address = f"http://{LOOPBACK}:{port}"
        _wait_for(address)
        yield address
    finally:
        process.kill()
        process.wait()


def _wait_for(address: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{address}/_ministack/health", timeout=2):  # noqa: S310 - our own http address
                return
        except OSError:
            threading.Event().wait(0.1)
    raise SystemExit("The embedded AWS did not start.")
