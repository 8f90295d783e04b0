"""The front of the embedded stage: one origin for a browser, as CloudFront gives it (`infra/template/front.py`)."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.embedded import mailbox
from infra.target import EMBEDDED_ACCOUNT, EMBEDDED_REGION, EMBEDDED_SECRET

STAGE = "api"
BODY_LIMIT = 10_000_000  # API Gateway's own
CONCURRENT_REQUESTS = 8  # each one is a Lambda process on this machine
UPSTREAM_SECONDS = 35
FAULT_HEADER = "anslut-fault"
FUNCTION_FAILED = (502, 504)  # the application answers these only as a fault of a sandbox, which says so
NOT_FOUND = 404
# Between two neighbours only, or forgeable from outside: CloudFront replaces them too.
HOP_HEADERS = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
FORGEABLE = ("x-forwarded-", "forwarded", "x-amzn-", "cloudfront-")
EMULATOR_HEADERS = ("access-control-", "x-amz", "server", "date", "apigw-requestid")
READ_METHODS = ("GET", "HEAD")
Headers = list[tuple[str, str]]


@dataclass(slots=True)
class Upstream:
    """Where the parts of the stage are now; a redeploy may give the API another id."""

    host: str
    port: int
    api_id: str = ""
    buckets: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Headers
    body: bytes


def problem(status: int, title: str, detail: str) -> Answer:
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail}).encode()
    headers = [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")]
    return Answer(status, [*headers, *([("Retry-After", "2")] if status in (502, 503) else [])], body)


class Front(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, upstream: Upstream, tell: Callable[[str], None]) -> None:
        self.upstream = upstream
        self.tell = tell
        self.slots = threading.BoundedSemaphore(CONCURRENT_REQUESTS)
        self.local = threading.local()
        super().__init__(("127.0.0.1", port), Handler)

    def ask(self, method: str, path: str, headers: Headers, body: bytes) -> Answer:
        """One request to the embedded AWS over this thread's kept connection."""
        for fresh in (False, True):
            connection = self._connection(fresh=fresh)
            try:
                connection.putrequest(method, path, skip_accept_encoding=True)
                for name, value in headers:
                    connection.putheader(name, value)
                connection.putheader("Content-Length", str(len(body)))
                connection.endheaders(body)
                return _read(connection)
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                # The kept connection had been closed meanwhile; nothing was answered. Only then, and only once.
                if fresh or method not in READ_METHODS:
                    return problem(503, "Temporarily unavailable", "The embedded AWS closed the connection.")
            except (OSError, http.client.HTTPException):
                self.local.connection = None
                return problem(503, "Temporarily unavailable", "The embedded AWS does not answer.")
        raise AssertionError("unreachable")

    def _connection(self, *, fresh: bool) -> http.client.HTTPConnection:
        kept: http.client.HTTPConnection | None = getattr(self.local, "connection", None)
        if kept is None or fresh:
            kept = http.client.HTTPConnection(self.upstream.host, self.upstream.port, timeout=UPSTREAM_SECONDS)
            self.local.connection = kept
        return kept


def _read(connection: http.client.HTTPConnection) -> Answer:
    response = connection.getresponse()
    body = response.read()
    return Answer(response.status, list(response.getheaders()), body)


