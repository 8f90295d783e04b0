"""A running portal for tests: `make run`'s own program, in a folder and on ports of its own."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.embedded.emulator import free_port
from infra.stage import ROOT
from infra.target import Target

START_SECONDS = 420  # the first start on a machine also builds the layers
STOP_SECONDS = 60
NOT_INHERITED = ("AWS_", "ANSLUT_", "POWERTOOLS_", "PYTEST_", "COV_")  # the tests' own settings


_started: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Stack:
    """What `stack.json` says, with hands."""

    url: str
    aws_endpoint: str
    names: dict[str, dict[str, str]]
    personas: list[dict[str, str]]
    home: Path
    clients: dict[str, Any] = field(default_factory=dict)

    def aws(self, service: str) -> Any:
        """A boto3 client of the embedded AWS; one per service, safe to share between threads."""
        if service not in self.clients:
            self.clients[service] = Target(self.aws_endpoint).client(service)
        return self.clients[service]

    def table(self, name: str) -> str:
        return self.names["tables"][name]

    def bucket(self, name: str) -> str:
        return self.names["buckets"][name]

    def queue(self, name: str) -> str:
        """The queue's URL."""
        return self.names["queues"][name]

    def function(self, name: str) -> str:
        return self.names["functions"][name]

    def mails(self, to: str) -> list[dict[str, Any]]:
        """Mails to one address, newest first."""
        with urllib.request.urlopen(f"{self.url}/dev/mail.json?to={to}") as answer:
            mails: list[dict[str, Any]] = json.load(answer)["mails"]
        return mails

    def invoke(self, function: str, payload: Any = None) -> Any:
        """Call a function by its row's name, as a schedule would. Raises AssertionError with its error."""
        answer = self.aws("lambda").invoke(FunctionName=self.function(function), Payload=json.dumps(payload or {}))
        body = answer["Payload"].read()
        assert "FunctionError" not in answer, body
        return json.loads(body or b"null")

    def logs(self, function: str) -> str:
        """Everything a function has logged."""
        logs, group = self.aws("logs"), f"/aws/lambda/{self.function(function)}"
        streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
        events = [logs.get_log_events(logGroupName=group, logStreamName=s["logStreamName"])["events"] for s in streams]
        return "\n".join(event["message"] for part in events for event in part)

    def eventually(self, probe: Callable[[], Any], seconds: float = 30, every: float = 0.2) -> Any:
        """The first truthy answer of `probe`; a cold chain of stream, queue and function takes some seconds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = probe()
            if found:
                return found
            time.sleep(every)
        raise AssertionError(f"{probe} stayed empty for {seconds} s")


@contextmanager
def shared_stack(folder: Path) -> Iterator[Stack]:
    """One portal for all who ask with the same folder, in this process or a neighbour; the last one stops it."""
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        users = _count(folder, +1)
        if users == 1:
            _start(folder)
    try:
        yield read_stack(folder / "home")
    finally:
        with _locked(folder):
            if _count(folder, -1) == 0:
                stop_process(int((folder / "pid").read_text()))


def read_stack(home: Path) -> Stack:
    found = json.loads((home / "stack.json").read_text())
    names = {kind: found[kind] for kind in ("tables", "buckets", "queues", "functions")}
    return Stack(found["url"], found["aws_endpoint"], names, found["personas"], home)


def start_process(home: Path, port: int, aws_port: int, log: Path) -> subprocess.Popen[bytes]:
    """`make run` without its environment step, and deaf to edits: a test run must not be redeployed half-way."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
    environment |= {"ANSLUT_STATE_DIR": str(home), "PORT": str(port), "AWS_PORT": str(aws_port)}
    command = [sys.executable, "-m", "infra.embedded.run", "--no-watch"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    _started[process.pid] = process
    return process


def wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> str:
    """What it printed. Raises AssertionError with the output if it ended or took too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        text = log.read_text(errors="replace")
        if "is ready" in text:
            return text
        assert process.poll() is None, f"The portal ended while starting:\n{text}"
        time.sleep(0.2)
    raise AssertionError(f"The portal was not ready after {START_SECONDS} s:\n{log.read_text()}")


def stop_process(pid: int, number: int = signal.SIGTERM) -> int | None:
    """Ask to stop and wait; answers the exit code if the process is ours, None if a neighbour started it."""
    process = _started.pop(pid, None)
    os.kill(pid, number)
    if process is not None:
        return process.wait(STOP_SECONDS)
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return None
        time.sleep(0.1)
    raise AssertionError(f"Process {pid} did not stop within {STOP_SECONDS} s.")


def _start(folder: Path) -> None:
    home, log = folder / "home", folder / "run.log"
    home.mkdir(exist_ok=True)
    process = start_process(home, free_port(), free_port(), log)
    (folder / "pid").write_text(str(process.pid))
    try:
        wait_until_ready(process, log)
    except AssertionError:
        if process.poll() is None:
            stop_process(process.pid)
        _count(folder, -1)
        raise


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _count(folder: Path, change: int) -> int:
    file = folder / "users"
    users = (int(file.read_text()) if file.exists() else 0) + change
    file.write_text(str(users))
    return users
