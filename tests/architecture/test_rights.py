"""Least privilege: a function's row names only tables its own module knows, and only the API may touch everything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib import registry
from infra.functions import ALL, FUNCTIONS, Function, Http

ROOT = Path(__file__).parents[2]
TABLES_OF = """
import sys, importlib
importlib.import_module(sys.argv[1])
from chalicelib.kit.store import Item
def below(kind):
    for child in kind.__subclasses__():
        yield child
        yield from below(child)
print(*sorted({item.Meta.short_name for item in below(Item)}))
"""


def module_of(function: Function) -> str:
    app = registry.build_app()
    handlers = {fn.name: fn.handler_string for fn in [*app.pure_lambda_functions, *app.event_sources]}
    return handlers[function.name].rpartition(".")[0]


@pytest.mark.parametrize("function", [f for f in FUNCTIONS if not isinstance(f.trigger, Http)], ids=lambda f: f.name)
def test_an_event_function_may_touch_only_tables_its_module_knows(function):
    assert ALL[0] not in {*function.reads, *function.writes}
    command = [sys.executable, "-c", TABLES_OF, module_of(function)]
    known = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert {*function.reads, *function.writes} <= set(known)


def test_the_image_function_holds_no_secret_and_no_key():
    (function,) = [f for f in FUNCTIONS if f.name == "images-render"]
    assert (function.secret, function.kms, function.mail) == (False, (), False)
