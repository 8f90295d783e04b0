"""What the authorization server issues: codes, token families, access tokens; their lifetimes and pure rules."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from chalicelib.activations.domain import ConsentKind
from chalicelib.config import settings

CODE_LIFETIME = timedelta(seconds=60)  # contract.md; RFC 6749 §4.1.2 allows ten minutes, FAPI one
CODE_KEPT_FOR = timedelta(days=1)  # a used code presented again within this time still revokes what it produced
ACCESS_TOKEN_LIFETIME = timedelta(hours=1)
REFRESH_IDLE_LIFETIME = timedelta(days=45)
REFRESH_ABSOLUTE_LIFETIME = timedelta(days=365)  # rotation never extends it (RFC 9700 §4.14)
REFRESH_GRACE = timedelta(seconds=60)  # a lost answer, a double click, parallel workers: the same successor again
FAMILIES_PER_ACTIVATION = 80  # ending an activation closes them all in one transaction of at most 100 parts


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSubject:
    """On whose behalf, for which client, and with which scopes tokens are issued: the snapshot of a consent (D6)."""

    client_id: str
    integration_id: str
    activation_id: str
    tenant_id: str
    tenant_number: int
    account_id: str
    kind: ConsentKind
    scopes: frozenset[str]

    @property
    def user_id(self) -> str:
        """A person, or the service account of the activation."""
        return self.account_id if self.kind is ConsentKind.USER else self.activation_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationCode(TokenSubject):
    """`redirect_uri` as the authorization request sent it, "" if it did not; `family_id` once it has been exchanged."""

    code_hash: str
    redirect_uri: str = ""
    code_challenge: str = ""
    attempt_id: str = ""
    issued_at: datetime
    expires_at: datetime
    family_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFamily(TokenSubject):
    """All refresh tokens that grew from one code: one row; `gen` counts rotations (D1)."""

    family_id: str
    gen: int
    issued_at: datetime
    rotated_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    revoked_reason: str | None = None

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at and now < self.rotated_at + REFRESH_IDLE_LIFETIME


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """The claims of a verified access token."""

    jti: str
    client_id: str
    tenant_id: str
    tenant_number: int
    user_id: str
    sub: str
    scopes: frozenset[str]
    issued_at: datetime
    expires_at: datetime
    family_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAnswer:
    """A successful answer of the token endpoint (RFC 6749 §5.1)."""

    access_token: str
    scopes: frozenset[str]
    refresh_token: str | None = None


def subject_fields(subject: TokenSubject) -> dict[str, Any]:
    """What a code hands on to its family, and a consent to its code."""
    return {field.name: getattr(subject, field.name) for field in fields(TokenSubject)}


def new_family(subject: TokenSubject, family_id: str, now: datetime) -> TokenFamily:
    return TokenFamily(
        **subject_fields(subject),
        family_id=family_id,
        gen=0,
        issued_at=now,
        rotated_at=now,
        expires_at=now + REFRESH_ABSOLUTE_LIFETIME,
    )


def issuer() -> str:
    """The issuer identifier (RFC 8414 §2): `iss` of tokens, of authorization answers and of the metadata."""
    return settings().origin


def audience() -> str:
    """The resource server our access tokens are for: the company API."""
    return f"{settings().origin}/3"
