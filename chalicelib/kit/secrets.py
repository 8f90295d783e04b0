"""Secrets: minted with a checksum inside, stored as keyed hashes, sealed under purpose-bound keys of one key ring."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import zlib
from functools import cache
from typing import Any

from chalicelib.config import settings
from chalicelib.kit.aws import client
from chalicelib.kit.errors import UnavailableError

__all__ = [
    "derive_key", "fetch_secret", "has_checksum", "hash_secret", "is_secret", "mac", "mint", "seal", "unseal",
]  # fmt: skip

ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
CHECKSUM_LENGTH = 6  # CRC32 needs six base62 characters
_NONCE_BYTES = 12


def mint(length: int) -> str:
    """A random alphanumeric secret whose last six characters are its checksum, so that a leak scanner can be sure."""
    body = "".join(secrets.choice(ALPHANUMERIC) for _ in range(length - CHECKSUM_LENGTH))
    return body + checksum(body)


def checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    letters = []
    for _ in range(CHECKSUM_LENGTH):
        number, rest = divmod(number, len(ALPHANUMERIC))
        letters.append(ALPHANUMERIC[rest])
    return "".join(letters)


def has_checksum(value: str) -> bool:
    """Whether the last six characters are the checksum of those before.

    >>> has_checksum("hello" + checksum("hello")), has_checksum("hello000000")
    (True, False)
    """
    return hmac.compare_digest(value[-CHECKSUM_LENGTH:].encode(), checksum(value[:-CHECKSUM_LENGTH]).encode())


def fetch_secret(secret_id: str) -> str:
    """The text of a secret that is kept for us. Raises UnavailableError."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        found: str = client("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"]
    except (ClientError, BotoCoreError) as error:
        raise UnavailableError(log={"cause": "a secret cannot be fetched"}) from error
    return found


@cache
def _key_ring() -> dict[str, bytes]:
    """The root keys, oldest first; fetched once per process. A table dump without them verifies nothing (D5)."""
    ring = json.loads(fetch_secret(settings().secret_id))
    return {name: ring[name].encode() for name in sorted(ring, key=lambda name: int(name[1:]))}


def current_key_name() -> str:
    return list(_key_ring())[-1]


def key_names() -> list[str]:
    return list(reversed(_key_ring()))


@cache
def derive_key(purpose: str, key_name: str = "") -> bytes:
    """32 bytes for one purpose (HKDF-Expand, RFC 5869, with SHA-256): one key per purpose, never shared."""
    ring = _key_ring()
    root = ring[key_name or current_key_name()]
    return hmac.digest(root, purpose.encode() + b"\x01", hashlib.sha256)


def mac(message: bytes, purpose: str, key_name: str = "") -> bytes:
    """HMAC-SHA256 under the purpose's key; a process takes the key in once, which is half the work of a short one."""
    begun = _begun(purpose, key_name).copy()
    begun.update(message)
    return begun.digest()


@cache
def _begun(purpose: str, key_name: str) -> hmac.HMAC:
    return hmac.new(derive_key(purpose, key_name), digestmod=hashlib.sha256)


def hash_secret(secret: str, purpose: str, key_name: str = "") -> str:
    """`k1:<hex>`: `mac`, naming the root key it was made with."""
    name = key_name or current_key_name()
    return f"{name}:{mac(secret.encode(), purpose, name).hex()}"


def is_secret(secret: str, stored: str, purpose: str) -> bool:
    """Constant-time comparison of a presented secret with a stored hash."""
    name = stored.partition(":")[0]
    if name not in _key_ring():
        return False
    return hmac.compare_digest(hash_secret(secret, purpose, name).encode(), stored.encode())


def seal(value: Any, purpose: str, bound_to: str = "") -> str:
    """Encrypt a JSON value (AES-256-GCM); `bound_to` must be the same when it is opened."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    name = current_key_name()
    nonce = secrets.token_bytes(_NONCE_BYTES)
    plain = json.dumps(value, separators=(",", ":")).encode()
    sealed = AESGCM(derive_key(purpose, name)).encrypt(nonce, plain, bound_to.encode())
    return f"{name}." + base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")


def unseal(text: str, purpose: str, bound_to: str = "") -> Any:
    """Open what `seal` made. Raises ValueError for anything else, whatever is wrong with it."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    name, _, payload = text.partition(".")
    if name not in _key_ring():
        raise ValueError("unknown key")
    try:
        raw = base64.b64decode(payload + "=" * (-len(payload) % 4), altchars=b"-_", validate=True)
        plain = AESGCM(derive_key(purpose, name)).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to.encode())
    except (InvalidTag, ValueError) as error:
        raise ValueError("not sealed here") from error
    return json.loads(plain)
