"""`python -m infra.migrate FILE --url …`: moves developers or tokens of the earlier system, none twice."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import requests
import typer

from chalicelib.backoffice import domain

BATCH = 25
PATHS = {"developers": "/operator/migrations", "tokens": "/operator/legacy-tokens"}
_TIMEOUT = 60


def read_rows(file: Path) -> Iterator[dict[str, Any]]:
    """Rows of a CSV file with a head, or of JSON lines; a line that is no object becomes a row that is rejected."""
    yield from domain.read_rows(file.read_text(encoding="utf-8-sig"), file.name)


def send(
    browser: requests.Session, url: str, rows: list[dict[str, Any]], what: str = "developers"
) -> list[dict[str, Any]]:
    """One batch. Raises requests.HTTPError."""
    answer = browser.post(f"{url}{PATHS[what]}", json={"rows": rows}, timeout=_TIMEOUT)
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()
    return found


def resume_at(report: Path, file: Path, total: int) -> int:
    """How many rows the report of an interrupted run has; 0 when it is of another file or of a run that ended."""
    lines = report.read_text(encoding="utf-8").splitlines() if report.exists() else []
    if not lines or _parsed(lines[0]).get("sha256") != _digest(file):
        return 0
    whole = [line for line in lines[1:] if "row" in _parsed(line)]  # the last line of a killed run may be half a line
    done = len(whole) - len(whole) % BATCH
    if len(whole) >= total:
        return 0
    report.write_text("".join(f"{line}\n" for line in [lines[0], *whole[:done]]), encoding="utf-8")
    return done


def move(browser: requests.Session, url: str, file: Path, what: str = "developers") -> Counter[str]:
    """Send the file batch by batch; after an interruption go on where the report ends. Raises requests.HTTPError."""
    rows = list(read_rows(file))
    report = file.with_suffix(file.suffix + ".report.jsonl")
    begin = resume_at(report, file, len(rows))
    with report.open("a" if begin else "w", encoding="utf-8") as out:
        if not begin:
            out.write(json.dumps({"sha256": _digest(file), "rows": len(rows)}) + "\n")
        for start in range(begin, len(rows), BATCH):
            for count, one in enumerate(send(browser, url, rows[start : start + BATCH], what), start + 1):
                out.write(json.dumps({"row": count, **one}, ensure_ascii=False) + "\n")
            out.flush()
            print(f"{min(start + BATCH, len(rows))} of {len(rows)}")
    print(f"see {report}")
    return Counter(_parsed(line)["outcome"] for line in report.read_text(encoding="utf-8").splitlines()[1:])


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _parsed(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def main(
    file: Annotated[Path, typer.Argument(help="CSV with a head (.csv) or JSON lines")],
    url: Annotated[str, typer.Option(help="the portal's address")] = "http://127.0.0.1:8000",
    email: Annotated[str, typer.Option(help="a staff administrator; the password is asked for")] = "",
    what: Annotated[
        str, typer.Option(help="developers, or tokens that clients exchange at /oauth-v1/migrate")
    ] = "developers",
) -> None:
    """Move everybody in the file; a report per row is written beside it."""
    if what not in PATHS:
        raise typer.BadParameter("Use developers or tokens.", param_hint="--what")
    password = os.environ.get("ANSLUT_PASSWORD") or getpass.getpass("Password: ")
    browser = requests.Session()
    signed_in = browser.post(f"{url}/sessions", json={"email": email, "password": password}, timeout=_TIMEOUT)
    if signed_in.status_code == requests.codes.unauthorized and "ticket" in signed_in.json():
        step = {"ticket": signed_in.json()["ticket"], "code": input("Code of your app: ")}
        signed_in = browser.post(f"{url}/sessions/second-step", json=step, timeout=_TIMEOUT)
    signed_in.raise_for_status()
    outcomes = move(browser, url, file, what)
    print(", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())))
    sys.exit(1 if outcomes["rejected"] else 0)


if __name__ == "__main__":
    command = typer.Typer(pretty_exceptions_enable=False)
    command.command()(main)
    command()
