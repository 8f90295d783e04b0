"""Dispatch of one event: our Router (guard, schema gate, context, errors, log line) beside bare Chalice."""

from __future__ import annotations

import json
import os
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from bench.table import cpu_per_call, show

LIMIT_TO_CHALICE = 3.0
LIMIT_TO_FEW_ROUTES = 1.1
MANY = 150

os.environ.update(ANSLUT_STAGE="bench", ANSLUT_PREFIX="bench", ANSLUT_ORIGIN="https://portal.example")
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-north-1")
os.environ["POWERTOOLS_LOG_LEVEL"] = "INFO"


def event(path: str) -> dict[str, Any]:
    body = json.dumps({"name": "Kvitto", "stars": 3, "tags": ["a", "b"]})
    return {
        "path": path,
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json", "Host": "portal.example"},
        "multiValueHeaders": {"Content-Type": ["application/json"], "Host": ["portal.example"]},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": path,
            "httpMethod": "POST",
            "requestId": "r",
            "identity": {"sourceIp": "192.0.2.1"},
        },
        "body": body,
        "isBase64Encoded": False,
    }


def bare_chalice() -> Any:
    from chalice.app import Chalice

    app = Chalice("bare")

    def create() -> dict[str, Any]:
        request = app.current_request
        assert request is not None
        return {"note_id": "n1", "name": request.json_body["name"]}

    app.route("/notes", methods=["POST"])(create)
    return app


def ours(routes: int) -> Any:
    from chalicelib.kit.app import App
    from chalicelib.kit.context import Context, new_context
    from chalicelib.kit.gate import Line, Wire
    from chalicelib.kit.guards import public
    from chalicelib.kit.http import Router

    class NoteCreate(Wire):
        name: Line
        stars: int = 0
        tags: tuple[str, ...] = ()

    class NoteRead(Wire):
        note_id: str
        name: str

    router = Router("bench")

    @router.route("/notes", methods=["POST"], guard=public, body=NoteCreate, returns=NoteRead)
    def create_note(ctx: Context, body: NoteCreate) -> dict[str, str]:
        del ctx
        return {"note_id": "n1", "name": body.name}

    def filler(number: int) -> None:
        @router.raw(f"/things{number}/{{thing_id}}/parts/{{part_id}}", methods=["GET"], guard=public)
        def show_part(*_: object, **__: object) -> None:
            return None

    for number in range(routes - 1):
        filler(number)
    Router.authenticate = staticmethod(lambda *_: None)
    Router.make_context = staticmethod(lambda request: new_context(request_id=request.request_id))
    app = App("ours")
    app.mount(router)
    return app


def main() -> None:
    chalice, few, many = bare_chalice(), ours(5), ours(MANY)
    subjects = {
        "bare Chalice": lambda: chalice(event("/notes"), None),
        "ours, 5 routes": lambda: few(event("/notes"), None),
        f"ours, {MANY} routes": lambda: many(event("/notes"), None),
    }
    with Path(os.devnull).open("w") as quiet, redirect_stdout(quiet):  # log lines are made and written, but not here
        times = cpu_per_call(subjects)
    base, five = times["bare Chalice"], times["ours, 5 routes"]
    rows = [[name, value, value / base, value / five] for name, value in times.items()]
    show("Dispatch of a small JSON POST (CPU)", ["", "µs", "x Chalice", "x 5 routes"], rows)
    print(f"limits: {LIMIT_TO_CHALICE} x Chalice, {LIMIT_TO_FEW_ROUTES} x from 5 to all routes")


if __name__ == "__main__":
    main()
