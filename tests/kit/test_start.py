"""What a packaged function does before its first import: kept dataclass code, no search for garbage until ready."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
KEEP = """
import dataclasses, marshal, sys
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from chalicelib import start
known = {}
def execute(text, names, members):
    known[text] = marshal.dumps(compile(text, "<string>", "exec"), 2)
    exec(known and marshal.loads(known[text]), names, members)
dataclasses.exec = execute
"""
POINT = """
@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 2
    tags: tuple = dataclasses.field(default=(), compare=False)
"""


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_dataclass_of_kept_code_is_the_same_class():
    told = "print(Point(1), Point(1) == Point(1, 2, ('a',)), hash(Point(1)) == hash(Point(1, 2)), Point.__doc__)"
    plain = run(f"import dataclasses\n{POINT}\n{told}")
    kept = run(f"{KEEP}\n{POINT}\nstart.know(known)\n{POINT}\n{told}")
    assert kept == plain


def test_kept_code_is_used_and_what_is_not_kept_is_compiled():
    other = POINT.replace("y: int = 2", "z: int = 3")
    spoilt = "known = {text: marshal.dumps(compile('1/0', '<kept>', 'exec'), 2) for text in known}"
    program = f"{KEEP}\n{POINT}\n{spoilt}\nstart.know(known)\n{other}\nprint(Point(1).z)\ntry:\n{indented(POINT)}\nexcept ZeroDivisionError: print('kept')"
    assert run(program).split() == ["3", "kept"]


def indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def test_without_a_package_nothing_is_changed():
    told = "import gc, dataclasses, chalicelib; print(gc.isenabled(), hasattr(dataclasses, 'exec'))"
    assert run(told) == "True False"


def test_garbage_is_looked_for_again_once_everything_is_imported():
    assert run("import gc\nfrom chalicelib.start import ready\ngc.disable()\nready()\nprint(gc.isenabled())") == "True"
