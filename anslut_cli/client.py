"""One HTTPS request with a token, and waiting for what the portal does in the background."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

TIMEOUT_SECONDS = 30
TRIES = 5
_REPEATED = frozenset({429, 502, 503, 504})


class CommandError(Exception):
    """What went wrong, in a sentence for the log of a pipeline."""


class Portal:
    """`url` and `token` come from ANSLUT_URL and ANSLUT_TOKEN where they are not given."""

    def __init__(self, url: str | None = None, token: str | None = None) -> None:
        self.url = (url or os.environ.get("ANSLUT_URL", "")).rstrip("/")
        self.token = token or os.environ.get("ANSLUT_TOKEN", "")
        if not self.url or not self.token:
            raise CommandError("Set ANSLUT_URL and ANSLUT_TOKEN; the portal makes tokens under My sandboxes.")

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The JSON answer. Trouble is repeated with the same Idempotency-Key, so nothing is made twice."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        if method == "POST":
            headers["Idempotency-Key"] = secrets.token_hex(16)
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        for attempt in range(1, TRIES + 1):
            try:
                with urlopen(Request(self.url + path, data, headers, method=method), timeout=TIMEOUT_SECONDS) as answer:
                    text = answer.read().decode()
                    return json.loads(text) if text else None
            except HTTPError as error:
                if error.code not in _REPEATED or attempt == TRIES:
                    raise CommandError(_sentence(error)) from error
                pause = error.headers.get("Retry-After") or "1"
                time.sleep(min(int(pause) if pause.isdigit() else 1, 10))
            except (URLError, TimeoutError) as error:
                if attempt == TRIES:
                    raise CommandError(f"{self.url} cannot be reached: {error}") from error
                time.sleep(1)
        raise AssertionError("the last try either returns or raises")


def wait(read: Callable[[], Any], done: frozenset[str], seconds: int) -> Any:
    """Ask every half second until `status` is one of `done`; a failed one, or too long, raises CommandError."""
    deadline = time.monotonic() + seconds
    while True:
        found = read()
        if found["status"] in done:
            return found
        if found["status"] == "failed":
            raise CommandError(f"It failed: {found.get('failure')}")
        if time.monotonic() > deadline:
            raise CommandError(f"It is still {found['status']} after {seconds} s.")
        time.sleep(0.5)


def _sentence(error: HTTPError) -> str:
    try:
        problem = json.loads(error.read().decode())
    except ValueError:
        problem = {}
    detail = " ".join(str(problem[name]) for name in ("title", "detail") if problem.get(name))
    return f"{error.code} {problem.get('code', '')}: {detail or error.reason}"
