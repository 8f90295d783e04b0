"""The folder of one embedded instance: its state, its logs, its `stack.json`, and the note of who runs it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.stage import ROOT

VARIABLE = "ANSLUT_STATE_DIR"


class AlreadyRunningError(RuntimeError):
    """Another process serves this folder; the message says which and where."""


@dataclass(frozen=True, slots=True)
class Home:
    path: Path

    @classmethod
    def from_env(cls) -> Home:
        return cls(Path(os.environ.get(VARIABLE) or ROOT / ".portal").resolve())

    @property
    def state(self) -> Path:
        return self.path / "aws"

    @property
    def objects(self) -> Path:
        return self.path / "s3"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def build(self) -> Path:
        return self.path / "build"

    @property
    def temporary(self) -> Path:
        return self.path / "tmp"

    @property
    def stack_file(self) -> Path:
        return self.path / "stack.json"

    @property
    def pid_file(self) -> Path:
        return self.path / "run.pid"

    @property
    def stamp_file(self) -> Path:
        return self.path / "deployed.json"

    def claim(self, url: str) -> None:
        """Note that this process serves the folder. A note of a process that is gone is overwritten."""
        for folder in (self.state, self.objects, self.logs, self.build, self.temporary):
            folder.mkdir(parents=True, exist_ok=True)
        holder = self.holder()
        if holder:
            raise AlreadyRunningError(f"The portal is already running at {holder[1]} (process {holder[0]}).")
        self.pid_file.write_text(f"{os.getpid()} {url}")

    def release(self) -> None:
        self.pid_file.unlink(missing_ok=True)

    def holder(self) -> tuple[int, str] | None:
        try:
            pid, url = self.pid_file.read_text().split()
            os.kill(int(pid), 0)
        except (OSError, ValueError):
            return None
        return (int(pid), url) if int(pid) != os.getpid() else None

    def read_stamp(self) -> dict[str, Any]:
        try:
            stamp: dict[str, Any] = json.loads(self.stamp_file.read_text())
        except (OSError, ValueError):
            return {}
        return stamp
