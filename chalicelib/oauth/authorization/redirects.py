"""Redirect URIs: which registered one a request names, and how an answer is appended to it byte for byte."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode, urlsplit

_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::([1-9][0-9]{0,4}))?((?:[/?].*)?)")
_LAST_PORT = 65_535


def find_redirect_uri(registered: Sequence[str], sent: str) -> str | None:
    """Where the answer goes, or None when the request must not be redirected at all.

    >>> find_redirect_uri(["https://a.example/cb"], "https://a.example/cb/") is None
    True
    >>> find_redirect_uri(["http://127.0.0.1/cb"], "http://127.0.0.1:51004/cb")
    'http://127.0.0.1:51004/cb'
    """
    if not sent:
        # contract.md: may be omitted when exactly one is registered.
        return registered[0] if len(registered) == 1 else None
    # RFC 9700 §2.1: exact string matching, nothing is normalised.
    if sent in registered:
        return sent
    # RFC 8252 §7.3: a native client learns its port when it starts; loopback IP literals only, never `localhost`.
    anyport = _without_port(sent)
    if anyport is not None and any(_without_port(uri) == anyport for uri in registered):
        return sent
    return None


def with_answer(redirect_uri: str, answer: Mapping[str, str]) -> str:
    """The registered text with parameters appended; its own query stays as it is (RFC 6749 §3.1.2).

    Spaces become %20, which every decoder understands.

    >>> with_answer("https://a.example/cb?tenant=1", {"code": "x y"})
    'https://a.example/cb?tenant=1&code=x%20y'
    """
    joint = "" if redirect_uri.endswith(("?", "&")) else "&" if "?" in redirect_uri else "?"
    return redirect_uri + joint + urlencode(answer, quote_via=quote, safe="")


def csp_source(redirect_uri: str) -> str:
    """The redirect URI's origin as a CSP source, so that Chromium lets the form's answer lead there.

    >>> csp_source("http://127.0.0.1:51004/cb"), csp_source("com.example.app:/cb")
    ('http://127.0.0.1:51004', 'com.example.app:')
    """
    parts = urlsplit(redirect_uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


def host_of(uri: str) -> str:
    """What a person is shown of an address."""
    return urlsplit(uri).netloc or uri


def _without_port(uri: str) -> str | None:
    found = _LOOPBACK.fullmatch(uri)
    if found is None or int(found[2] or 1) > _LAST_PORT:
        return None
    return found[1] + found[3]