class Handler(BaseHTTPRequestHandler):
    server: Front
    protocol_version = "HTTP/1.1"
    server_version = "anslut-front"
    sys_version = ""
    timeout = 75

    def handle_any(self) -> None:
        body = self._body()
        if body is None:
            return
        path = urlsplit(self.path).path
        if path.startswith(("/static/", "/images/")):
            self._send(self._from_bucket(path))
        elif path == "/dev/mail" or path.startswith("/dev/mail."):
            self._send(self._mail(path))
        else:
            with self.server.slots:
                answer = self._from_api(body)
            self._send(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_any  # noqa: N815 - http.server's names

    def _body(self) -> bytes | None:
        """None after an answer that refuses it."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks()
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit():
            self._refuse(problem(400, "Bad request", "Content-Length is not a number."))
            return None
        if int(length) > BODY_LIMIT:
            self._refuse(problem(413, "Request too large", "Send a smaller body."))
            return None
        return self.rfile.read(int(length)) if int(length) else b""

    def _chunks(self) -> bytes | None:
        """A body without a length, as RFC 9112 §7.1 spells it; CloudFront takes such bodies too."""
        body = b""
        while True:
            try:
                length = int(self.rfile.readline(100).partition(b";")[0], 16)
            except ValueError:
                self._refuse(problem(400, "Bad request", "The body is not chunked as it says."))
                return None
            if length < 0 or len(body) + length > BODY_LIMIT:
                self._refuse(problem(413, "Request too large", "Send a smaller body."))
                return None
            if not length:
                while self.rfile.readline(1_000).strip():
                    pass  # trailers
                return body
            body += self.rfile.read(length)
            self.rfile.readline(10)

    def _refuse(self, answer: Answer) -> None:
        self.close_connection = True
        self._send(answer)

    def _from_api(self, body: bytes) -> Answer:
        upstream = self.server.upstream
        path = f"/restapis/{upstream.api_id}/{STAGE}/_user_request_{self.path}"
        # As in AWS: CloudFront adds the viewer, API Gateway adds CloudFront; the viewer is second from the right.
        forwarded = f"{self.client_address[0]}, 127.0.0.1"
        headers = [*_kept(self.headers.items()), ("X-Forwarded-For", forwarded), ("X-Forwarded-Proto", "http")]
        answer = self.server.ask(self.command, path, headers, body)
        is_fault = any(name.lower() == FAULT_HEADER for name, _ in answer.headers)
        if (
            answer.status in FUNCTION_FAILED and not is_fault
        ):  # in AWS the API's DEFAULT_5XX answer hides the cause as well
            self.server.tell(f"{self.command} {self.path}: {answer.body.decode(errors='replace')}")
            return problem(503, "Temporarily unavailable", "Repeat the same request; that is safe.")
        return Answer(answer.status, _restored(answer.headers), answer.body)

    def _from_bucket(self, path: str) -> Answer:
        if self.command not in READ_METHODS:
            return problem(405, "Method not allowed", "Files here can only be read.")
        kind = path.split("/")[1]
        headers = [(name, value) for name, value in self.headers.items() if name.lower() == "if-none-match"]
        path = f"/{self.server.upstream.buckets[kind]}{path}"
        answer = self.server.ask(self.command, path, [*headers, *self._signature(path)], b"")
        if answer.status >= NOT_FOUND:
            return problem(404, "Not found", "There is nothing at this address.")
        policy = "default-src 'none'; sandbox" if kind == "images" else "default-src 'none'"
        extra = [("X-Content-Type-Options", "nosniff"), ("Content-Security-Policy", policy)]
        return Answer(answer.status, [*_restored(answer.headers), *extra], answer.body)

    def _signature(self, path: str) -> Headers:
        """The buckets are closed: CloudFront's origin access control signs its reads, and so does this front."""
        upstream = self.server.upstream
        request = AWSRequest(self.command, f"http://{upstream.host}:{upstream.port}{path}")
        S3SigV4Auth(Credentials(EMBEDDED_ACCOUNT, EMBEDDED_SECRET), "s3", EMBEDDED_REGION).add_auth(request)
        return list(request.headers.items())

    def _mail(self, path: str) -> Answer:
        answer = self.server.ask("GET", "/_ministack/ses/messages", [], b"")
        to = parse_qs(urlsplit(self.path).query).get("to", [""])[0]
        kind, text = mailbox.show(answer.body, path, to)
        return Answer(200, [("Content-Type", kind), ("Cache-Control", "no-store")], text.encode())

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            if name.lower() not in HOP_HEADERS:
                self.send_header(name, value)
        if answer.status not in (204, 304):
            length = _declared_length(answer.headers) if self.command == "HEAD" else str(len(answer.body))
            self.send_header("Content-Length", length)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD" and answer.status not in (204, 304):
            self.wfile.write(answer.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What http.server refuses by itself (unknown methods, broken request lines), as a problem."""
        self.command = self.command or "GET"
        self._refuse(problem(code, message or "Bad request", explain or "The request could not be read."))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Silent: the functions log their requests."""


def _declared_length(headers: Headers) -> str:
    return next((value for name, value in headers if name.lower() == "content-length"), "0")


def _kept(headers: Iterable[tuple[str, str]]) -> Headers:
    return [(k, v) for k, v in headers if k.lower() not in HOP_HEADERS and not k.lower().startswith(FORGEABLE)]


def _restored(headers: Headers) -> Headers:
    """API Gateway renames WWW-Authenticate; OAuth clients look for the real one (RFC 6750 section 3)."""
    restored = []
    for name, value in headers:
        if name.lower() == "x-amzn-remapped-www-authenticate":
            restored.append(("WWW-Authenticate", value))
        elif not name.lower().startswith(EMULATOR_HEADERS):
            restored.append((name, value))
    return restored
