"""The command line against the application over real HTTP: what a pipeline types, and what it gets."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from anslut_cli import client as http
from anslut_cli.__main__ import main
from chalicelib.kit.context import new_context
from chalicelib.oauth.service import rotate_signing_keys
from tests.client import Client
from tests.factories import developer


class Bridge(BaseHTTPRequestHandler):
    """HTTP in front of the application; before each answer the queue is played."""

    app: Any
    queue: Any
    trouble: list[int]

    def _serve(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size).decode() or None
        sent = {
            name: value
            for name, value in self.headers.items()
            if name.lower() in {"authorization", "content-type", "idempotency-key"}
        }
        answer = Client(self.app).request(self.command, self.path, body=body, headers=sent)
        self.queue.drain_new()
        status = self.trouble.pop() if self.trouble else answer.status
        self.send_response(status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.text.encode())))
        self.end_headers()
        self.wfile.write(answer.text.encode())

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - the names http.server calls

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def trouble() -> list[int]:
    return []


@pytest.fixture
def run(client, queue, monkeypatch, capsys, trouble) -> Iterator[Any]:
    rotate_signing_keys(new_context())
    anna = developer(client)
    bridge = type("Here", (Bridge,), {"app": client.app, "queue": queue, "trouble": trouble})
    server = ThreadingHTTPServer(("127.0.0.1", 0), bridge)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("ANSLUT_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("ANSLUT_TOKEN", anna.post("/api-tokens", json={"name": "CI"}).json["token"])
    monkeypatch.setattr(http.time, "sleep", lambda _: None)

    def go(*words: str, fails: bool = False) -> str:
        assert main(list(words)) == int(fails)
        said = capsys.readouterr()
        return said.err if fails else said.out

    yield go
    server.shutdown()
    thread.join()
    server.server_close()


def test_create_use_disturb_save_restore_delete(run, client):
    sandbox_id = run("create", "CI run", "--wait").strip()
    environment = dict(line.split("=", 1) for line in run("use", sandbox_id, "--format", "env").splitlines())
    assert environment["ANSLUT_TENANT_ID"].isdigit()
    assert run("use", sandbox_id).startswith("export ANSLUT_")
    assert json.loads(run("use", sandbox_id, "--format", "json"))["client_id"] == environment["ANSLUT_CLIENT_ID"]
    assert run("fault", sandbox_id, "server-error", "--calls", "2", "--minutes", "5").startswith("20")
    assert json.loads(run("faults", sandbox_id))[0]["left"] == 2
    run("fault", sandbox_id, "server-error", "--off")
    assert json.loads(run("faults", sandbox_id)) == []
    sample, client_id, *_ = run("connections", sandbox_id).split()
    assert client_id == environment["ANSLUT_CLIENT_ID"]
    snapshot_id = run("snapshot", sandbox_id, "Start", "--wait").strip()
    assert snapshot_id in run("snapshots")
    run("restore", sandbox_id, snapshot_id, "--wait")
    run("reset", sandbox_id, "--wait")
    run("rename", sandbox_id, "Renamed")
    assert "Renamed" in run("list")
    run("notes", sandbox_id, "For the nightly build")
    assert json.loads(run("show", sandbox_id))["notes"] == "For the nightly build"
    assert run("open", sandbox_id).strip().endswith(f"/portal/sandboxes/{sandbox_id}")
    assert json.loads(run("show", sandbox_id))["data"] == snapshot_id
    run("connections", sandbox_id, "--disconnect", sample)
    assert run("connections", sandbox_id) == ""
    run("delete", sandbox_id, "--wait")
    assert json.loads(run("list", "--json")) == []


def test_a_lost_answer_makes_nothing_twice(run, trouble):
    trouble.append(503)
    run("create", "Once", "--wait")
    assert len(json.loads(run("list", "--json"))) == 1


def test_refusals_are_sentences(run, monkeypatch):
    assert "404 not-found" in run("show", "sbx_nobody", fails=True)
    monkeypatch.setenv("ANSLUT_TOKEN", "wrong")
    assert "401" in run("list", fails=True)
    monkeypatch.setenv("ANSLUT_TOKEN", "")
    assert "Set ANSLUT_URL and ANSLUT_TOKEN" in run("list", fails=True)
