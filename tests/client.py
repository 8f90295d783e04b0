"""A browser and an API client for route tests: they speak API Gateway events to the app, cookies and redirects included."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

_request_numbers = itertools.count(1)  # as API Gateway does: an id for each request
TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    cookies: list[str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def form_token(self) -> str:
        found = TOKEN.search(self.text)
        assert found, "the page has no form"
        return found.group(1)


@dataclass
class Client:
    """`client.post("/integrations", json={...})`; cookies are kept, so one client is one browser."""

    app: Any
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def request(self, method: str, url: str, *, json: Any = None, form: Any = None, body: str | None = None,
                headers: dict[str, str] | None = None) -> Answer:  # fmt: skip
        parts = urlsplit(url)
        sent = {"Host": "portal.test", "Accept": "*/*", **self.headers, **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if json is not None:
            body, sent["Content-Type"] = _dumps(json), "application/json"
        if form is not None:
            body, sent["Content-Type"] = urlencode(form, doseq=True), "application/x-www-form-urlencoded"
        event = _event(method, parts.path, parts.query, sent, body)
        raw = self.app(event, None)
        return self._read(raw)

    def get(self, url: str, **kwargs: Any) -> Answer:
        return self.request("GET", url, **kwargs)

    def post(self, url: str, **kwargs: Any) -> Answer:
        return self.request("POST", url, **kwargs)

    def submit(self, page: str, action: str | None = None, **fields: Any) -> Answer:
        """Open a page, take its form token, post the fields as a browser would."""
        token = self.get(page, headers={"Accept": "text/html"}).form_token
        return self.post(action or page, form={"form_token": token, **fields}, headers={"Accept": "text/html"})

    def _read(self, raw: dict[str, Any]) -> Answer:
        multi = {name.lower(): values for name, values in (raw.get("multiValueHeaders") or {}).items()}
        headers = {name.lower(): str(value) for name, value in (raw.get("headers") or {}).items()}
        headers |= {name: ", ".join(values) for name, values in multi.items()}
        cookies = multi.get("set-cookie") or [headers[name] for name in ("set-cookie",) if name in headers]
        for cookie in cookies:
            name, _, rest = cookie.partition("=")
            value = rest.partition(";")[0]
            if "Max-Age=0" in cookie:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return Answer(raw["statusCode"], headers, cookies, raw.get("body") or "")


def _dumps(value: Any) -> str:
    return json.dumps(value)


def _event(method: str, path: str, query: str, headers: dict[str, str], body: str | None) -> dict[str, Any]:
    multi: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        multi.setdefault(name, []).append(value)
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in multi.items()} or None,
        "multiValueQueryStringParameters": multi or None,
        "pathParameters": {"proxy": path.strip("/")},
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/{proxy+}", "httpMethod": method, "path": path, "stage": "api",
            "requestId": f"req_test_{next(_request_numbers)}", "identity": {"sourceIp": "192.0.2.1"},
        },
        "body": body,
        "isBase64Encoded": False,
    }  # fmt: skip
