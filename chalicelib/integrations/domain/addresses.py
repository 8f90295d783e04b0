"""Addresses a developer writes down: which redirect URIs, web pages and e-mail addresses are accepted, and why not.

Redirect URIs are compared as exact strings later (RFC 9700 §2.1), so nothing is normalised here: accepted or refused.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from chalicelib.kit.i18n import mark

__all__ = ["MAX_ADDRESS", "callback_fault", "email_fault", "web_fault"]

MAX_ADDRESS = 2_048  # what browsers and proxies are sure to carry
MAX_EMAIL = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets
_LOOPBACK = frozenset({"127.0.0.1", "[::1]"})  # RFC 8252 §7.3; `localhost` is not recommended (§8.3)
_URI = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")  # RFC 3986 §2
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(
    r"(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)
_LOCAL_PART = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
# RFC 8252 §7.1: a domain of the developer's, backwards, and one slash: there is no host.
_PRIVATE_USE = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9][a-z0-9+-]*)+:/([^/#*][^#*]*)?")
_HTTPS_PORT, _FIRST_FREE_PORT = 443, 1024  # ports of other services are none for a web page; browsers block them


def callback_fault(uri: str, *, is_public: bool = False) -> str | None:
    """Why `uri` cannot be a redirect URI, or None. Programs on people's devices may use a scheme of their own.

    >>> callback_fault("https://app.example/callback?tenant=1"), callback_fault("http://127.0.0.1:8080/cb")
    (None, None)
    >>> callback_fault("http://app.example/callback")
    'Use https, or http only with 127.0.0.1 or [::1].'
    >>> callback_fault("com.example.app:/cb", is_public=True), callback_fault("com.example.app:/cb")
    (None, 'Begin with https://.')
    """
    fault = _form_fault(uri)
    if fault:
        return fault
    parts = urlsplit(uri)
    if is_public and _PRIVATE_USE.fullmatch(uri):
        return None
    if "#" in uri:
        return mark("Remove the fragment (#): it never reaches a server.")  # RFC 6749 §3.1.2
    if "*" in uri:
        return mark("Wildcards are not allowed: register each address in full.")  # RFC 9700 §4.1.3
    if parts.scheme == "http":
        is_loopback = _host(parts) in _LOOPBACK
        return None if is_loopback else mark("Use https, or http only with 127.0.0.1 or [::1].")
    return _https_fault(parts)


def web_fault(url: str) -> str | None:
    """Why `url` cannot be a page we send people to, or None: https at a public host name.

    >>> web_fault("https://example.com/terms"), web_fault("javascript:alert(1)")
    (None, 'Begin with https://.')
    """
    return _form_fault(url) or _https_fault(urlsplit(url))


def email_fault(address: str) -> str | None:
    """Why `address` cannot be a contact, or None: a plain address, without name, quotes or comment.

    >>> email_fault("support@example.com"), email_fault("Support <support@example.com>")
    (None, 'Write a plain e-mail address, such as support@example.com.')
    """
    local, _, host = address.rpartition("@")
    if len(address) <= MAX_EMAIL and _LOCAL_PART.fullmatch(local) and _HOST.fullmatch(host):
        return None
    return mark("Write a plain e-mail address, such as support@example.com.")


def _form_fault(uri: str) -> str | None:
    """What is wrong with the address as a string, before it is taken apart."""
    if len(uri) > MAX_ADDRESS:
        return mark("Use at most 2,048 characters.")
    if not _URI.fullmatch(uri) or _BROKEN_ESCAPE.search(uri):
        return mark("Write a full address in ASCII: percent-encode other characters, use punycode in host names.")
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return mark("The host or port of this address cannot be read.")
    if "@" in parts.netloc:
        return mark("Remove the user name or password before the host.")
    return None


def _https_fault(parts: SplitResult) -> str | None:
    if parts.scheme != "https" or not parts.netloc:
        return mark("Begin with https://.")
    if not _HOST.fullmatch(_host(parts)):
        return mark("Use a host name such as app.example.com, not an IP address or a local name.")
    if parts.port is not None and parts.port != _HTTPS_PORT and parts.port < _FIRST_FREE_PORT:
        return mark("Use port 443 or one from 1024 up.")
    return None


def _host(parts: SplitResult) -> str:
    """The host exactly as written, with the brackets of an IPv6 address and without the port."""
    return re.sub(r":\d*$", "", parts.netloc)
