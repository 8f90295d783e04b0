"""Signing keys in this process: the ring read every few minutes, each key parsed or unwrapped once (D4)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from chalicelib.config import settings
from chalicelib.kit.aws import client
from chalicelib.kit.errors import UnavailableError
from chalicelib.oauth.key_ring import KeyState, SigningKey, active_key
from chalicelib.oauth.recent import Recent
from chalicelib.oauth.repository.keys import StoredRing, load_ring

KEYS_KEPT_SECONDS = 300  # how long a withdrawn key may still be believed by a process of ours

_POINT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs with one key: ES256, the two numbers side by side (RFC 7518 §3.4)."""

    kid: str
    sign: Callable[[bytes], bytes]


def _load(_: str) -> StoredRing | None:
    ring = load_ring()
    return ring if ring.keys else None


rings: Recent[str, StoredRing] = Recent(_load, seconds=KEYS_KEPT_SECONDS)


def published_keys() -> tuple[SigningKey, ...]:
    """Raises UnavailableError before the first rotation has made any."""
    return tuple(key for key in _keys() if key.is_published)


def _keys() -> tuple[SigningKey, ...]:
    ring = rings.get("")
    if ring is None:
        raise UnavailableError(log={"cause": "no signing keys: invoke oauth-rotate-keys"})
    return ring.keys


def current_signer() -> Signer:
    key = active_key(_keys())
    if key is None:
        raise UnavailableError(log={"cause": "no active signing key"})
    return Signer(key.kid, _signing(key))


def is_signature(kid: str, message: bytes, signature: bytes) -> bool:
    """Whether a published key of that name made it. The algorithm is ours to say, never the token's (RFC 8725 §3.1)."""
    key = next((key for key in published_keys() if key.kid == kid), None)
    return key is not None and _es256().verify(message, _public_key(key.x, key.y), signature)


def new_signing_key(now: datetime) -> SigningKey:
    """A pending key pair; the private half leaves this function only wrapped by KMS."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    private = ec.generate_private_key(ec.SECP256R1())
    der = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    numbers = private.public_key().public_numbers()
    x, y = _encoded(numbers.x), _encoded(numbers.y)
    kid = _key_name(x, y)
    return SigningKey(
        kid=kid,
        state=str(KeyState.PENDING),
        x=x,
        y=y,
        private_key_encrypted=base64.b64encode(_wrap(der, kid)).decode(),
        changed_at=now.isoformat(),
    )


def _signing(key: SigningKey) -> Callable[[bytes], bytes]:
    return _kms_signing(key.kms_key_id) if key.kms_key_id else _local_signing(key.kid, key.private_key_encrypted)


@cache
def _local_signing(kid: str, private_key_encrypted: str) -> Callable[[bytes], bytes]:
    """The default backend: unwrapped once per process and held in memory; no call to sign."""
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    private: Any = load_der_private_key(_unwrap(base64.b64decode(private_key_encrypted), kid), password=None)
    algorithm, sides = ECDSA(SHA256()), _two_numbers()
    return lambda message: sides(private.sign(message, algorithm))


def _kms_signing(kms_key_id: str) -> Callable[[bytes], bytes]:
    """The other backend: the key never leaves KMS, and each token costs a call."""

    def sign(message: bytes) -> bytes:
        answer = _kms("sign", KeyId=kms_key_id, Message=message, SigningAlgorithm="ECDSA_SHA_256")
        return _two_numbers()(answer["Signature"])

    return sign


@cache
def _two_numbers() -> Callable[[bytes], bytes]:
    """From DER to the two numbers side by side; PyJWT's own way takes as long as half the signature."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    def sides(der: bytes) -> bytes:
        r, s = decode_dss_signature(der)
        return r.to_bytes(_POINT_BYTES, "big") + s.to_bytes(_POINT_BYTES, "big")

    return sides


@cache
def _public_key(x: str, y: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.EllipticCurvePublicNumbers(_number(x), _number(y), ec.SECP256R1()).public_key()


@cache
def _es256() -> Any:
    from jwt.algorithms import get_default_algorithms

    return get_default_algorithms()["ES256"]


def _wrap(der: bytes, kid: str) -> bytes:
    answer = _kms("encrypt", KeyId=settings().kms_key_id, Plaintext=der, EncryptionContext=_wrapping(kid))
    return bytes(answer["CiphertextBlob"])


def _unwrap(wrapped: bytes, kid: str) -> bytes:
    return bytes(_kms("decrypt", CiphertextBlob=wrapped, EncryptionContext=_wrapping(kid))["Plaintext"])


def _wrapping(kid: str) -> dict[str, str]:
    return {"purpose": "access-token", "kid": kid}


def _kms(operation: str, **kwargs: Any) -> dict[str, Any]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer: dict[str, Any] = getattr(client("kms"), operation)(**kwargs)
    except (ClientError, BotoCoreError) as error:
        raise UnavailableError(log={"cause": f"kms {operation}"}) from error
    return answer


def _key_name(x: str, y: str) -> str:
    """The first half of the RFC 7638 thumbprint: unique, and short in every token."""
    canonical = json.dumps({"crv": "P-256", "kty": "EC", "x": x, "y": y}, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).decode()[:16]


def _encoded(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(_POINT_BYTES, "big")).rstrip(b"=").decode()


def _number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "="), "big")
