"""The program of an integration, as its developer would run it on a laptop: http on a loopback port."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636, appendix B


class Program:
    """Sends people to the authorization endpoint when they arrive, and keeps the answers they come back with."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.origin = f"http://127.0.0.1:{server.server_port}"
        self.elsewhere = f"http://localhost:{server.server_port}"  # the same program, but another site to a browser
        self.uri = f"{self.origin}/callback"
        self.authorization = ""
        self.answers: list[dict[str, str]] = []
        self.pages: dict[str, str] = {}

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Program]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        program = server.program = cls(server)  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield program
        server.shutdown()
        server.server_close()
        thread.join()

    def asks_at(self, portal: str, integration: dict[str, Any], **changes: str) -> str:
        """The address of its authorization request; people who arrive here are sent there from now on."""
        request = {
            "client_id": integration["client_id"],
            "response_type": "code",
            "scope": " ".join(sorted(integration["scopes"])),
            "redirect_uri": self.uri,
            "state": "where we were",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        self.authorization = f"{portal}/oauth-v1/auth?{urlencode(request | changes)}"
        return self.authorization


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        program: Program = self.server.program  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        if parts.path in program.pages:
            self._page(program.pages[parts.path])
        elif parts.path == "/start":
            self._page("<!doctype html><title>Start</title><h1>Start page</h1>")
        elif parts.path != "/callback":
            self.send_response(204)
            self.end_headers()
        elif "code" in query or "error" in query:
            program.answers.append(query)
            self._page("<!doctype html><title>Back</title><h1>Back in the program</h1>")
        else:
            self.send_response(303)
            self.send_header("Location", program.authorization)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _page(self, text: str) -> None:
        body = text.replace("<title>", '<link rel="icon" href="data:,"><title>', 1).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""
