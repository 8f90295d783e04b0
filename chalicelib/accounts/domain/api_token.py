"""API tokens: what a program of a developer company, such as a CI pipeline, signs in with; for one purpose only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from chalicelib.kit.errors import LimitReachedError

API_TOKEN_CAP = 20  # per company: one for each pipeline and person who tries things
API_TOKEN_LIFETIME = timedelta(days=365)
SANDBOXES = "sandboxes"  # the one purpose there is: create, use and remove test companies


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """Acts for the person who made it, and dies with their membership. Only a keyed hash is stored."""

    tenant_id: str
    token_id: str
    account_id: str
    name: str
    purpose: str = SANDBOXES
    token_hash: str = field(repr=False)
    used_on: date | None = None
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CreatedApiToken:
    """The one answer that carries the plain token."""

    api_token: ApiToken
    token: str = field(repr=False)


class ApiTokenLimitReachedError(LimitReachedError):
    title = "No more API tokens can be made"
