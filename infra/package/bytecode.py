"""Compiles a folder for the target interpreter, with hash-based files that are never checked against a clock."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from infra.stage import EMULATOR_PYTHON, Stage

# Runs inside the target interpreter. Unchecked hashes: a zip's times would otherwise make every file look stale.
PROGRAM = """
import compileall, py_compile, sys
compileall.compile_dir(
    sys.argv[1], quiet=2, stripdir=sys.argv[1], workers=1, force=True, legacy=sys.argv[2] == "sourceless",
    invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
)
"""


def compile_for(stage: Stage, folder: Path, *, sourceless: bool = False) -> bool:
    """True if an interpreter of the target version was at hand; without one the package starts slower.

    `sourceless` puts the bytecode in the source's place: half the weight, for code that nobody reads there.
    """
    interpreter = find_interpreter(stage)
    if interpreter is None:
        return False
    kind = "sourceless" if sourceless else "beside"
    subprocess.run([str(interpreter), "-c", PROGRAM, str(folder), kind], check=True, capture_output=True)
    if sourceless:
        for source in list(folder.rglob("*.py")):
            if source.with_suffix(".pyc").exists():
                source.unlink()
    return True


def drop_sources(folder: Path, kept: Iterable[Path]) -> None:
    """Put bytecode in the place of what was compiled beside it; `kept` (entry points) stay as they are."""
    spared = set(kept)
    for compiled in sorted(folder.rglob("__pycache__/*.pyc")):
        source = compiled.parent.parent / f"{compiled.name.partition('.')[0]}.py"
        if source.exists() and source not in spared:
            compiled.rename(source.with_suffix(".pyc"))
            source.unlink()


def find_interpreter(stage: Stage) -> Path | None:
    if stage.is_embedded:
        return EMULATOR_PYTHON
    candidates = [shutil.which(f"python{stage.python}"), *_managed(stage.python)]
    return next((Path(found) for found in candidates if found and _is_version(Path(found), stage.python)), None)


def _managed(version: str) -> list[str]:
    """Interpreters that version managers keep off the PATH."""
    homes = [Path.home() / ".pyenv" / "versions", Path.home() / ".local" / "share" / "uv" / "python"]
    return sorted(str(found) for home in homes for found in home.glob(f"*{version}*/bin/python{version}"))


def _is_version(interpreter: Path, version: str) -> bool:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([str(interpreter), "-c", code], check=False, capture_output=True, text=True)
    return done.stdout.strip() == version
