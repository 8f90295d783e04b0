"""What was cut off lately, known to every process within seconds: one feed of small rows, read by all (D3, ADR 0015).

A row names subjects: a family, one access token, a client, a company's consent, a person in a company. Tokens issued up
to that moment are refused. `changed:` names a client whose remembered copy is stale.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from chalicelib.accounts.domain import is_sandbox
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.oauth.domain import ACCESS_TOKEN_LIFETIME, AccessToken, TokenFamily
from chalicelib.oauth.repository.revocations import add_revocation, list_revocations

SEEN_SECONDS = 5  # how long what was cut off may still be accepted here
_CLOCK_SKEW = timedelta(seconds=60)  # between the machines that write the rows we read, and for how long a write takes
_WINDOW = ACCESS_TOKEN_LIFETIME + _CLOCK_SKEW  # nothing older can matter: the tokens have expired by themselves
_NOT_YET = float("-inf")
_CLIENT, _CHANGED = "client:", "changed:"


def of_family(family_id: str) -> str:
    return f"fam:{family_id}"


def of_token(jti: str) -> str:
    return f"jti:{jti}"


def of_service(client_id: str, tenant_id: str) -> str:
    """What the company's service consent for this client allowed."""
    return f"service:{client_id}:{tenant_id}"


def of_client(client_id: str) -> str:
    """Everything of a client: it was deleted or suspended, or its developer lost the licence."""
    return f"{_CLIENT}{client_id}"


def of_changed(client_id: str) -> str:
    return f"{_CHANGED}{client_id}"


def of_member(tenant_id: str, account_id: str) -> str:
    """A person in one company: they have left it."""
    return f"member:{tenant_id}:{account_id}"


def of_company(tenant_id: str) -> str:
    return f"company:{tenant_id}"


def of_expired(tenant_id: str) -> str:
    """Access tokens for a test company that were told to be old; their families go on."""
    return f"expired:{tenant_id}"


def of_narrowed(client_id: str, tenant_id: str) -> str:
    """Access tokens of a client for a company that may carry scopes the company has taken back; families go on."""
    return f"narrowed:{client_id}:{tenant_id}"


def expire_tokens(ctx: Context, tenant_id: str) -> None:
    """Access tokens for the company issued up to now are refused within seconds; refreshing gets new ones."""
    with store.transaction() as tx:
        cut_off(tx, ctx, of_expired(tenant_id))


def cut_off(tx: store.Transaction, ctx: Context, *subjects: str) -> None:
    """Add a row of the feed to the transaction that makes it true; without subjects nothing is added."""
    if subjects:
        add_revocation(tx, ctx, frozenset(subjects))


def is_revoked(ctx: Context, token: AccessToken) -> bool:
    """Whether the token, its family, or whatever it rests on was cut off: at most one call every few seconds."""
    known = _feed.known_at(ctx.now)
    if of_token(token.jti) in known or (token.family_id and of_family(token.family_id) in known):
        return True
    grounds = [of_client(token.client_id), of_member(token.tenant_id, token.user_id), of_company(token.tenant_id)]
    grounds.append(of_narrowed(token.client_id, token.tenant_id))
    if is_sandbox(token.tenant_id):
        grounds.append(of_expired(token.tenant_id))
    if not token.family_id:
        # Tokens of client credentials have no family: those issued up to the end of the activation are dead.
        grounds.append(of_service(token.client_id, token.tenant_id))
    return _is_any_since(known, grounds, token.issued_at)


def is_told_old(ctx: Context, token: AccessToken) -> bool:
    """Whether the developer of a test company switched on that its tokens are old, and this one is of before that."""
    is_test = is_sandbox(token.tenant_id)
    return is_test and _is_any_since(_feed.known_at(ctx.now), [of_expired(token.tenant_id)], token.issued_at)


def is_cut_off(ctx: Context, family: TokenFamily) -> bool:
    """Whether the family's person or company has gone since it began, for as long as its row has not been closed yet.

    A client that is suspended or unlicensed does not end its families: it may come back (ADR 0015).
    """
    gone = [of_member(family.tenant_id, family.user_id), of_company(family.tenant_id)]
    return _is_any_since(_feed.heard_of(ctx.now), gone, family.issued_at)


def take_changed(ctx: Context) -> frozenset[str]:
    """Clients that changed since the last question here: what is remembered of them is stale."""
    return _feed.take_changed(ctx.now)


def _is_any_since(known: dict[str, datetime], grounds: list[str], issued_at: datetime) -> bool:
    return any(issued_at <= known[ground] for ground in grounds if ground in known)


class _Feed:
    """The last hour's rows in this process: read whole when a bearer token first asks, afterwards only what is new.

    The token endpoint asks only what happened since this process began to remember clients: at first nothing.
    """

    def __init__(self) -> None:
        self.cache_clear()

    def cache_clear(self) -> None:
        self._known: dict[str, datetime] = {}
        self._changed: set[str] = set()
        self._read_at = _NOT_YET
        self._span: tuple[datetime, datetime] | None = None

    def known_at(self, now: datetime) -> dict[str, datetime]:
        """Everything that still matters to a token issued within the last hour."""
        self._cover(now, now - _WINDOW)
        return self._known

    def heard_of(self, now: datetime) -> dict[str, datetime]:
        """What this process has heard since it began to listen."""
        self._cover(now, now)
        return self._known

    def take_changed(self, now: datetime) -> frozenset[str]:
        self._cover(now, now)
        changed, self._changed = frozenset(self._changed), set()
        return changed

    def _cover(self, now: datetime, oldest: datetime) -> None:
        span = self._span
        if span is not None and now < span[1] - _CLOCK_SKEW:
            span = None  # embedded stage: a request that travels back in time
        if span is None and oldest == now:
            self._span, self._read_at = (now, now), time.monotonic()
        elif span is None or oldest < span[0] - _CLOCK_SKEW:
            self._read(oldest, now, oldest)
        elif time.monotonic() - self._read_at >= SEEN_SECONDS or now > span[1] + _CLOCK_SKEW:
            self._read(max(span[1] - _CLOCK_SKEW, now - _WINDOW), now, span[0])

    def _read(self, since: datetime, now: datetime, from_when: datetime) -> None:
        for cut_at, subjects in list_revocations(since, now):
            for subject in subjects:
                self._hear(subject, cut_at)
        self._known = {subject: at for subject, at in self._known.items() if at >= now - _WINDOW}
        self._span, self._read_at = (max(from_when, now - _WINDOW), now), time.monotonic()

    def _hear(self, subject: str, cut_at: datetime) -> None:
        before = self._known.get(subject)
        if before is not None and before >= cut_at:
            return
        self._known[subject] = cut_at
        kind, _, client_id = subject.partition(":")
        if f"{kind}:" in {_CLIENT, _CHANGED}:
            self._changed.add(client_id)


_feed = _Feed()
forget_revocations = _feed.cache_clear
