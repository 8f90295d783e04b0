"""Cold start of the finished package: CPU until a function could serve, and until its first answer.

Two rulers: a bare botocore handler as `pip install` leaves it (compiled), and the same one over our trimmed layer.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bench.table import show
from infra.finish import finish
from infra.package import bytecode
from infra.stage import EMBEDDED, ROOT, Stage

WORK = ROOT / ".build" / "bench"
ROUNDS = 9
BARE = """
import botocore.session
client = botocore.session.get_session().create_client("dynamodb")
def handler(event, context):
    return {"statusCode": 200}
"""
BARE_CALL = BARE + "client.get_item(TableName='t', Key={'k': {'S': 'v'}})"
API = """
import app
from chalicelib.kit.store import shared_connection
shared_connection().client
"""
ASK = (
    API
    + """
def ask(method, path, status, body="", **headers):
    event = {{"httpMethod": method, "path": path, "headers": headers, "body": body}}
    answer = app.app(event, None)
    assert answer["statusCode"] == status, answer
{request}
"""
)
REFRESH = """
ask("POST", "/oauth-v1/token", 401, "grant_type=refresh_token&refresh_token=x&client_id=abcdefghijkl&client_secret=x",
    **{"content-type": "application/x-www-form-urlencoded"})
from cryptography.hazmat.primitives.asymmetric import ec  # a granted request signs
from cryptography.hazmat.primitives import serialization
"""
EVENT = "import {module}\nfrom chalicelib.kit.store import shared_connection\nshared_connection().client"
REPORT = "\nimport time; print(time.process_time())"
# name: (program, what we want of it, whether it makes a call)
READY = {
    "bare botocore handler, as installed": (BARE, 1.0),
    "bare botocore handler, our layer": (BARE, 1.0),
    "API function": (API, 1.3),
    "outbox-fanout": (EVENT.format(module="chalicelib.kit.fanout"), 1.1),
    "statistics-rollup": (EVENT.format(module="chalicelib.statistics.events"), 1.1),
    "images-render": (EVENT.format(module="chalicelib.images.events") + "\nimport chalicelib.images.render", 1.2),
    "nothing (python -c pass)": ("pass", None),
}
ANSWERS = {
    "bare handler, one GetItem, as installed": (BARE_CALL, 1.0),
    "bare handler, one GetItem, our layer": (BARE_CALL, 1.0),
    "token request": (ASK.format(request=REFRESH), None),
    "JSON read (GET /listings)": (ASK.format(request='ask("GET", "/listings", 200)'), None),
    "page (GET /marketplace)": (ASK.format(request='ask("GET", "/marketplace", 200, accept="text/html")'), None),
}
PLAIN = ("botocore", "jmespath", "dateutil", "urllib3", "six.py")


def main() -> None:
    package = finish(Stage(EMBEDDED), WORK)
    ours = unpack([path for key, path in package.artifacts.items() if key.endswith(".zip")])
    plain = installed()
    with dynamodb() as address:
        compare("Cold start of the finished package (CPU until ready)", READY, ours, plain, address)
        compare(
            "First answer of a cold process (CPU; DynamoDB is a stub that has no rows)", ANSWERS, ours, plain, address
        )
    show("Weight", ["", "MB"], [[name, size / 1_000_000] for name, size in package.weights.items()])


def compare(title: str, subjects: dict[str, tuple[str, float | None]], ours: Path, plain: Path, address: str) -> None:
    samples: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(ROUNDS):
        for name, (code, _) in subjects.items():
            samples[name].append(cpu_seconds(code, plain if name.endswith("as installed") else ours, address))
    times = {name: statistics.median(values) * 1000 for name, values in samples.items()}
    first, second, *_ = times.values()
    rows = [[name, ms, ms / first, ms / second, subjects[name][1] or "-"] for name, ms in times.items()]
    show(title, ["", "ms", "x bare as installed", "x bare our layer", "want"], rows)


def unpack(archives: list[Path]) -> Path:
    """Code and layers as the function sees them: /var/task before /opt/python."""
    place = WORK / "unpacked"
    shutil.rmtree(place, ignore_errors=True)
    for archive in archives:
        with zipfile.ZipFile(archive) as content:
            content.extractall(place)
    return place


def installed() -> Path:
    """What pip installs: botocore with what it needs and nothing cut, compiled as ours is."""
    place = WORK / "plain" / "python"
    if not place.exists():
        site = Path(sysconfig.get_paths()["purelib"])
        for name in PLAIN:
            source = site / name
            if source.is_dir():
                shutil.copytree(source, place / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, place / name)
        bytecode.compile_for(Stage(EMBEDDED), place)
    return place.parent


def cpu_seconds(code: str, place: Path, address: str) -> float:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{place}:{place / 'python'}",
        "ANSLUT_STAGE": "bench",
        "ANSLUT_PREFIX": "bench",
        "ANSLUT_ORIGIN": "https://portal.example",
        "ANSLUT_SECRET_ID": "bench",
        "AWS_DEFAULT_REGION": "eu-north-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_ENDPOINT_URL": address,
    }
    command = [sys.executable, "-S", "-c", code + REPORT]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=place)
    if done.returncode:
        raise SystemExit(done.stderr)
    return float(done.stdout.split()[-1])


class Empty(BaseHTTPRequestHandler):
    """DynamoDB without a row, and the one secret."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        ring = json.dumps({"k1": "0123456789abcdef" * 4})
        answers = {
            "Query": {"Items": [], "Count": 0, "ScannedCount": 0},
            "BatchGetItem": {"Responses": {}, "UnprocessedKeys": {}},
            "GetSecretValue": {"SecretString": ring},
        }
        body = json.dumps(answers.get(self.headers.get("x-amz-target", "").rpartition(".")[2], {})).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def dynamodb() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Empty)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


if __name__ == "__main__":
    main()
