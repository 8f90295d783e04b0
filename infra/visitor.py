"""A person at a running portal: signs up, reads mail, signs in, calls the API and fills in forms, all over HTTP."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

TIMEOUT = 35
PATIENCE = 40.0  # seconds to wait for something that happens by itself
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
_ACTION = re.compile(r'<form[^>]*action="([^"]+)"[^>]*method="post"|<form[^>]*method="post"[^>]*action="([^"]+)"')
_CODE = re.compile(r"/verify\?code=([A-Za-z0-9_.~-]+)")


class VisitorError(RuntimeError):
    """The portal answered otherwise than a visitor may expect; the message quotes it."""


def wait_for(look: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Look again and again until there is something. Raises VisitorError naming `what` when time runs out."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.3)
    raise VisitorError(f"waited {seconds:.0f} s in vain for {what}")


class Visitor:
    def __init__(self, url: str, email: str, password: str) -> None:
        self.url = url
        self.email = email
        self.password = password
        self.browser = requests.Session()
        self.browser.headers["Accept-Language"] = "en"

    def call(self, method: str, path: str, *, expect: int | None = None, **kwargs: Any) -> Any:
        """Call the JSON API; answers the decoded body. Raises VisitorError when the status is not as expected."""
        answer = self.browser.request(method, self.url + path, timeout=TIMEOUT, **kwargs)
        if (expect is None and not answer.ok) or (expect is not None and answer.status_code != expect):
            raise VisitorError(f"{method} {path} answered {answer.status_code}: {answer.text[:500]}")
        return answer.json() if answer.content else None

    def page(self, path: str) -> requests.Response:
        return self.browser.get(self.url + path, headers={"Accept": "text/html"}, timeout=TIMEOUT)

    def token(self, path: str) -> str:
        """The form token of a page, for forms that `submit` cannot fill in."""
        return unescape(_TOKEN.findall(self.page(path).text)[-1])

    def submit(self, page: requests.Response, **fields: str) -> requests.Response:
        """Fill in a page's last form and send it, as a browser without scripts would; redirects stay unfollowed."""
        action = next(a or b for a, b in reversed(_ACTION.findall(page.text)))
        token = _TOKEN.findall(page.text)[-1]
        form = {"form_token": unescape(token), **fields}
        address = unescape(action) if action.startswith("http") else self.url + unescape(action)
        return self.browser.post(address, data=form, allow_redirects=False, timeout=TIMEOUT)

    def sign_up(self, name: str, company: str = "", organization_number: str = "") -> None:
        """From nothing to a verified account: the code is read from the mailbox of the embedded stage."""
        body = {"email": self.email, "name": name, "password": self.password, "lang": "en"}
        details = {"company_name": company, "organization_number": organization_number}
        self.call("POST", "/accounts", json=body | {key: value for key, value in details.items() if value})
        code = wait_for(self._mailed_code, f"the verification mail of {self.email}")
        self.call("POST", "/accounts/verifications", json={"code": code})

    def sign_in(self) -> dict[str, Any]:
        session: dict[str, Any] = self.call("POST", "/sessions", json={"email": self.email, "password": self.password})
        return session

    def mails(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "/dev/mail.json", params={"to": self.email})["mails"]
        return found

    def _mailed_code(self) -> str | None:
        codes = [_CODE.search(mail["text"]) for mail in self.mails()]
        return next((code[1] for code in codes if code), None)

    def approve(self, authorization_url: str, decision: str = "approved") -> dict[str, str]:
        """Open an authorization request, read the consent page, press a button; answers what the redirect says."""
        page = self.browser.get(authorization_url, allow_redirects=False, timeout=TIMEOUT)
        if page.status_code != 200:  # noqa: PLR2004 - anything else is no consent page
            return _answer(page)
        tenant = re.search(r'name="tenant_id" value="([^"]+)"', page.text)
        fields = {"tenant_id": tenant[1]} if tenant else {}
        return _answer(self.submit(page, decision=decision, **fields))


def _answer(response: requests.Response) -> dict[str, str]:
    location = response.headers.get("Location", "")
    if not location:
        raise VisitorError(f"no redirect but {response.status_code}: {response.text[:500]}")
    found = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
    return {**found, "location": location}
