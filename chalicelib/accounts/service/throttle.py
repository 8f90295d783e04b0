"""How often somebody may try: counters by account and by address (AZ-60)."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from chalicelib.accounts import repository
from chalicelib.accounts.domain import TooManyAttemptsError
from chalicelib.kit.context import Context
from chalicelib.kit.secrets import derive_key

WINDOW = timedelta(minutes=15)
TRIES_PER_ACCOUNT = 10
TRIES_PER_ADDRESS = 100  # failures only: an office or a mobile network is one address
SIGN_UPS_PER_ADDRESS = 60
MAILS_PER_PERSON = 5


def take_attempt(ctx: Context, what: str, whose: str, limit: int) -> None:
    """Count one try of `what` by `whose`, known address or not. Raises TooManyAttemptsError with Retry-After."""
    wait = repository.take_attempt(_key(what, whose), limit, WINDOW, ctx.now, ctx.new_id("try"))
    if wait:
        raise TooManyAttemptsError(
            "Too many attempts. Wait a few minutes and try again.", headers={"Retry-After": str(wait)}
        )


def give_back_attempt(ctx: Context, what: str, whose: str) -> None:
    """The try succeeded: only failures fill the window."""
    repository.give_back_attempt(_key(what, whose), ctx.now)


def reset_attempts(what: str, whose: str) -> None:
    repository.reset_attempts(_key(what, whose))


def _key(what: str, whose: str) -> str:
    # Hashed: a table of addresses somebody typed is nobody's business.
    return f"{what}:{hmac.digest(derive_key('throttle'), whose.encode(), hashlib.sha256).hex()}"
