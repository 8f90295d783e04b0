"""`make check` and `make test`: every check by name, then every test tier; the last lines are pytest's own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from infra.browser import ensure_browser
from infra.stage import ROOT

BIN = Path(sys.executable).parent
TEMPLATES = (("embedded", ".build/check/embedded"), ("audit", ".build/check/account"))
CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("format", ("ruff", "format", "--check", "--quiet", ".")),
    ("lint", ("ruff", "check", "--quiet", ".")),
    ("types", ("mypy", "--no-error-summary")),
    ("imports", ("lint-imports", "--no-logo")),
    ("dependencies", ("deptry", ".")),
    *(
        (f"package for {stage}", ("python", "-m", "infra.finish", "--stage", stage, "--work", folder))
        for stage, folder in TEMPLATES
    ),
    ("templates", ("cfn-lint", *(f"{folder}/template.json" for _, folder in TEMPLATES))),
)
# Tests run in any order, but on one commit always in the same: red means this change. ANSLUT_EXPLORE=1 takes a new one.
ORDER = () if os.environ.get("ANSLUT_EXPLORE") else ("--randomly-seed=1",)
# What needs no running portal is shared out over the cores; what does has one portal to itself.
HALVES = (
    ("-q", *ORDER, "-n", "auto", "--ignore=tests/e2e", "--ignore=tests/browser"),
    ("-q", *ORDER, "tests/e2e", "tests/browser"),
)


def main() -> None:
    what = sys.argv[1] if len(sys.argv) > 1 else "check"
    failed = [name for name, command in CHECKS if not passes(name, command)]
    if what == "test":
        sys.exit(test(failed))
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}")


def passes(name: str, command: tuple[str, ...]) -> bool:
    """Run one check; its output appears only if it fails."""
    started = time.monotonic()
    done = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    verdict = "ok" if done.returncode == 0 else "FAILED"
    print(f"{name:22} {verdict:6} {time.monotonic() - started:5.1f} s", flush=True)
    if done.returncode != 0:
        print((done.stdout + done.stderr).strip(), flush=True)
    return done.returncode == 0


def test(failed: list[str]) -> int:
    """Both halves always run; a failed check makes the whole fail, but only after the tests have spoken."""
    ensure_browser()
    chosen = os.environ.get("PYTEST_ARGS", "").split()
    codes = [pytest(chosen)] if chosen else [pytest(half) for half in HALVES]
    if failed:
        print(f"Checks that failed before the tests: {', '.join(failed)}", file=sys.stderr)
    return max(codes) or len(failed)


def pytest(arguments: Sequence[str]) -> int:
    return subprocess.run([str(BIN / "python"), "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    main()
