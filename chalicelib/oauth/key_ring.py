"""The life of a signing key: pending (published, not used), active, retiring (published, not used), withdrawn.

A key is published for hours before its first signature and for a day after its last one, so a verifier that keeps the
key set for an hour never meets an unknown key (ADR 0009).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

ACTIVE_FOR = timedelta(days=90)
PENDING_AT_LEAST = timedelta(hours=2)  # verifiers keep the key set for one hour, our own processes for five minutes
RETIRING_FOR = timedelta(days=1)  # an access token lives one hour
WITHDRAWN_KEPT_FOR = timedelta(days=365)  # for whoever asks later which key signed what


class KeyState(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    RETIRING = "retiring"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """`x` and `y` are the public point as in a JWK; the private key is wrapped by KMS, or never leaves it."""

    kid: str
    state: str
    x: str
    y: str
    private_key_encrypted: str = ""
    kms_key_id: str = ""
    changed_at: str

    @property
    def since(self) -> datetime:
        return datetime.fromisoformat(self.changed_at)

    @property
    def is_published(self) -> bool:
        return self.state != KeyState.WITHDRAWN

    def as_jwk(self) -> dict[str, str]:
        """RFC 7517; public members only."""
        return {"kty": "EC", "crv": "P-256", "x": self.x, "y": self.y, "use": "sig", "alg": "ES256", "kid": self.kid}


Keys = tuple[SigningKey, ...]
NewKey = Callable[[], SigningKey]


def active_key(keys: Keys) -> SigningKey | None:
    return next((key for key in keys if key.state == KeyState.ACTIVE), None)


def rotated(keys: Keys, now: datetime, new_key: NewKey) -> Keys:
    """The ring as it should be now; the same tuple when nothing is due. `new_key` makes a pending key."""
    keys = tuple(_aged(key, now) for key in keys if not _is_forgotten(key, now))
    active = active_key(keys)
    if active is not None and now - active.since >= ACTIVE_FOR and _ripe(keys, now) is not None:
        keys = _changed(keys, active.kid, KeyState.RETIRING, now)
    return _completed(keys, now, new_key)


def withdrawn(keys: Keys, kid: str, now: datetime, new_key: NewKey) -> Keys:
    """Emergency: `kid` is refused from now on, and another key signs."""
    return _completed(_changed(keys, kid, KeyState.WITHDRAWN, now), now, new_key)


def _completed(keys: Keys, now: datetime, new_key: NewKey) -> Keys:
    """One active key and one waiting, always: at least two are published."""
    if active_key(keys) is None:
        successor = _ripe(keys, now) or _first_pending(keys)
        if successor is None:
            successor = new_key()
            keys = (*keys, successor)
        keys = _changed(keys, successor.kid, KeyState.ACTIVE, now)
    return keys if _first_pending(keys) else (*keys, new_key())


def _aged(key: SigningKey, now: datetime) -> SigningKey:
    if key.state == KeyState.RETIRING and now - key.since >= RETIRING_FOR:
        return _in_state(key, KeyState.WITHDRAWN, now)
    return key


def _is_forgotten(key: SigningKey, now: datetime) -> bool:
    return key.state == KeyState.WITHDRAWN and now - key.since >= WITHDRAWN_KEPT_FOR


def _first_pending(keys: Keys) -> SigningKey | None:
    return next((key for key in keys if key.state == KeyState.PENDING), None)


def _ripe(keys: Keys, now: datetime) -> SigningKey | None:
    return next((k for k in keys if k.state == KeyState.PENDING and now - k.since >= PENDING_AT_LEAST), None)


def _changed(keys: Keys, kid: str, state: KeyState, now: datetime) -> Keys:
    return tuple(_in_state(key, state, now) if key.kid == kid else key for key in keys)


def _in_state(key: SigningKey, state: KeyState, now: datetime) -> SigningKey:
    gone = {"private_key_encrypted": "", "kms_key_id": ""} if state is KeyState.WITHDRAWN else {}
    return replace(key, state=str(state), changed_at=now.isoformat(), **gone)
