"""An authorization request on its way: what was asked, for which companies it can be granted, what was decided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.accounts.domain import is_sandbox
from chalicelib.activations.domain import ConsentKind
from chalicelib.integrations.domain import Integration
from chalicelib.kit.errors import ConflictError, NotFoundError
from chalicelib.kit.request import Form
from chalicelib.oauth.domain import CODE_LIFETIME
from chalicelib.oauth.errors import ClientNotTrustedError

TRANSACTION_LIFETIME = timedelta(minutes=10)


class Decision(StrEnum):
    APPROVED = "approved"
    DENIED = "denied"


class Missing(StrEnum):
    """Why a company cannot grant what is asked."""

    NOTHING = ""
    ADMINISTRATOR = "administrator"
    RIGHT = "right"  # a reader grants nothing
    LICENCE = "licence"
    PURCHASE = "purchase"
    SEAT = "seat"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose client and redirect URI are known to be good: from here on errors go to `redirect_uri`."""

    client: Integration
    sent: Form
    redirect_uri: str

    def get(self, name: str) -> str:
        """The value; a parameter without a value counts as omitted (RFC 6749 §3.1)."""
        return self.sent.get(name) or ""

    @property
    def state(self) -> str | None:
        """Nothing when it was sent twice: neither value is more the client's than the other."""
        return None if "state" in self.sent.repeated() else self.get("state") or None

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(self.get("scope").split())

    @property
    def kind(self) -> ConsentKind:
        return ConsentKind.SERVICE if self.get("account_type") else ConsentKind.USER

    @property
    def may_interact(self) -> bool:
        return "none" not in self.get("prompt").split()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A company of the person. `lacking` names the module licences it would need, in words.

    `price_version` and `agreement_version` are what it has bought the integration on, for the consent's snapshot.
    """

    tenant_id: str
    number: int
    name: str
    missing: str = Missing.NOTHING
    lacking: str = ""
    price_version: int | None = None
    agreement_version: int | None = None
    country_code: str = ""

    @property
    def is_eligible(self) -> bool:
        return self.missing == Missing.NOTHING

    @property
    def is_test(self) -> bool:
        return is_sandbox(self.tenant_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A decision with the answer it led to, sealed: a table of codes in plain would be worth stealing."""

    decision: Decision
    decided_by: str
    decided_at: datetime
    answer_encrypted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationTransaction:
    """What the decision is about. The form that decides carries only this row's id: all values come from here.

    `redirect_uri` is where the answer goes, `redirect_uri_sent` what the request said ("" if nothing). `account_id` is
    the person who opened it first: nobody else can decide it.
    """

    transaction_id: str
    client_id: str
    integration_id: str
    integration_name: str
    integration_version: int
    owner_tenant_id: str
    developer_name: str
    registered_scopes: frozenset[str]
    scopes: frozenset[str]
    kind: ConsentKind
    needs_administrator: bool
    state: str
    redirect_uri: str
    redirect_uri_sent: str
    code_challenge: str
    account_id: str | None = None
    candidates: tuple[Candidate, ...] = ()
    created_at: datetime
    valid_until: datetime
    decision: Decision | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    answer_encrypted: str | None = None

    def is_live(self, now: datetime) -> bool:
        return now < self.valid_until

    def can_repeat(self, decision: Decision, now: datetime) -> bool:
        """Whether the same button pressed again gets the same answer: as long as its code can still be exchanged."""
        return self.decision is decision and self.decided_at is not None and now < self.decided_at + CODE_LIFETIME

    def candidate(self, tenant_id: str) -> Candidate | None:
        return next((entry for entry in self.candidates if entry.tenant_id == tenant_id), None)


class IntegrationUnavailableError(ClientNotTrustedError):
    """Suspended, or its developer's licence is gone: the person is told, nobody is redirected (AZ-55)."""

    title = "This integration is not available"


class TransactionExpiredError(NotFoundError):
    title = "This request has expired"


class AlreadyAnsweredError(ConflictError):
    title = "This request has been answered"


def new_transaction(asked: Asked, developer_name: str, transaction_id: str, now: datetime) -> AuthorizationTransaction:
    client = asked.client
    return AuthorizationTransaction(
        transaction_id=transaction_id,
        client_id=client.client_id,
        integration_id=client.integration_id,
        integration_name=client.name,
        integration_version=client.version,
        owner_tenant_id=client.tenant_id,
        developer_name=developer_name,
        registered_scopes=client.scopes,
        scopes=asked.scopes,
        kind=asked.kind,
        needs_administrator=client.only_administrator or asked.kind is ConsentKind.SERVICE,
        state=asked.state or "",
        redirect_uri=asked.redirect_uri,
        redirect_uri_sent=asked.get("redirect_uri"),
        code_challenge=asked.get("code_challenge"),
        created_at=now,
        valid_until=now + TRANSACTION_LIFETIME,
    )


def restarted(transaction: AuthorizationTransaction, transaction_id: str, now: datetime) -> AuthorizationTransaction:
    """The same request anew, for whoever sits in front of it now (AZ-46)."""
    return replace(
        transaction,
        transaction_id=transaction_id,
        account_id=None,
        candidates=(),
        created_at=now,
        valid_until=now + TRANSACTION_LIFETIME,
        decision=None,
        decided_by=None,
        decided_at=None,
        answer_encrypted=None,
    )
