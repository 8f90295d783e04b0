"""Keeps the compiled methods of all dataclasses beside the code, so that no cold start compiles them again."""

from __future__ import annotations

import subprocess
import tempfile
import zipfile
from pathlib import Path

from infra.package import bytecode
from infra.package.errors import PackagingError
from infra.package.layers import layer
from infra.stage import Stage

# Runs in the target interpreter with the packaged dependencies: texts differ between versions of Python.
PROGRAM = """
import builtins, dataclasses, importlib, marshal, pathlib, sys
from importlib.util import MAGIC_NUMBER
known = {}
def execute(text, names, members):
    code = compile(text, "<string>", "exec")
    known[text] = marshal.dumps(code, 2)  # without references: the same code gives the same bytes
    builtins.exec(code, names, members)
dataclasses.exec = execute
for path in sorted(pathlib.Path(sys.argv[2]).rglob("chalicelib/**/*.py")):
    importlib.import_module(".".join(path.relative_to(sys.argv[2]).with_suffix("").parts).removesuffix(".__init__"))
for name in sys.argv[3].split():
    importlib.import_module(name)
open(sys.argv[1], "wb").write(marshal.dumps((MAGIC_NUMBER, dict(sorted(known.items()))), 2))
"""
# What rooms import only when they need it.
MODULES = "jinja2 babel.dates babel.numbers jwt markdown_it nh3"


def keep(stage: Stage, code: Path, environment: dict[str, str]) -> bool:
    """True if the code was kept: it takes an interpreter here that can import what the target will import.

    Raises PackagingError where such a one must be at hand and cannot: the package would not start there either.
    """
    interpreter = bytecode.find_interpreter(stage)
    if interpreter is None:
        return False
    with tempfile.TemporaryDirectory() as work:
        for name in ("deps", "imaging"):
            with zipfile.ZipFile(layer(stage, name)) as archive:
                archive.extractall(work)
        done = subprocess.run(
            [str(interpreter), "-S", "-c", PROGRAM, str(code / "chalicelib" / "dataclasses.bin"), str(code), MODULES],
            env={**environment, "PYTHONPATH": f"{code}:{work}/python", "PYTHONDONTWRITEBYTECODE": "1"},
            check=False, capture_output=True, text=True, cwd=work,
        )  # fmt: skip
    if done.returncode != 0 and stage.is_embedded:
        raise PackagingError(f"The finished package cannot be imported.\n{done.stderr.strip()}")
    return done.returncode == 0  # libraries for another processor: the package starts slower, and is the same
