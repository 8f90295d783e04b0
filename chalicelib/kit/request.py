"""The HTTP request as rooms see it: immutable, multi-valued, decoded once, free of any framework."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from chalicelib.kit.errors import MalformedRequestError

if TYPE_CHECKING:
    from email.message import Message

__all__ = ["Form", "Request", "read_request"]

MAX_FORM_FIELDS = 500


@dataclass(frozen=True, slots=True)
class Form:
    """Name/value pairs of a form body or query string, in order, every repetition kept."""

    pairs: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str | None:
        """The first value; ask `repeated()` when a second one would matter."""
        return next((value for key, value in self.pairs if key == name), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.pairs if key == name]

    def repeated(self) -> set[str]:
        """Names that occur more than once (RFC 6749 §3.1: parameters must not be included more than once)."""
        names = [name for name, _ in self.pairs]
        return {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()

    def with_field(self, name: str, value: str) -> Form:
        """The same with one field said by us: whatever was sent under that name is gone."""
        return Form((*(pair for pair in self.pairs if pair[0] != name), (name, value)))

    def __contains__(self, name: object) -> bool:
        return any(key == name for key, _ in self.pairs)


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    query: Form
    body: bytes
    cookies: Mapping[str, str]
    source_ip: str
    request_id: str

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def wants_html(self) -> bool:
        return "text/html" in self.headers.get("accept", "")

    def form(self) -> Form:
        """The urlencoded body. Raises MalformedRequestError for anything that is not one."""
        try:
            text = self.body.decode("utf-8")
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FORM_FIELDS, errors="strict")
        except (UnicodeDecodeError, ValueError) as error:
            raise MalformedRequestError("The form body is not valid urlencoded UTF-8.") from error
        return Form(tuple(pairs))

    def upload(self) -> Form:
        """A form with files (RFC 7578): the text of a file under its field's name, its own name under `<field>.name`.

        Raises MalformedRequestError for what is no such form, or no UTF-8.
        """
        from email.message import Message
        from email.parser import BytesParser

        head = f"Content-Type: {self.headers.get('content-type', '')}\r\n\r\n".encode("latin-1", "replace")
        message = BytesParser().parsebytes(head + self.body)
        parts = message.get_payload()
        if not message.is_multipart() or not isinstance(parts, list) or len(parts) > MAX_FORM_FIELDS:
            raise MalformedRequestError("The form is not valid multipart/form-data.")
        return Form(tuple(pair for part in parts if isinstance(part, Message) for pair in _read_part(part)))


def _read_part(part: Message) -> list[tuple[str, str]]:
    name = part.get_param("name", header="content-disposition")
    content = part.get_payload(decode=True)
    if not isinstance(name, str) or not isinstance(content, bytes):
        raise MalformedRequestError("The form is not valid multipart/form-data.")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedRequestError("The file is not in UTF-8.") from error
    file_name = part.get_filename()
    return [(name, text), (f"{name}.name", file_name)] if file_name is not None else [(name, text)]


def read_request(event: Mapping[str, Any]) -> Request:
    """Build a Request from an API Gateway proxy event (payload format 1.0)."""
    multi_headers = event.get("multiValueHeaders") or {}
    headers = {name.lower(): ", ".join(values) for name, values in multi_headers.items() if values}
    for name, value in (event.get("headers") or {}).items():
        headers.setdefault(name.lower(), value)
    context = event.get("requestContext") or {}
    return Request(
        method=event.get("httpMethod") or context.get("httpMethod", "GET"),
        path=unquote(event.get("path") or "/"),
        headers=headers,
        query=Form(tuple(_query_pairs(event))),
        body=_body(event),
        cookies=_cookies(headers.get("cookie", "")),
        source_ip=_source_ip((context.get("identity") or {}).get("sourceIp") or "", headers.get("x-forwarded-for", "")),
        request_id=context.get("requestId") or "",
    )


def _source_ip(gateways: str, forwarded: str) -> str:
    """The viewer's address, as our own front saw it; without a front, as the gateway did (RL-07).

    CloudFront adds the viewer to X-Forwarded-For and the gateway adds CloudFront, so the viewer is second from the
    right; what a client wrote into the header itself stands further left.
    """
    addresses = [address.strip() for address in forwarded.split(",")]
    return addresses[-2] if addresses[1:] and addresses[-1] == gateways else gateways


def _query_pairs(event: Mapping[str, Any]) -> list[tuple[str, str]]:
    multi = event.get("multiValueQueryStringParameters") or {}
    return [(name, value) for name, values in multi.items() for value in values]


def _body(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise MalformedRequestError("The body is not valid base64.") from error


def _cookies(header: str) -> dict[str, str]:
    if not header:
        return {}
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(header)
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}
