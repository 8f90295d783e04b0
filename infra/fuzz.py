"""`make fuzz`: Schemathesis over the running portal's own description, as an anonymous caller, a developer and staff.

No answer may be 500 or more, and each must be one that `/openapi.json` promises: status, media type and schema.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import requests
import typer

from infra.seed import DEVELOPER, OPERATOR, PASSWORD

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# These end the session that asks, or change what the next caller signs in with.
LEFT_OUT = "^/(sessions|accounts/current/password)"
_TIMEOUT = 60


def main(
    url: Annotated[str, typer.Option(help="the portal's address")] = "http://127.0.0.1:8000",
    examples: Annotated[int, typer.Option(help="tries of each operation, each caller")] = 3,
    seed: Annotated[int, typer.Option(help="the same seed tries the same")] = 1,
) -> None:
    """Exit code 1 when anything was answered that must not be."""
    callers = {"nobody": None, "a developer": DEVELOPER.email, "staff": OPERATOR.email}
    failed = [name for name, email in callers.items() if not _is_clean(url, name, email, examples, seed)]
    sys.exit(f"Not as described, as {', '.join(failed)}." if failed else 0)


def _is_clean(url: str, name: str, email: str | None, examples: int, seed: int) -> bool:
    print(f"· as {name}", flush=True)
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{url}/openapi.json", "--checks", CHECKS,
        "--phases", "examples,fuzzing", "--max-examples", str(examples), "--seed", str(seed), "--no-shrink",
        "--exclude-path-regex", LEFT_OUT, "--warnings", "off", "--suppress-health-check", "all", "--no-color",
        "--continue-on-failure",
    ]  # fmt: skip
    if email:
        command += ["--header", f"Cookie: {_cookie(url, email)}"]
    return subprocess.run(command, check=False).returncode == 0


def _cookie(url: str, email: str) -> str:
    browser = requests.Session()
    browser.post(f"{url}/sessions", json={"email": email, "password": PASSWORD}, timeout=_TIMEOUT).raise_for_status()
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


if __name__ == "__main__":
    command = typer.Typer(pretty_exceptions_enable=False)
    command.command()(main)
    command()
