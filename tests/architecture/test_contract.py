"""The contract as declared: guards, public addresses, error codes, event functions, and the generated description."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib import registry
from chalicelib.kit.errors import AppError

ROOT = Path(__file__).parents[2]

ROUTES = [route for router in registry.ROUTERS for route in router.declared]
PUBLIC = (Path(__file__).parent / "public_routes.txt").read_text(encoding="utf-8").split("\n")


def every_error() -> list[type[AppError]]:
    found: list[type[AppError]] = []
    waiting = [AppError]
    while waiting:
        kind = waiting.pop()
        found += kind.__subclasses__()
        waiting += kind.__subclasses__()
    return [kind for kind in found if kind.__module__.startswith("chalicelib")]


def test_public_addresses_are_listed_by_name():
    """A new public address is a visible change of `public_routes.txt`."""
    declared = sorted(f"{route.method} {route.path}" for route in ROUTES if route.guard.name == "public")
    assert declared == sorted(line for line in PUBLIC if line)


def test_no_address_is_declared_twice():
    keys = [(route.method, re.sub(r"{\w+}", "{}", route.path)) for route in ROUTES]
    assert len(keys) == len(set(keys))


def test_json_routes_have_unique_names():
    names = [route.name for route in ROUTES if route.kind == "json"]
    assert sorted(names) == sorted(set(names))


def test_error_codes_are_unique_and_explained():
    headings = set(re.findall(r"^## (\S+)", (ROOT / "chalicelib/data/problems.md").read_text("utf-8"), re.MULTILINE))
    seen: dict[str, type[AppError]] = {}
    for kind in every_error():
        if kind.__module__.startswith("chalicelib.oauth") or kind.__module__.startswith("chalicelib.company_api"):
            continue  # those speak RFC 6749 and the company API's dialect, not problem documents
        assert seen.setdefault(kind.code, kind) is kind, f"{kind.code} is used twice"
    assert set(seen) <= headings, f"explain in problems.md: {sorted(set(seen) - headings)}"


def test_the_api_description_is_current_and_valid():
    from openapi_spec_validator import validate

    from infra.openapi import built

    committed = json.loads((ROOT / "docs/openapi.json").read_text("utf-8"))
    assert built() == committed, "run: make openapi"
    validate(committed)


def event_functions() -> list[tuple[str, str]]:
    app = registry.build_app()
    named = [(fn.name, fn.handler_string) for fn in app.pure_lambda_functions]
    return named + [(source.name, source.handler_string) for source in app.event_sources]


def test_event_functions_are_named_room_verb_once():
    names = [name for name, _ in event_functions()]
    assert sorted(names) == sorted(set(names))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)+", name) for name in names)


@pytest.mark.parametrize(("name", "handler"), event_functions())
def test_an_event_function_loads_only_its_own_room(name, handler):
    """F4: `app.py` is not imported in the real Lambda, so the module must stand alone."""
    module, _, function = handler.rpartition(".")
    code = (
        f"import sys, {module} as m; assert callable(m.{function});"
        "print(*sorted({n.split('.')[1] for n in sys.modules if n.startswith('chalicelib.')}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "registry" not in done.stdout.split()
    assert "site" not in done.stdout.split()
