"""Time-based one-time codes (RFC 6238) and recovery codes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

STEP_SECONDS = 30
DIGITS = 6
RECOVERY_CODES = 10
TICKET_LIFETIME = timedelta(minutes=5)
_SECRET_BYTES = 20  # RFC 4226 §4: 160 bits
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike
_RECOVERY_LENGTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """`secret_encrypted` is sealed, `recovery` keyed hashes; `last_step` is the last code used: none works twice."""

    account_id: str
    secret_encrypted: str
    is_on: bool = False
    last_step: int = 0
    recovery: tuple[str, ...] = ()
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorSetup:
    """What an authenticator app is given, shown while it is set up."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodes:
    """Shown once."""

    codes: tuple[str, ...]


def new_totp_secret() -> str:
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def totp_uri(secret: str, email: str, platform: str) -> str:
    """The address an authenticator app reads, usually as a picture."""
    label = quote(f"{platform}:{email}", safe="")
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(platform, safe='')}"


def totp_code(secret: str, step: int, digits: int = DIGITS) -> str:
    """RFC 4226 §5.3 with the time step as counter.

    >>> totp_code(base64.b32encode(b"12345678901234567890").decode(), 59 // 30, 8)
    '94287082'
    """
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def find_totp_step(secret: str, code: str, now: datetime, after: int = 0) -> int | None:
    """The step whose code this is: the present one or a neighbour, later than `after` (RFC 6238 §5.2)."""
    code = "".join(code.split())
    present = int(now.timestamp()) // STEP_SECONDS
    for step in (present, present - 1, present + 1):
        if step > after and hmac.compare_digest(totp_code(secret, step).encode(), code.encode()):
            return step
    return None


def new_recovery_codes() -> tuple[str, ...]:
    def one() -> str:
        text = "".join(secrets.choice(_LETTERS) for _ in range(_RECOVERY_LENGTH))
        return f"{text[:5]}-{text[5:]}"

    return tuple(one() for _ in range(RECOVERY_CODES))


def tidy_recovery_code(text: str) -> str:
    """As it was shown, however it was typed."""
    letters = "".join(char for char in text.lower() if char.isalnum())
    return f"{letters[:5]}-{letters[5:]}"
