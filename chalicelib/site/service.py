"""What the site tells about itself: version, the API description, and what each error code means."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib import VERSION
from chalicelib.config import load_data, settings
from chalicelib.kit import store
from chalicelib.kit.errors import NotFoundError, UnavailableError
from chalicelib.kit.http import Route
from chalicelib.kit.openapi import build_openapi
from chalicelib.kit.outbox import OutboxItem
from chalicelib.kit.ports import Hub
from chalicelib.site.reference import Operation, find_operation, list_operations

PROBLEMS_FILE = Path(__file__).parent.parent / "data" / "problems.md"

_LOOK_SECONDS = 10


class Ports(Hub):
    """The registry, which alone knows every room, is asked for `all_routes()`."""

    all_routes: Callable[[], Sequence[Route]]


@cache
def openapi_document() -> dict[str, Any]:
    title = f"{load_data('platform')['name']} developer portal"
    written = load_data("openapi_oauth")
    return build_openapi(Ports.all_routes(), title=title, version=VERSION, server=settings().origin, written=written)


@cache
def operations() -> list[Operation]:
    """Every operation of the API, worked out once per process."""
    return list_operations(openapi_document())


def get_operation(operation_id: str) -> Operation:
    """Raises NotFoundError."""
    found = find_operation(operations(), operation_id)
    if found is None:
        raise NotFoundError("The API has no such operation.")
    return found


def health() -> dict[str, str]:
    """Answers without touching anything else: whoever asks wants to know about this process."""
    return {"status": "ok", "version": VERSION, "stage": settings().stage}


@dataclass(frozen=True, slots=True)
class Look:
    """What this process saw of the service; `stored_ms` is how long the database took to answer, None: it did not."""

    looked_at: datetime
    version: str
    stored_ms: int | None


_looks: dict[str, tuple[float, Look]] = {}


def look_around(now: datetime) -> Look:
    """The page is answered, so pages work; the database is asked for one row, at most every ten seconds."""
    kept = _looks.get("")
    if kept is not None and time.monotonic() - kept[0] < _LOOK_SECONDS:
        return kept[1]
    began = time.monotonic()
    try:
        store.find(OutboxItem, "status")
        stored_ms = round((time.monotonic() - began) * 1000)
    except UnavailableError:
        stored_ms = None
    _looks[""] = (time.monotonic(), Look(now, VERSION, stored_ms))
    return _looks[""][1]


@cache
def problem_sections() -> list[tuple[str, str]]:
    """`(code, explanation)` for every `## code` heading of the file behind each problem's `type` address."""
    text = PROBLEMS_FILE.read_text(encoding="utf-8")
    parts = [section.partition("\n") for section in text.split("\n## ")[1:]]
    return [(code.strip(), " ".join(body.split())) for code, _, body in parts]


def component_samples(now: datetime) -> dict[str, Any]:
    """Invented data for the page that shows every component in every state."""
    days = [(now.date() - timedelta(days=29 - n), 10 + n, 8 + n) for n in range(30)]
    return {**load_data("components"), "moment": now - timedelta(hours=3), "days": days}


def find_error_sample(status: str) -> int:
    """A status whose page can be looked at without the error. Raises NotFoundError for every other."""
    known: dict[str, int] = {str(one): one for one in load_data("components")["errors"]}
    if status not in known:
        raise NotFoundError
    return known[status]
