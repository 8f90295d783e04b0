"""The only way out to addresses that strangers name (D19): one request, to a public address, that nothing can bend.

The name is resolved once, every address is judged, and the connection is made to the judged address, so that a second
answer of the resolver cannot lead inside (rebinding). No redirects are followed, no proxies asked, no body is read
beyond a limit, and everything together has a deadline.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

__all__ = ["FetchError", "Fetched", "fetch", "is_public_address"]

_CONNECT_SECONDS = 3.0
_READ_MAX = 64 * 1024
_HEADERS_MAX = 100
_HTTPS, _HTTP = 443, 80
_AGENT = "Anslut-Callback-Test/1"
# Carrier-grade NAT, 6to4, Teredo and NAT64 can hide an inner address: `is_global` alone lets some of them through.
_TUNNELS = tuple(ipaddress.ip_network(net) for net in ("100.64.0.0/10", "2002::/16", "2001::/32", "64:ff9b::/96"))


class FetchError(Exception):
    """Nothing was answered; `reason` is one of a few fixed words and names no inner address."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back. `headers` has every pair in order, names in lower case; `body` may be cut."""

    status: int
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = field(default=b"", repr=False)
    milliseconds: int = 0

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


def is_public_address(text: str) -> bool:
    """Whether a packet to this address leaves for the public internet.

    >>> [is_public_address(one) for one in ("93.184.215.14", "10.0.0.1", "127.0.0.1", "169.254.169.254", "::1")]
    [True, False, False, False, False]
    >>> is_public_address("::ffff:10.0.0.1"), is_public_address("100.64.0.1"), is_public_address("2002:a00:1::1")
    (False, False, False)
    """
    address: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_multicast or not address.is_global:
        return False
    return not any(address.version == net.version and address in net for net in _TUNNELS)


def fetch(
    url: str, headers: Mapping[str, str], *, seconds: float, allow_loopback: bool = False, body: bytes | None = None
) -> Fetched:
    """One GET, or with a body one POST.

    `allow_loopback` is for the embedded stage: http at 127.0.0.1 or [::1], and nothing else inside.

    Raises FetchError: `scheme`, `name`, `address`, `connection`, `certificate`, `timeout`, `answer`.
    """
    deadline = time.monotonic() + seconds
    parts = urlsplit(url)
    host = parts.hostname or ""
    is_loopback = parts.scheme == "http" and host in {"127.0.0.1", "::1"}
    if parts.scheme != "https" and not (is_loopback and allow_loopback):
        raise FetchError("scheme")
    port = parts.port or (_HTTP if is_loopback else _HTTPS)
    address = host if is_loopback else _resolve(host, port)
    started = time.monotonic()
    connection = _Pinned(host, port, address, is_tls=not is_loopback, deadline=deadline)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        method = "GET" if body is None else "POST"
        sent = {"User-Agent": _AGENT, "Accept": "text/html,*/*", **headers}
        connection.request(method, target, body=body, headers=sent)
        connection.left()
        answer = connection.getresponse()
        text = _read(connection, answer)
    except ssl.SSLCertVerificationError as error:
        raise FetchError("certificate") from error
    except TimeoutError as error:
        raise FetchError("timeout") from error
    except (http.client.HTTPException, ValueError) as error:
        raise FetchError("answer") from error
    except OSError as error:
        raise FetchError("connection") from error
    finally:
        connection.close()
    found = [(name.lower(), value) for name, value in answer.getheaders()[:_HEADERS_MAX]]
    return Fetched(answer.status, found, text, round((time.monotonic() - started) * 1000))


def _resolve(host: str, port: int) -> str:
    """The address to connect to; one that is not public among them condemns the name."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchError("name") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(is_public_address(address) for address in addresses):
        raise FetchError("address")
    return addresses[0]


class _Pinned(http.client.HTTPConnection):
    """Connects to a judged address while speaking to a name; each wait is what is left of the deadline."""

    def __init__(self, host: str, port: int, address: str, *, is_tls: bool, deadline: float) -> None:
        super().__init__(host, port, timeout=_CONNECT_SECONDS)
        self.address = address
        self.is_tls = is_tls
        self.deadline = deadline
        self.default_port = _HTTPS if is_tls else _HTTP  # so that Host has no :443

    def connect(self) -> None:
        seconds = min(_CONNECT_SECONDS, max(self.deadline - time.monotonic(), 0.01))
        plain = socket.create_connection((self.address, self.port), seconds)
        self.sock = plain
        if self.is_tls:
            self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)
        self.left()

    def left(self) -> None:
        """Raises TimeoutError when the deadline has passed."""
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        if self.sock is not None:
            self.sock.settimeout(seconds)


def _read(connection: _Pinned, answer: http.client.HTTPResponse) -> bytes:
    """At most the limit; a body that drips is cut by the deadline."""
    parts: list[bytes] = []
    size = 0
    while size < _READ_MAX:
        connection.left()
        part = answer.read1(min(8_192, _READ_MAX - size))
        if not part:
            break
        parts.append(part)
        size += len(part)
    return b"".join(parts)
