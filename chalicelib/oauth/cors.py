"""Which scripts may read an answer of the token and revocation endpoints: those of a public client's own pages (TK-22).

A form post without a header of its own is a simple request (Fetch standard), so no preflight is needed or answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from urllib.parse import urlsplit

from chalicelib.integrations.domain import Integration
from chalicelib.kit.errors import AppError
from chalicelib.kit.request import Request

_NOT_READABLE: AbstractContextManager[dict[str, str]] = nullcontext({})


def readable_by_browsers(client: Integration, request: Request) -> AbstractContextManager[dict[str, str]]:
    """The headers for the answer; an error raised inside carries them too, or the script could not read why."""
    cors = _headers(client, request.headers.get("origin", "")) if client.is_public else {}
    return _readable(cors) if cors else _NOT_READABLE


@contextmanager
def _readable(cors: dict[str, str]) -> Iterator[dict[str, str]]:
    try:
        yield cors
    except AppError as error:
        error.headers.update(cors)
        raise


def _headers(client: Integration, origin: str) -> dict[str, str]:
    # Pages are https only: a program that listens on the loopback interface is no page, and "null" is anybody.
    if not origin.startswith("https://"):
        return {}
    own = {f"https://{urlsplit(uri).netloc}" for uri in client.redirect_uris if uri.startswith("https://")}
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin in own else {}
