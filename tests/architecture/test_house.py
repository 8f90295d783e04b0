"""The rules of the house that no linter knows: who may import whom, how large things get, what a room shows of itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "chalicelib"
ROOMS = sorted(p.parent.name for p in HOUSE.glob("*/__init__.py") if p.parent.name not in {"kit", "templates_compiled"})
MODULES = sorted(p for p in HOUSE.rglob("*.py") if "templates_compiled" not in p.parts)
LONGEST_FILE = 400
LONGEST_FUNCTION = 50
FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "base", "misc"}


def imports_of(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_begins_with_its_card(room):
    card = ast.get_docstring(ast.parse((HOUSE / room / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert all(word in card for word in ("wns", "ublishes", "eeds")), "say what the room owns, publishes and needs"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_uses_only_service_and_domain_of_another(room):
    """`registry` may import anything; OAuth's inner packages are its own affair."""
    for module in (HOUSE / room).rglob("*.py"):
        for name in imports_of(module):
            parts = name.split(".")
            if parts[0] == "chalicelib" and len(parts) > 2 and parts[1] in ROOMS and parts[1] != room:
                assert parts[2] in {"service", "domain"}, f"{module.relative_to(ROOT)} reaches into {name}"


@pytest.mark.parametrize("module", MODULES, ids=lambda p: str(p.relative_to(HOUSE)))
def test_a_module_says_in_one_sentence_what_it_answers_for(module):
    tree = ast.parse(module.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "the first line is the module's docstring"


@pytest.mark.parametrize("module", MODULES, ids=lambda p: str(p.relative_to(HOUSE)))
def test_files_and_functions_stay_small(module):
    text = module.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


def test_no_file_is_named_after_nothing():
    assert not [p for p in MODULES if p.stem in FORBIDDEN_NAMES]


def test_only_config_reads_the_environment():
    for module in MODULES:
        if module != HOUSE / "config.py":
            assert "os.environ" not in module.read_text(encoding="utf-8"), module


def test_only_storage_files_import_pynamodb():
    allowed = {"repository", "store", "attributes", "outbox", "idempotency", "pagination"}
    for module in MODULES:
        inside_repository = module.parent.name == "repository"
        if any(name.split(".")[0] == "pynamodb" for name in imports_of(module)):
            assert module.stem in allowed or inside_repository, module


def test_app_py_has_no_logic():
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) <= 30
