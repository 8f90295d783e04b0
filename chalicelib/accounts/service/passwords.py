"""Passwords: argon2id at the strength of the decision log, and a hash to compare with when nobody is there."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from chalicelib.accounts import repository
from chalicelib.accounts.domain import WrongPasswordError
from chalicelib.accounts.service import throttle
from chalicelib.kit.context import Context

if TYPE_CHECKING:
    from argon2 import PasswordHasher

# OWASP password storage: argon2id with 19 MiB, two passes, one lane.
_MEMORY_KIB, _PASSES, _LANES = 19 * 1024, 2, 1
# Of a random password nobody kept: an unknown address costs the same time as a known one (AZ-60).
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$51AbLdirIHTzBo3dto04Cw$wFIQtCBIDN19OwjBk5L9UF/YbKHkJmykgi+tOArZJR8"


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES)


def hash_password(password: str) -> str:
    return _hasher().hash(_normalised(password))


def is_password(password: str, password_hash: str | None) -> bool:
    """Whether it is the one. Without a hash the answer is no, after the same work."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        _hasher().verify(password_hash or _NOBODY, _normalised(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def _normalised(password: str) -> bytes:
    # RFC 8265 §4.1: the same password typed on another keyboard is the same password.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def check_own_password(ctx: Context, password: str) -> None:
    """Whether it is really the caller, before something that matters. Raises WrongCredentialsError."""
    throttle.take_attempt(ctx, "own-password", ctx.caller.account_id, throttle.TRIES_PER_ACCOUNT)
    if not is_password(password, repository.find_password_hash(ctx.caller.account_id)):
        raise WrongPasswordError("The password is wrong.")
    throttle.reset_attempts("own-password", ctx.caller.account_id)
