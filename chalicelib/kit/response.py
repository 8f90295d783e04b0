"""The HTTP answer as rooms make it; header values are checked where they are set."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.kit.compact import encoder

__all__ = ["Response", "json_response", "redirect"]


_encode = encoder(is_ascii=False)
_LINE_BREAK = re.compile(r"[\r\n\0]")


@dataclass(frozen=True, slots=True)
class Response:
    body: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()
    is_base64: bool = False

    @classmethod
    def of_bytes(cls, content: bytes, headers: Mapping[str, str]) -> Response:
        """A file that is no text; API Gateway turns the text back into bytes (`infra/template/api.py`)."""
        return cls(base64.b64encode(content).decode("ascii"), 200, headers, is_base64=True)

    def __post_init__(self) -> None:
        # Header injection: Chalice refuses only "\n", and only in plain strings.
        if _LINE_BREAK.search("".join((*self.headers.values(), *self.cookies))):
            raise ValueError("a header value contains a line break")

    def with_headers(self, **headers: str) -> Response:
        """More headers; underscores stand for hyphens."""
        added = {name.replace("_", "-"): value for name, value in headers.items()}
        return Response(self.body, self.status, {**self.headers, **added}, self.cookies, self.is_base64)

    def with_cookie(self, cookie: str) -> Response:
        return Response(self.body, self.status, self.headers, (*self.cookies, cookie), self.is_base64)


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    base = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}
    return Response(_encode(value), status, base | dict(headers or {}))


def redirect(location: str, *, cookies: tuple[str, ...] = ()) -> Response:
    """303 See Other: whatever the method was, the next request is a GET (RFC 9700 §4.12)."""
    return Response("", 303, {"Location": location, "Cache-Control": "no-store"}, cookies)
