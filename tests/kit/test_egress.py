"""The way out: only to public addresses, to the address that was judged, within limits (D19)."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chalicelib.kit import egress
from chalicelib.kit.egress import FetchError, fetch, is_public_address

INSIDE = [
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "127.9.9.9", "0.0.0.0", "169.254.169.254", "100.64.0.1",
    "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254",
    "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "2001:0:a00:1::", "fe80::1%eth0",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_inside_is_not_public(address):
    assert not is_public_address(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:4700:4700::1111"])
def test_what_is_outside_is(address):
    assert is_public_address(address)


def resolving(monkeypatch, *addresses):
    def answer(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(egress.socket, "getaddrinfo", answer)


@pytest.mark.parametrize(
    "url", ["http://a.example/", "ftp://a.example/", "file:///etc/passwd", "//a.example", "gopher://x"]
)
def test_only_https(url):
    with pytest.raises(FetchError, match="scheme"):
        fetch(url, {}, seconds=1)


def test_loopback_is_for_the_embedded_stage_alone():
    with pytest.raises(FetchError, match="scheme"):
        fetch("http://127.0.0.1:1/", {}, seconds=1)
    with pytest.raises(FetchError, match="scheme"):
        fetch("http://localhost:1/", {}, seconds=1, allow_loopback=True)
    with pytest.raises(FetchError, match="scheme"):
        fetch("http://10.0.0.1:1/", {}, seconds=1, allow_loopback=True)


@pytest.mark.parametrize("address", INSIDE[:8])
def test_a_name_that_leads_inside_is_refused(monkeypatch, address):
    resolving(monkeypatch, address)
    with pytest.raises(FetchError, match="address"):
        fetch("https://a.example/", {}, seconds=1)


def test_one_inner_address_condemns_the_name(monkeypatch):
    resolving(monkeypatch, "93.184.215.14", "10.0.0.1")
    with pytest.raises(FetchError, match="address"):
        fetch("https://a.example/", {}, seconds=1)


def test_an_unknown_name(monkeypatch):
    def fail(*_: Any, **__: Any) -> None:
        raise socket.gaierror

    monkeypatch.setattr(egress.socket, "getaddrinfo", fail)
    with pytest.raises(FetchError, match="name"):
        fetch("https://a.example/", {}, seconds=1)


def test_the_connection_is_made_to_the_address_that_was_judged(monkeypatch):
    """Rebinding: a second look-up would lead inside; there is none."""
    resolving(monkeypatch, "93.184.215.14")
    reached = []

    def connect(address: Any, *_: Any) -> None:
        reached.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(egress.socket, "create_connection", connect)
    with pytest.raises(FetchError, match="connection"):
        fetch("https://a.example:8443/", {}, seconds=1)
    assert reached == [("93.184.215.14", 8443)]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/slow":
            time.sleep(3)
        if self.path == "/junk":
            self.wfile.write(b"\x00\x01nonsense\r\n\r\n")
            return
        self.send_response(302 if self.path.startswith("/away") else 200)
        self.send_header("Location", "http://169.254.169.254/")
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.end_headers()
        self.wfile.write(b"x" * (1_000_000 if self.path == "/large" else 10))

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[str]:
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_address[1]}"
    running.shutdown()
    running.server_close()


def get(url: str, seconds: float = 5) -> Any:
    return fetch(url, {"Cookie": "a=1"}, seconds=seconds, allow_loopback=True)


def test_redirects_are_told_and_not_followed(server):
    found = get(f"{server}/away")
    assert (found.status, found.header("location"), found.all("set-cookie")) == (
        302,
        "http://169.254.169.254/",
        ["a=1", "b=2"],
    )


def test_no_more_than_the_limit_is_read(server):
    assert len(get(f"{server}/large").body) == 64 * 1024


def test_a_slow_answer_meets_the_deadline(server):
    with pytest.raises(FetchError, match="timeout"):
        get(f"{server}/slow", 0.3)


def test_what_is_no_answer(server):
    with pytest.raises(FetchError, match="answer"):
        get(f"{server}/junk")


def test_nobody_there():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(FetchError, match="connection"):
        get(f"http://127.0.0.1:{port}/")
