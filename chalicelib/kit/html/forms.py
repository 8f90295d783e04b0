"""Anti-forgery tokens of forms, one-time messages across a redirect, and return paths that stay on this site."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets

from chalicelib.kit.html.view import Flash

__all__ = ["is_form_token", "local_path", "new_form_token", "open_flash", "seal_flash"]

_NONCE_BYTES = 16
_MAC_BYTES = 32
_TOKEN_LENGTH = 64  # 48 bytes in base64url without padding
_LONGEST_FLASH = 1_500  # bytes sealed; a cookie holds 4 KB
_LOCAL_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*")


def new_form_token(session_secret: bytes, purpose: str) -> str:
    """A token for one session and purpose (`portal`, `consent:<transaction>`); a fresh nonce defeats BREACH."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + _mac(session_secret, "form", purpose, nonce)).decode()


def is_form_token(token: str, session_secret: bytes, purpose: str) -> bool:
    if len(token) != _TOKEN_LENGTH or not token.isascii():
        return False
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except binascii.Error:
        return False
    nonce, mac = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
    # ASVS 3.5.1: bound to the session and the purpose, compared in constant time.
    return hmac.compare_digest(mac, _mac(session_secret, "form", purpose, nonce))


def seal_flash(flash: Flash, secret: bytes) -> str:
    """The flash as a cookie value only we can make; a text too long for a cookie is cut."""
    body = json.dumps([flash.tone, flash.text[: _LONGEST_FLASH // 4]], ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(_mac(secret, "flash", "", body) + body).decode().rstrip("=")


def open_flash(value: str | None, secret: bytes) -> tuple[Flash, ...]:
    """What `seal_flash` sealed, or nothing when the value is missing or not ours."""
    if not value or len(value) > 2 * _LONGEST_FLASH or not value.isascii():
        return ()
    try:
        raw = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return ()
    mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(secret, "flash", "", body)):
        return ()
    tone, text = json.loads(body)
    return (Flash(text=text, tone=tone),)


def local_path(value: str | None, default: str = "/") -> str:
    """`value` if it is a plain path on this site, else `default`: no `//host`, no scheme, no backslash, no control."""
    return value if value and _LOCAL_PATH.fullmatch(value) else default


def _mac(secret: bytes, kind: str, purpose: str, body: bytes) -> bytes:
    # Length first, so that no two (purpose, body) pairs run into the same bytes.
    head = f"{kind}:{len(purpose)}:{purpose}:".encode()
    return hmac.digest(secret, head + body, hashlib.sha256)
