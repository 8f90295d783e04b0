"""Refresh tokens: type, family, generation, MAC and checksum in forty characters, none of it stored (D1, ADR 0009).

A token proves itself without a read, and its successor is a function of it: a lost answer can be given again.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime

from chalicelib.kit.secrets import key_names, mac

TYPE = "ar"
LENGTH = 40
MAX_GEN = 2**22 - 1  # one refresh every eight seconds for a year

_PURPOSE = "refresh-token"
# 28 bytes are 38 letters of base64url; the last one carries two bits, so four letters are all that may stand there.
_FORM = re.compile(TYPE + r"[A-Za-z0-9_-]{37}[AQgw]")
_HEAD_BYTES, _MAC_BYTES = 5 + 3, 16  # the family's id and the generation; 128 bits that only we can make
_BODY_BYTES = _HEAD_BYTES + _MAC_BYTES
_RANDOM_BITS = 28
_SANDBOX_BIT = 1 << (_RANDOM_BITS - 1)  # so that faults of a test company cost a live one no read (ADR 0064)
_DAYS = 2**12  # eleven years: by then the row, its key and its day are long gone
_FAMILY_ID = re.compile(r"fam_[0-9a-f]{10}")
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RefreshToken:
    family_id: str
    gen: int


def new_family_id(now: datetime, *, is_sandbox: bool = False) -> str:
    """Day, whether it is for a test company, and 27 random bits: never given twice, even after its row has expired."""
    day = (now - _EPOCH).days % _DAYS
    drawn = secrets.randbits(_RANDOM_BITS) & ~_SANDBOX_BIT | (_SANDBOX_BIT if is_sandbox else 0)
    return f"fam_{(day << _RANDOM_BITS) | drawn:010x}"


def may_be_sandbox(token: RefreshToken) -> bool:
    """False for a live company; families older than the mark may say True, and cost one read more."""
    return bool(int(token.family_id.removeprefix("fam_"), 16) & _SANDBOX_BIT)


def is_family_id(text: str) -> bool:
    return _FAMILY_ID.fullmatch(text) is not None


def mint_refresh_token(family_id: str, gen: int) -> str:
    """The one refresh token of this family and generation, the same whenever it is asked for."""
    head = bytes.fromhex(family_id.removeprefix("fam_")) + gen.to_bytes(3, "big")
    body = head + _mac(head, "")
    return TYPE + base64.urlsafe_b64encode(body + _checksum(body)).decode().rstrip("=")


def parse_refresh_token(token: str) -> RefreshToken | None:
    """What we once issued, or None: no read, and a guess learns nothing and touches nothing."""
    if _FORM.fullmatch(token) is None:
        return None
    raw = base64.urlsafe_b64decode(token[len(TYPE) :] + "==")
    head, body = raw[:_HEAD_BYTES], raw[:_BODY_BYTES]
    if raw[_BODY_BYTES:] != _checksum(body) or not _is_mac(head, body[_HEAD_BYTES:]):
        return None
    return RefreshToken(f"fam_{head[:5].hex()}", int.from_bytes(head[5:], "big"))


def _checksum(body: bytes) -> bytes:
    """So that whoever scans for leaks can be sure without asking us."""
    return zlib.crc32(body).to_bytes(4, "big")


def _is_mac(head: bytes, presented: bytes) -> bool:
    # Every root key that is still in the ring: rotating it must not end anybody's session.
    return any(hmac.compare_digest(_mac(head, name), presented) for name in key_names())


def _mac(head: bytes, key_name: str) -> bytes:
    return mac(TYPE.encode() + head, _PURPOSE, key_name)[:_MAC_BYTES]
