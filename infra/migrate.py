"""`python -m infra.migrate FILE --url …`: moves developers or tokens of the earlier system, none twice."""

from __future__ import annotations

import csv
import getpass
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import requests
import typer

BATCH = 25
PATHS = {"developers": "/operator/migrations", "tokens": "/operator/legacy-tokens"}
_TIMEOUT = 60


def read_rows(file: Path) -> Iterator[dict[str, Any]]:
    """Rows of a CSV file with a head, or of JSON lines; a line that is no object becomes a row that is rejected."""
    text = file.read_text(encoding="utf-8-sig")
    if file.suffix == ".csv":
        for row in csv.DictReader(text.splitlines()):
            yield {str(key): value for key, value in row.items()}
        return
    for line in filter(str.strip, text.splitlines()):
        yield _read_line(line)


def _read_line(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        return {"unreadable": line[:100]}
    return row if isinstance(row, dict) else {"unreadable": line[:100]}


def send(
    browser: requests.Session, url: str, rows: list[dict[str, Any]], what: str = "developers"
) -> list[dict[str, Any]]:
    """One batch. Raises requests.HTTPError."""
    answer = browser.post(f"{url}{PATHS[what]}", json={"rows": rows}, timeout=_TIMEOUT)
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()
    return found


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
    rows, outcomes = list(read_rows(file)), Counter[str]()
    report = file.with_suffix(file.suffix + ".report.jsonl")
    with report.open("w", encoding="utf-8") as out:
        for start in range(0, len(rows), BATCH):
            for count, one in enumerate(send(browser, url, rows[start : start + BATCH], what), start + 1):
                out.write(json.dumps({"row": count, **one}, ensure_ascii=False) + "\n")
                outcomes[one["outcome"]] += 1
            print(f"{min(start + BATCH, len(rows))} of {len(rows)}")
    print(", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())), f"- see {report}")
    sys.exit(1 if outcomes["rejected"] else 0)


if __name__ == "__main__":
    command = typer.Typer(pretty_exceptions_enable=False)
    command.command()(main)
    command()
