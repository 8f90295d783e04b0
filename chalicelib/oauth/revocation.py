"""Revocation (RFC 7009), and how what was revoked is known to the resource server within seconds (D3).

Families close and say so in one transaction; access tokens are refused by a set of what was revoked in the last hour.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from chalicelib.activations.domain import Activation
from chalicelib.integrations.domain import Integration
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.log import log
from chalicelib.oauth.domain import ACCESS_TOKEN_LIFETIME, FAMILIES_PER_ACTIVATION, AccessToken, TokenFamily
from chalicelib.oauth.refresh_tokens import parse_refresh_token
from chalicelib.oauth.repository import families
from chalicelib.oauth.repository.revocations import add_revocation, list_revocations
from chalicelib.oauth.tokens import verify_access_token

SEEN_SECONDS = 5  # how long a revoked access token may still be accepted here
_CLOCK_SKEW = timedelta(seconds=60)  # between the machines that write the rows we read


def revoke_token(ctx: Context, client: Integration, token: str) -> None:
    """Revoke the client's own token. What is unknown, foreign or dead is left alone, and nobody is told which."""
    refresh_token = parse_refresh_token(token)
    if refresh_token is not None:
        family = families.find_family(refresh_token.family_id)
        if family is not None and family.client_id == client.client_id and family.revoked_at is None:
            revoke_family(ctx, family, "revoked_by_client")
        return
    try:
        access_token = verify_access_token(ctx, token)
    except ValueError:
        return
    if access_token.client_id == client.client_id:
        with store.transaction() as tx:
            add_revocation(tx, ctx, frozenset({f"jti:{access_token.jti}"}))


def revoke_family(ctx: Context, family: TokenFamily, reason: str) -> None:
    """Close the family and let its access tokens die, in one transaction. Repeating it changes nothing."""
    try:
        with store.transaction() as tx:
            families.close_family(tx, family.family_id, ctx.now, reason)
            add_revocation(tx, ctx, frozenset({_of_family(family.family_id)}))
    except store.RefusedError:
        return  # the row is gone, long after its last token
    log.info(
        "token_family.revoked",
        extra={"family_id": family.family_id, "client_id": family.client_id, "reason": reason},
    )


def close_families(tx: store.Transaction, ctx: Context, activation: Activation) -> None:
    """The activation ends in the caller's transaction, and so do its families and its access tokens.

    The commit is refused with part "connection" when a code was exchanged since: begin again with a new transaction.
    """
    known = families.find_connection(activation.activation_id).families
    for family in families.list_families(known):
        if family.revoked_at is None:
            families.close_family(tx, family.family_id, ctx.now, "activation_ended")
    families.close_connection(tx, activation.activation_id, known, ctx.now)
    service_tokens = _of_service(activation.client_id, activation.tenant_id)
    add_revocation(tx, ctx, frozenset({service_tokens, *(_of_family(family_id) for family_id in known)}))


def make_room(ctx: Context, activation_id: str) -> bool:
    """Whether another family may be added now: dead ones are dropped, else the one that rested longest is closed."""
    connection = families.find_connection(activation_id)
    if connection.is_closed:
        return False
    found = {family.family_id: family for family in families.list_families(connection.families)}
    live = {family_id: family for family_id, family in found.items() if family.is_live(ctx.now)}
    dropped = connection.families - live.keys()
    if not dropped and len(live) >= FAMILIES_PER_ACTIVATION:
        oldest = min(live.values(), key=lambda family: family.rotated_at)
        revoke_family(ctx, oldest, "replaced")
        dropped = frozenset({oldest.family_id})
    families.drop_families(activation_id, dropped)
    return True


def is_revoked(ctx: Context, token: AccessToken) -> bool:
    """Whether the token, its family, or the consent it rests on was revoked: at most one call every few seconds."""
    revoked = _seen.known_at(ctx.now)
    if f"jti:{token.jti}" in revoked:
        return True
    if token.family_id:
        return _of_family(token.family_id) in revoked
    # Tokens of client credentials have no family: those issued up to the end of the activation are dead.
    ended_at = revoked.get(_of_service(token.client_id, token.tenant_id))
    return ended_at is not None and token.issued_at <= ended_at


def _of_family(family_id: str) -> str:
    return f"fam:{family_id}"


def _of_service(client_id: str, tenant_id: str) -> str:
    return f"service:{client_id}:{tenant_id}"


class _Seen:
    """The revocations of the last hour in this process: read whole once, then only what is new."""

    def __init__(self) -> None:
        self.cache_clear()

    def cache_clear(self) -> None:
        self._revoked: dict[str, datetime] = {}
        self._read_at = float("-inf")
        self._read_until: datetime | None = None

    def known_at(self, now: datetime) -> dict[str, datetime]:
        if time.monotonic() - self._read_at >= SEEN_SECONDS or self._is_gap(now):
            self._read(now)
        return self._revoked

    def _is_gap(self, now: datetime) -> bool:
        """A first read, or (embedded stage) a request that travels in time."""
        return self._read_until is None or abs(now - self._read_until) > _CLOCK_SKEW + timedelta(seconds=SEEN_SECONDS)

    def _read(self, now: datetime) -> None:
        oldest = now - ACCESS_TOKEN_LIFETIME - _CLOCK_SKEW
        until = self._read_until
        since = oldest if until is None or self._is_gap(now) else until - _CLOCK_SKEW
        for revoked_at, subjects in list_revocations(since, now):
            for subject in subjects:
                self._revoked[subject] = max(revoked_at, self._revoked.get(subject, revoked_at))
        self._revoked = {subject: at for subject, at in self._revoked.items() if at >= oldest}
        self._read_at, self._read_until = time.monotonic(), now


_seen = _Seen()
forget_revocations = _seen.cache_clear
