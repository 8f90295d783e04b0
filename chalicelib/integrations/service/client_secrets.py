"""Client secrets: added, rotated with an overlap, given an end, revoked, recognised; and when each was last used."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.integrations import domain, repository
from chalicelib.integrations.domain import USE_RECORDED_EVERY, ClientSecret, Integration, NewSecret
from chalicelib.integrations.schemas import SecretRotation, SecretUpdate
from chalicelib.integrations.service.changing import change, new_secret
from chalicelib.kit import secrets, store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError, RejectedError, UnavailableError

__all__ = [
    "PURPOSE",
    "SECRET_LENGTH",
    "add_secret",
    "find_live_secret",
    "is_client_secret",
    "note_secret_use",
    "remove_secret",
    "rotate_secret",
    "update_secret",
]

SECRET_LENGTH = 32  # contract.md: 12 + 1 + 32 bytes stay on one line of Base64 at every client
PURPOSE = "client_secret"
_LONGEST_LIFE = timedelta(days=731)
_REMEMBERED = 10_000
_noted: dict[str, datetime] = {}  # secret id -> when this process last wrote its use down


def add_secret(ctx: Context, integration_id: str) -> NewSecret:
    """A second secret beside the first. Raises SecretLimitReachedError when two are live, PublicClientError."""
    client_secret, secret = new_secret(ctx)
    change(ctx, integration_id, lambda before: domain.with_secret(before, secret, ctx.now))
    return NewSecret(secret, client_secret)


def rotate_secret(ctx: Context, integration_id: str, command: SecretRotation) -> NewSecret:
    """A new secret; the old one works on for the overlap. Raises SecretLimitReachedError when two are live."""
    client_secret, secret = new_secret(ctx, command.expires_in_days)
    until = ctx.now + timedelta(days=command.overlap_days)
    change(ctx, integration_id, lambda before: domain.rotated(before, secret, until, ctx.now))
    return NewSecret(secret, client_secret)


def update_secret(ctx: Context, integration_id: str, secret_id: str, command: SecretUpdate) -> ClientSecret:
    """Set when it ends, or that it does not. Raises NotFoundError, or RejectedError for a moment past or too far."""
    ends = command.expires_at
    if ends is not None and not ctx.now < ends <= ctx.now + _LONGEST_LIFE:
        raise RejectedError.field("/expires_at", "Choose a moment within the next two years.")
    after = change(ctx, integration_id, lambda before: domain.with_expiry(before, secret_id, ends, ctx.now))
    found = next((one for one in after.secrets if one.secret_id == secret_id), None)
    if found is None:
        raise NotFoundError("This integration has no such secret.")
    return found


def remove_secret(ctx: Context, integration_id: str, secret_id: str) -> None:
    """The secret stops working. The last one may go too: a leak cannot wait for its successor."""
    change(ctx, integration_id, lambda before: domain.without_secret(before, secret_id, ctx.now))


def find_live_secret(integration: Integration, secret: str, now: datetime) -> ClientSecret | None:
    """Which of its live secrets this is. All are compared, so that the time tells nothing."""
    if len(secret) != SECRET_LENGTH or not secret.isascii():
        return None
    live = [entry for entry in integration.secrets if entry.is_live(now)]
    matches = [entry for entry in live if secrets.is_secret(secret, entry.client_secret_hash, PURPOSE)]
    return matches[0] if matches else None


def is_client_secret(integration: Integration, secret: str, now: datetime) -> bool:
    """Whether `secret` is one of the integration's live ones."""
    return find_live_secret(integration, secret, now) is not None


def note_secret_use(integration: Integration, secret: str, now: datetime) -> None:
    """Remember that it was used: at most one write an hour and secret, and never a reason for a request to fail."""
    if not any(_is_due(entry, now) for entry in integration.secrets):
        return
    found = find_live_secret(integration, secret, now)
    if found is None or not _is_due(found, now):
        return
    if len(_noted) >= _REMEMBERED:
        _noted.clear()
    _noted[found.secret_id] = now
    try:
        repository.note_use(integration, found.secret_id, now)
    except (store.RefusedError, UnavailableError):
        return  # another process wrote it just now, or the next hour will


def _is_due(secret: ClientSecret, now: datetime) -> bool:
    moments = (secret.last_used_at, _noted.get(secret.secret_id))
    return not any(moment is not None and now - moment < USE_RECORDED_EVERY for moment in moments)
