"""Client secrets: two at most, with an end that may be set and is warned of; in a rotation the old one overlaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.integrations.domain.errors import PublicClientError, SecretLimitReachedError
from chalicelib.kit.errors import NotFoundError

if TYPE_CHECKING:
    from chalicelib.integrations.domain.integration import Integration

__all__ = [
    "MAX_LIVE_SECRETS",
    "USE_RECORDED_EVERY",
    "WARNED_DAYS",
    "ClientSecret",
    "NewSecret",
    "SecretWarning",
    "rotated",
    "warnings_of",
    "with_expiry",
    "with_newest_secret",
    "with_only_secret",
    "with_secret",
    "without_secret",
]

MAX_LIVE_SECRETS = 2  # the old one keeps working while the new one is rolled out; a third would be forgotten
WARNED_DAYS = (30, 7, 1)
USE_RECORDED_EVERY = timedelta(hours=1)  # so that "last used" costs a write an hour, not a write a token


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A client secret as stored: a keyed hash, and its last characters so that a person recognises it."""

    secret_id: str
    client_secret_hash: str
    hint: str
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = field(default=None, compare=False)  # at most an hour behind

    def is_live(self, now: datetime) -> bool:
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret that was just added, and its plain value for one answer."""

    secret: ClientSecret
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SecretWarning:
    """One mail to come: `days` before the secret ends."""

    secret_id: str
    days: int
    due_at: datetime
    expires_at: datetime


def with_secret(before: Integration, secret: ClientSecret, now: datetime) -> Integration:
    """A second secret beside the first; expired ones make room. Raises SecretLimitReachedError at two live ones.

    One with the same id is replaced: it is what an earlier try of this request left, and nobody heard its value.
    Raises PublicClientError for a client that cannot keep one.
    """
    if before.is_public:
        raise PublicClientError("It proves itself with PKCE instead.")
    live = [entry for entry in before.secrets if entry.is_live(now) and entry.secret_id != secret.secret_id]
    if len(live) >= MAX_LIVE_SECRETS:
        raise SecretLimitReachedError("Revoke the secret you no longer use, then add a new one.")
    return _with_secrets(before, (*live, secret), now)


def rotated(before: Integration, secret: ClientSecret, old_until: datetime, now: datetime) -> Integration:
    """As `with_secret`, and the older one ends at `old_until`, or before if it was to."""
    after = with_secret(before, secret, now)
    kept = [
        one
        if one.secret_id == secret.secret_id
        else replace(one, expires_at=min(old_until, one.expires_at or old_until))
        for one in after.secrets
    ]
    return _with_secrets(before, [one for one in kept if one.is_live(now)], now)


def with_expiry(before: Integration, secret_id: str, expires_at: datetime | None, now: datetime) -> Integration:
    """Raises NotFoundError for a secret that is not there, or not any more."""
    if not any(entry.secret_id == secret_id and entry.is_live(now) for entry in before.secrets):
        raise NotFoundError("This integration has no such secret.")
    changed = [
        replace(entry, expires_at=expires_at) if entry.secret_id == secret_id else entry for entry in before.secrets
    ]
    return _with_secrets(before, changed, now)


def with_only_secret(before: Integration, secret: ClientSecret, now: datetime) -> Integration:
    return _with_secrets(before, (secret,), now)


def with_newest_secret(before: Integration, secret: ClientSecret, now: datetime) -> Integration:
    """The secret beside the newest live one: for programs that fetch one each time they run."""
    live = [entry for entry in before.secrets if entry.is_live(now)]
    return _with_secrets(before, (*live[1 - MAX_LIVE_SECRETS :], secret), now)


def without_secret(before: Integration, secret_id: str, now: datetime) -> Integration:
    """The secret stops working with this version. Raises NotFoundError for one that is not there."""
    kept = tuple(entry for entry in before.secrets if entry.secret_id != secret_id)
    if len(kept) == len(before.secrets):
        raise NotFoundError("This integration has no such secret.")
    return _with_secrets(before, kept, now)


def warnings_of(before: Integration | None, after: Integration) -> Iterator[SecretWarning]:
    """The mails that a new end of a secret brings; those whose day has passed already are not sent any more."""
    known = {entry.secret_id: entry.expires_at for entry in before.secrets} if before else {}
    for entry in after.secrets:
        if entry.expires_at is None or known.get(entry.secret_id) == entry.expires_at:
            continue
        for days in WARNED_DAYS:
            due_at = entry.expires_at - timedelta(days=days)
            if due_at > after.updated_at:
                yield SecretWarning(entry.secret_id, days, due_at, entry.expires_at)


def _with_secrets(before: Integration, secrets: Iterable[ClientSecret], now: datetime) -> Integration:
    return replace(before, secrets=tuple(secrets), version=before.version + 1, updated_at=now)
