"""Refresh (RFC 6749 §6, RFC 9700 §4.14): one conditional write that rotates, or whose failure says what is the case."""

from __future__ import annotations

from functools import partial

from chalicelib.integrations.domain import Integration
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import UnavailableError
from chalicelib.kit.log import log
from chalicelib.oauth.attempts.domain import Step
from chalicelib.oauth.cutoffs import is_cut_off
from chalicelib.oauth.disturbed import disturbed
from chalicelib.oauth.domain import REFRESH_GRACE, TokenAnswer, TokenFamily
from chalicelib.oauth.errors import InvalidGrantError, InvalidScopeError
from chalicelib.oauth.refresh_tokens import MAX_GEN, RefreshToken, may_be_sandbox, parse_refresh_token
from chalicelib.oauth.repository import families
from chalicelib.oauth.requests import BackChannelRequest
from chalicelib.oauth.revocation import revoke_family
from chalicelib.oauth.scope import parse_scope
from chalicelib.oauth.tokens import mint_pair

_INVALID = "Invalid refresh token"  # clients of the dialect know this text


def refresh_tokens(ctx: Context, client: Integration, request: BackChannelRequest) -> TokenAnswer:
    """A new pair; the direct predecessor, repeated within a minute, gets the same refresh token again.

    `scope` narrows the access token only. Raises InvalidRequestError, InvalidGrantError, InvalidScopeError (nothing is
    used up), UnavailableError (repeating is safe).
    """
    token = parse_refresh_token(request.require("refresh_token"))
    if token is None or token.gen >= MAX_GEN:
        # No read and no write: a guess cannot touch a family.
        raise InvalidGrantError(_INVALID, log={"cause": "not a token of ours"})
    scopes = parse_scope(request.get("scope"))
    tenant_id, refusal = _test_company(client, token), partial(InvalidGrantError, _INVALID)
    with disturbed(ctx, tenant_id, refusal, client_id=client.client_id, step=Step.REFRESH):
        family = _rotate(ctx, client, token, scopes)
    if is_cut_off(ctx, family):
        # The event that closes the family is still on its way; what was just rotated is of no use to anybody.
        revoke_family(ctx, family, "person_or_company_gone")
        raise InvalidGrantError(_INVALID, log={"cause": "the person or the company has gone"})
    return mint_pair(ctx, family, scopes or family.scopes)


def _rotate(ctx: Context, client: Integration, token: RefreshToken, scopes: frozenset[str]) -> TokenFamily:
    try:
        return families.rotate(token.family_id, token.gen, client_id=client.client_id, scopes=scopes, now=ctx.now)
    except store.RefusedError as refused:
        return _decide(ctx, client, token, scopes, refused.parts["family"])


def _test_company(client: Integration, token: RefreshToken) -> str:
    """Whose faults strike: the test company of the client's own token, which for a live company costs no read."""
    family = families.find_family(token.family_id) if may_be_sandbox(token) else None
    return family.tenant_id if family is not None and family.client_id == client.client_id else ""


def _decide(
    ctx: Context, client: Integration, token: RefreshToken, scopes: frozenset[str], standing: TokenFamily | None
) -> TokenFamily:
    """What a refused rotation means, from the row that stood in the way: no further read."""
    if standing is None or standing.client_id != client.client_id:
        raise InvalidGrantError(_INVALID, log={"cause": "no such family of this client"})
    known = {"family_id": standing.family_id, "tenant_number": standing.tenant_number}
    if not standing.is_live(ctx.now):
        raise InvalidGrantError(_INVALID, log={"cause": standing.revoked_reason or "expired", **known})
    is_predecessor = token.gen == standing.gen - 1 and ctx.now - standing.rotated_at <= REFRESH_GRACE
    if token.gen < standing.gen and not is_predecessor:
        # RFC 9700 §4.14.2: somebody holds a copy; we cannot know who, so the family ends.
        revoke_family(ctx, standing, "refresh_token_reused")
        raise InvalidGrantError(_INVALID, log={"cause": "used again", **known})
    if not scopes <= standing.scopes:
        raise InvalidScopeError("The scope exceeds what was consented to")
    if not is_predecessor:
        raise UnavailableError(log={"cause": "the row changed while it was judged"})
    log.info("refresh.repeated", extra={"family_id": standing.family_id, "client_id": client.client_id})
    return standing
