"""Cold start of the finished package: CPU until a function could serve, beside a bare botocore handler."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import zipfile
from pathlib import Path

from bench.table import show
from infra.finish import finish
from infra.stage import EMBEDDED, ROOT, Stage

WORK = ROOT / ".build" / "bench"
ROUNDS = 7
BARE = """
import botocore.session
client = botocore.session.get_session().create_client("dynamodb")
def handler(event, context):
    return {"statusCode": 200}
"""
API = """
import app
from chalicelib.kit.store import shared_connection
shared_connection().client
"""
EVENT = "import {module}\nfrom chalicelib.kit.store import shared_connection\nshared_connection().client"
REPORT = "\nimport time; print(time.process_time())"
SUBJECTS = {
    "bare botocore handler": (BARE, 1.0),
    "API function": (API, 1.3),
    "outbox-fanout": (EVENT.format(module="chalicelib.kit.fanout"), 1.1),
    "statistics-rollup": (EVENT.format(module="chalicelib.statistics.events"), 1.1),
    "images-render": (EVENT.format(module="chalicelib.images.events") + "\nimport chalicelib.images.render", 1.2),
    "nothing (python -c pass)": ("pass", 0.0),
}


def main() -> None:
    package = finish(Stage(EMBEDDED), WORK)
    place = unpack([path for key, path in package.artifacts.items() if key.endswith(".zip")])
    samples: dict[str, list[float]] = {name: [] for name in SUBJECTS}
    for _ in range(ROUNDS):
        for name, (code, _) in SUBJECTS.items():
            samples[name].append(cpu_seconds(code, place))
    times = {name: statistics.median(values) * 1000 for name, values in samples.items()}
    base = times["bare botocore handler"]
    rows = [[name, times[name], times[name] / base, limit or "-"] for name, (_, limit) in SUBJECTS.items()]
    show("Cold start of the finished package (CPU)", ["", "ms", "x bare", "want"], rows)
    weights = [[name, size / 1_000_000] for name, size in package.weights.items()]
    show("Weight", ["", "MB"], weights)


def unpack(archives: list[Path]) -> Path:
    """Code and layers as the function sees them: /var/task before /opt/python."""
    place = WORK / "unpacked"
    for archive in archives:
        with zipfile.ZipFile(archive) as content:
            content.extractall(place)
    return place


def cpu_seconds(code: str, place: Path) -> float:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{place}:{place / 'python'}",
        "ANSLUT_STAGE": "bench",
        "ANSLUT_PREFIX": "bench",
        "ANSLUT_ORIGIN": "https://portal.example",
        "AWS_DEFAULT_REGION": "eu-north-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
    }
    command = [sys.executable, "-S", "-c", code + REPORT]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=place)
    return float(done.stdout.split()[-1])


if __name__ == "__main__":
    main()
