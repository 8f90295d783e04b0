"""Dependency layers for the runtime that will run them, kept by the hash of everything they are made of."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from infra.package import bytecode, prune
from infra.package.archive import write_zip
from infra.package.errors import PackagingError
from infra.stage import EMULATOR_PYTHON, ROOT, Stage

CACHE = ROOT / ".cache" / "layers"
LOCK = ROOT / "requirements.txt"
AWS_PLATFORM = "aarch64-manylinux_2_34"  # Lambda's python3.13 on arm64


def layer(stage: Stage, name: str) -> Path:
    """Zip of the `deps` or the `imaging` layer; built on first use."""
    entries = _entries(name)
    recipe = "\n".join(
        [
            stage.python,
            stage.architecture,
            str(stage.is_embedded),
            entries,
            *_own_sources(),
            str(bytecode.find_interpreter(stage) is None),
        ]
    )
    target = CACHE / f"{name}-{hashlib.sha256(recipe.encode()).hexdigest()[:20]}.zip"
    if not target.exists():
        _build(stage, entries, target)
    return target


def _own_sources() -> list[str]:
    here = Path(__file__).parent
    return [(here / name).read_text() for name in ("layers.py", "prune.py", "bytecode.py", "archive.py")]


def _entries(name: str) -> str:
    """The lock file's entries that belong to a layer, hashes included."""
    blocks = re.findall(r"^[A-Za-z0-9].*\n(?:    --hash.*\n)+", LOCK.read_text(), flags=re.MULTILINE)
    wanted = []
    for block in blocks:
        package = re.split(r"[=\[ ]", block, maxsplit=1)[0].lower()
        if package in prune.NOT_AT_RUN_TIME:
            continue
        if (package in prune.IMAGING) == (name == "imaging"):
            wanted.append(block)
    return "".join(wanted)


def _build(stage: Stage, entries: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as work:
        packages = Path(work) / "content" / "python"
        _install(stage, entries, Path(work), packages)
        prune.prune(packages)
        bytecode.compile_for(stage, packages, sourceless=True)
        finished = Path(work) / "layer.zip"
        # The emulator unpacks layers at every cold start: stored, that takes a quarter of the time.
        write_zip(packages.parent, finished, compressed=not stage.is_embedded)
        shutil.move(finished, target)  # in one step: a half-written layer is never seen


def _install(stage: Stage, entries: str, work: Path, packages: Path) -> None:
    lock = work / "requirements.txt"
    lock.write_text(entries)
    uv = Path(sys.executable).parent / "uv"
    command = [str(uv), "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--target", str(packages)]
    if stage.is_embedded:
        command += ["--python", str(EMULATOR_PYTHON)]
    else:
        command += ["--python-platform", AWS_PLATFORM, "--python-version", stage.python, "--only-binary", ":all:"]
    done = subprocess.run([*command, "-r", str(lock)], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise PackagingError(f"The dependencies could not be installed for the layer.\n{done.stderr.strip()}")
