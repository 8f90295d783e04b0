"""Revocation (RFC 7009), and how what was revoked is known to the resource server within seconds (D3).

Families close and say so in one transaction; `cutoffs` is how every process hears of it.
"""

from __future__ import annotations

from chalicelib.activations.domain import Activation
from chalicelib.integrations.domain import Integration
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.log import log
from chalicelib.oauth.cutoffs import cut_off, of_family, of_narrowed, of_service, of_token
from chalicelib.oauth.domain import FAMILIES_PER_ACTIVATION, TokenFamily
from chalicelib.oauth.refresh_tokens import parse_refresh_token
from chalicelib.oauth.repository import families
from chalicelib.oauth.tokens import verify_access_token


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
            cut_off(tx, ctx, of_token(access_token.jti))


def revoke_family(ctx: Context, family: TokenFamily, reason: str) -> None:
    """Close the family and let its access tokens die, in one transaction. Repeating it changes nothing."""
    try:
        with store.transaction() as tx:
            families.close_family(tx, family.family_id, ctx.now, reason)
            cut_off(tx, ctx, of_family(family.family_id))
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
    service_tokens = of_service(activation.client_id, activation.tenant_id)
    cut_off(tx, ctx, service_tokens, *(of_family(family_id) for family_id in known))


def narrow_families(tx: store.Transaction, ctx: Context, activation: Activation, removed: frozenset[str]) -> None:
    """The company has taken scopes back, in the caller's transaction: families lose them, access tokens are refused.

    The client refreshes and gets what is left; a family with nothing left closes. The commit is refused with part
    "connection" when a code was exchanged since: begin again with a new transaction.
    """
    known = families.find_connection(activation.activation_id).families
    for family in families.list_families(known):
        if family.revoked_at is not None or not family.scopes & removed:
            continue
        if family.scopes <= removed:
            families.close_family(tx, family.family_id, ctx.now, "scopes_removed")
        else:
            families.narrow_family(tx, family.family_id, removed)
    families.check_connection(tx, activation.activation_id, known)
    cut_off(tx, ctx, of_narrowed(activation.client_id, activation.tenant_id))


def forget_connection(activation_id: str) -> None:
    """No row of an ended activation stays; its access tokens are refused by what was revoked when it ended."""
    families.remove_connection(activation_id)


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
