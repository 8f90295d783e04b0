"""A stage: one deployed copy of Anslut, its names and the runtime its package is built for."""

from __future__ import annotations

import platform
import re
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EMULATOR_PYTHON = ROOT / ".portal" / "ministack" / "bin" / "python"
EMBEDDED = "embedded"
AWS_PYTHON = "3.13"  # Lambda's python3.13 image has glibc 2.34; 3.11's has 2.26, on which Pillow silently breaks
NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")


class StageError(ValueError):
    """The stage's name cannot become part of AWS resource names."""


@dataclass(frozen=True, slots=True)
class Stage:
    name: str

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise StageError(f"A stage name is 1-20 lower-case letters, digits and dashes; '{self.name}' is not.")

    @property
    def is_embedded(self) -> bool:
        return self.name == EMBEDDED

    @property
    def prefix(self) -> str:
        return f"anslut-{self.name}"

    @property
    def python(self) -> str:
        """Version of the interpreter that will run the functions, as `3.13`."""
        return emulator_python() if self.is_embedded else AWS_PYTHON

    @property
    def architecture(self) -> str:
        if not self.is_embedded:
            return "arm64"
        return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


@cache
def emulator_python() -> str:
    """The embedded AWS runs functions under its own interpreter, so their layer is built for that one."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    return subprocess.run([EMULATOR_PYTHON, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
