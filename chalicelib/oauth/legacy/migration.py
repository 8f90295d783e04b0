"""`POST /oauth-v1/migrate`: a token of the earlier system becomes a token family, once; a lost answer is repeated."""

from __future__ import annotations

from chalicelib.accounts import service as accounts
from chalicelib.activations import service as activations
from chalicelib.activations.domain import Activation, Consent, ConsentKind
from chalicelib.integrations.domain import GrantType, Integration
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import UnavailableError
from chalicelib.kit.log import log
from chalicelib.oauth.domain import REFRESH_GRACE, TokenAnswer, TokenFamily, TokenSubject, new_family
from chalicelib.oauth.errors import GRANT_NOT_USED, InvalidGrantError, UnauthorizedClientError
from chalicelib.oauth.legacy.domain import LegacyToken
from chalicelib.oauth.refresh_tokens import new_family_id
from chalicelib.oauth.repository import families, legacy
from chalicelib.oauth.requests import BackChannelRequest
from chalicelib.oauth.revocation import make_room
from chalicelib.oauth.tokens import mint_pair

_INVALID = "Invalid access token"
_TRIES = 3


def migrate_legacy_token(ctx: Context, client: Integration, request: BackChannelRequest) -> TokenAnswer:
    """A first pair for a legacy `access_token`; the company's activation goes on, or begins.

    Raises InvalidRequestError, InvalidGrantError, UnauthorizedClientError, UnavailableError (repeating is safe).
    """
    if client.is_public:
        raise UnauthorizedClientError("Only clients with a secret had tokens in the earlier system")
    if GrantType.REFRESH_TOKEN not in client.grant_types:
        raise UnauthorizedClientError(log=GRANT_NOT_USED)
    token = legacy.find(request.require("access_token"), ctx.now)
    if token is None or token.client_id != client.client_id:
        raise InvalidGrantError(_INVALID, log={"cause": "no such legacy token of this client"})
    family = _find_repeated(ctx, token) if token.family_id else _migrate(ctx, client, token)
    log.info("legacy_token.migrated", extra={"client_id": client.client_id, "family_id": family.family_id})
    return mint_pair(ctx, family, family.scopes)


def _find_repeated(ctx: Context, token: LegacyToken) -> TokenFamily:
    """The same pair for the same token while nobody has used it, as for a refresh whose answer was lost."""
    family = families.find_family(token.family_id or "")
    if family is None or family.gen or not family.is_live(ctx.now) or ctx.now - family.issued_at > REFRESH_GRACE:
        raise InvalidGrantError("The access token has been exchanged before", log={"cause": "legacy token used again"})
    return family


def _migrate(ctx: Context, client: Integration, token: LegacyToken) -> TokenFamily:
    """One transaction: the token used by this family, the activation with a consent, the family."""
    for _ in range(_TRIES):
        standing = activations.find_activation(token.tenant_id, token.integration_id)
        if token.is_ended_by(standing):
            raise InvalidGrantError("The company has disconnected this integration")
        family_id = new_family_id(ctx.now)
        try:
            with store.transaction() as tx:
                activation = activations.activate(tx, ctx, _consent(ctx, client, token), standing)
                family = new_family(_subject(token, activation), family_id, ctx.now)
                legacy.use(tx, token, family_id)
                families.add_family(tx, family)
        except UnavailableError:
            used = legacy.find_by_hash(token.token_hash)
            if used is None or used.family_id != family_id:
                raise
        except store.RefusedError as refused:
            used = legacy.find_by_hash(token.token_hash)
            if used is not None and used.family_id is not None:
                return _find_repeated(ctx, used)
            if "connection" in refused.parts and standing is not None:
                make_room(ctx, standing.activation_id)
            continue  # somebody consented in the same second, or the id was taken
        return family
    raise UnavailableError(log={"cause": "migration met other writers"})


def _consent(ctx: Context, client: Integration, token: LegacyToken) -> Consent:
    """What the company agreed to in the earlier system, recorded here on the day it came over."""
    company = accounts.get_company(token.tenant_id)
    return Consent(
        consent_id=ctx.new_id("con"),
        kind=ConsentKind.USER,
        scopes=token.scopes,
        account_id=token.account_id,
        tenant_id=token.tenant_id,
        tenant_number=token.tenant_number,
        company_name=company.name,
        integration_id=client.integration_id,
        integration_name=client.name,
        integration_version=client.version,
        registered_scopes=client.scopes,
        owner_tenant_id=client.tenant_id,
        client_id=client.client_id,
        redirect_uri=client.redirect_uris[0] if client.redirect_uris else "",
        consented_at=ctx.now,
    )


def _subject(token: LegacyToken, activation: Activation) -> TokenSubject:
    return TokenSubject(
        client_id=token.client_id,
        integration_id=token.integration_id,
        activation_id=activation.activation_id,
        tenant_id=token.tenant_id,
        tenant_number=token.tenant_number,
        account_id=token.account_id,
        kind=ConsentKind.USER,
        scopes=token.scopes,
    )
