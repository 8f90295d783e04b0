"""A signed-in browser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.kit.context import Actor

SESSION_IDLE = timedelta(hours=12)
SESSION_LIFETIME = timedelta(days=14)
_ID_LENGTH = 24
SESSION_CHECK_AFTER = timedelta(seconds=60)  # BO-16: a person removed from a company is out within a minute


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in browser. `session_key` is a keyed hash of the cookie, so it names the session and opens nothing."""

    session_key: str
    account_id: str
    tenant_id: str
    email: str
    person: str
    company: str
    number: int
    roles: frozenset[str]
    companies: tuple[tuple[str, str, str], ...] = ()
    device: str = ""
    network: str = ""
    created_at: datetime
    checked_at: datetime

    @property
    def session_id(self) -> str:
        """Names the session in its owner's own list."""
        return self.session_key[-_ID_LENGTH:]

    @property
    def expires_at(self) -> datetime:
        return min(self.created_at + SESSION_LIFETIME, self.checked_at + SESSION_IDLE)

    def is_live(self, now: datetime) -> bool:
        return now < self.expires_at

    def needs_check(self, now: datetime) -> bool:
        return now >= self.checked_at + SESSION_CHECK_AFTER

    def to_actor(self) -> Actor:
        return Actor(
            account_id=self.account_id,
            tenant_id=self.tenant_id,
            roles=self.roles,
            session_id=self.session_key,
            email=self.email,
            person=self.person,
            company=self.company,
            number=self.number,
            companies=self.companies,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedSession(Session):
    """A session that just began, with the one copy of its cookie's value."""

    session_token: str
