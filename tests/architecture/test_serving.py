"""The application of a finished package: rooms are imported by their first request, and what they hand each other holds."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from chalicelib import registry, serving
from chalicelib.kit.ports import Hub, provide

ROOT = Path(__file__).parent.parent.parent
# As in a package: the table is read, the registry is not there.
PACKAGED = """
import json, sys
from chalicelib import serving
app = serving.build(json.loads(sys.stdin.read()))
def ask(method, path, **headers):
    event = {"httpMethod": method, "path": path, "headers": headers, "requestContext": {"identity": {}}, "body": ""}
    return app(event, None)
"""


def packaged(program: str) -> str:
    table = json.dumps(registry.served())
    command = [sys.executable, "-c", PACKAGED + program]
    done = subprocess.run(command, cwd=ROOT, input=table, capture_output=True, text=True, check=True)
    return done.stdout.strip().splitlines()[-1]


def test_the_table_has_every_route_once():
    told = [tuple(route) for row in registry.served().values() for route in row["routes"]]
    assert sorted(told) == sorted((route.method, route.path) for route in registry.all_routes())


def test_a_start_imports_no_room_and_neither_pydantic_nor_jinja():
    loaded = packaged("print(*sys.modules)").split()
    rooms = {name.split(".")[1] for name in loaded if name.startswith("chalicelib.")}
    assert rooms == {"config", "kit", "serving", "start"}
    assert not {"pydantic", "jinja2", "babel", "cryptography", "jwt", "PIL"} & set(loaded)


def test_a_request_imports_its_room_and_answers():
    assert packaged("print(ask('GET', '/healthz')['statusCode'], 'chalicelib.sales' in sys.modules)") == "200 False"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/no/such/address", 404), ("DELETE", "/healthz", 405), ("HEAD", "/healthz", 200)],
)
def test_what_no_room_answers_is_answered_as_ever(method, path, status):
    assert packaged(f"print(ask('{method}', '{path}')['statusCode'])") == str(status)


@pytest.mark.parametrize(("port", "target"), serving.WIRES.items())
def test_what_is_handed_in_exists_and_arrives(port, target):
    registry.build_app()
    module, _, name = target.partition(":")
    assert callable(getattr(import_module(module), name))
    room, _, attribute = port.partition(".")
    assert getattr(Hub.hubs[room], attribute) is not None


def test_rooms_hand_each_other_things_in_one_place():
    text = (ROOT / "chalicelib/registry.py").read_text()
    assert "Ports." not in text, 'say it in chalicelib/serving.py: WIRES["room.port"] = "module:function"'


def test_a_port_that_no_room_declares_is_refused():
    with pytest.raises(TypeError, match="no port such_a_thing"):
        provide({"accounts.such_a_thing": "chalicelib.kit.ports:later"})
    del Hub.provided["accounts"]["such_a_thing"]
