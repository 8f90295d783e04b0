"""Refresh tokens: type, family, generation, MAC and checksum in forty characters, none of it stored (D1, ADR 0009).

A token proves itself without a read, and its successor is a function of it: a lost answer can be given again.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from chalicelib.kit.secrets import ALPHANUMERIC, checksum, derive_key, has_checksum, key_names

TYPE = "ar"
LENGTH = 40
MAX_GEN = 2**22 - 1  # one refresh every eight seconds for a year

_PURPOSE = "refresh-token"
_FAMILY_BITS, _GEN_BITS, _MAC_BITS = 40, 22, 128
_PAIRS = 16  # of base62 letters: 62**32 > 2**190; two at a time is twice as fast
_RANDOM_BITS = 28
_SANDBOX_BIT = 1 << (_RANDOM_BITS - 1)  # so that faults of a test company cost a live one no read (ADR 0064)
_DAYS = 2**12  # eleven years: by then the row, its key and its day are long gone
_FAMILY_ID = re.compile(r"fam_[0-9a-f]{10}")
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_LETTERS = [first + second for first in ALPHANUMERIC for second in ALPHANUMERIC]
_VALUES = {pair: value for value, pair in enumerate(_LETTERS)}


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
    family = int(family_id.removeprefix("fam_"), 16)
    number = (((family << _GEN_BITS) | gen) << _MAC_BITS) | _mac(family, gen, "")
    pairs = []
    for _ in range(_PAIRS):
        number, rest = divmod(number, len(_LETTERS))
        pairs.append(_LETTERS[rest])
    body = TYPE + "".join(reversed(pairs))
    return body + checksum(body)


def parse_refresh_token(token: str) -> RefreshToken | None:
    """What we once issued, or None: no read, and a guess learns nothing and touches nothing."""
    if len(token) != LENGTH or not token.startswith(TYPE) or not token.isascii() or not token.isalnum():
        return None
    if not has_checksum(token):
        return None
    number = 0
    for at in range(len(TYPE), len(TYPE) + 2 * _PAIRS, 2):
        number = number * len(_LETTERS) + _VALUES[token[at : at + 2]]
    head, mac = number >> _MAC_BITS, number & ((1 << _MAC_BITS) - 1)
    family, gen = head >> _GEN_BITS, head & MAX_GEN
    if family >> _FAMILY_BITS or not _is_mac(family, gen, mac):
        return None
    return RefreshToken(f"fam_{family:010x}", gen)


def _is_mac(family: int, gen: int, mac: int) -> bool:
    presented = mac.to_bytes(_MAC_BITS // 8, "big")
    # Every root key that is still in the ring: rotating it must not end anybody's session.
    return any(
        hmac.compare_digest(_mac(family, gen, name).to_bytes(_MAC_BITS // 8, "big"), presented) for name in key_names()
    )


def _mac(family: int, gen: int, key_name: str) -> int:
    message = TYPE.encode() + family.to_bytes(5, "big") + gen.to_bytes(3, "big")
    return int.from_bytes(hmac.digest(derive_key(_PURPOSE, key_name), message, hashlib.sha256)[: _MAC_BITS // 8], "big")
