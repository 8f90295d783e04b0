"""What a function does before its first import: its package knows the methods of every dataclass already.

`@dataclass` writes methods as text and compiles them, which was a quarter of a cold start (docs/decisions/0130). The
finishing step keeps the compiled text beside the code; a text that is not among them is compiled as ever.
"""

from __future__ import annotations

import gc
import marshal
from collections.abc import Mapping
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from types import CodeType
from typing import Any

__all__ = ["DATACLASSES", "prepare", "ready"]

DATACLASSES = Path(__file__).parent / "dataclasses.bin"  # written by infra/package/dataclass_code.py, never committed


def prepare() -> None:
    """Called by `chalicelib` itself. Outside a package, where nothing was kept, it does nothing."""
    if not DATACLASSES.exists():
        return
    # Nothing that imports make is garbage, and looking for some takes a tenth of a cold start; `ready` ends this.
    gc.disable()
    magic, known = marshal.loads(DATACLASSES.read_bytes())  # noqa: S302 - our own package, written when it was built
    if magic == MAGIC_NUMBER:
        know(known)


def know(known: Mapping[str, bytes]) -> None:
    """From here on `dataclasses` takes code from `known`, by its text; the same text is the same code."""
    import dataclasses

    def execute(text: str, names: dict[str, Any], members: dict[str, Any]) -> None:
        found = known.get(text)
        code: CodeType | str = text if found is None else marshal.loads(found)  # noqa: S302 - as above
        exec(code, names, members)  # noqa: S102 - what `dataclasses` does with its text

    # A module's own name wins over the built-in one: `dataclasses` has no other door.
    dataclasses.exec = execute  # type: ignore[attr-defined]


def ready() -> None:
    """Everything is imported: what stands now is never garbage; from here on garbage is looked for again."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
