"""Starts and stops ministack as a child process, bound to this machine only."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

from infra.embedded.home import Home
from infra.stage import EMULATOR_PYTHON, ROOT
from infra.target import EMBEDDED_ACCOUNT, EMBEDDED_REGION, EMBEDDED_SECRET, Target

LOOPBACK = "127.0.0.1"
START_SECONDS = 30
STOP_SECONDS = 30
KEPT_FROM_OUTSIDE = ("PATH", "HOME", "LANG", "LC_ALL", "TZ")


class EmulatorError(RuntimeError):
    """The embedded AWS did not start; the message quotes the end of its log."""


@dataclass(slots=True)
class Emulator:
    home: Home
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def target(self) -> Target:
        return Target(self.endpoint)

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        shutil.rmtree(self.home.temporary, ignore_errors=True)  # unpacked functions of an earlier, killed run
        self.home.temporary.mkdir(parents=True)
        log = (self.home.logs / "aws.log").open("wb")
        self.process = subprocess.Popen(
            [str(EMULATOR_PYTHON), str(ROOT / "infra" / "embedded" / "launch.py")],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal reaches `make run` alone, which then stops us in order
        )
        self._wait_until_ready()

    def stop(self) -> None:
        """Ask, wait while the state is saved, and only then insist."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGUSR1)  # `launch.leave`: saves and ends
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.home.temporary, ignore_errors=True)

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT_FROM_OUTSIDE if name in os.environ}
        return {
            **kept,
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_HOST": LOOPBACK,
            "MINISTACK_REGION": EMBEDDED_REGION,
            "MINISTACK_ACCOUNT_ID": EMBEDDED_ACCOUNT,
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.home.state),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.home.objects),
            "TMPDIR": str(self.home.temporary),
            "LOG_LEVEL": "WARNING",
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "AUTH": "true",  # policies are evaluated: a function that reaches beyond its role is refused here too
            "AWS_ACCESS_KEY_ID": EMBEDDED_ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": EMBEDDED_SECRET,
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=2):  # noqa: S310 - our own http address
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        tail = (self.home.logs / "aws.log").read_text(errors="replace")[-2000:]
        raise EmulatorError(f"The embedded AWS did not start. The end of its log:\n{tail}")


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port
