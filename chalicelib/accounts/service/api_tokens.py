"""API tokens: made and revoked by developers, and the caller they speak for."""

from __future__ import annotations

import re

from chalicelib.accounts import repository
from chalicelib.accounts.domain import (
    API_TOKEN_CAP,
    API_TOKEN_LIFETIME,
    SANDBOXES,
    ApiToken,
    ApiTokenLimitReachedError,
    CreatedApiToken,
    PortalRole,
)
from chalicelib.accounts.service.licences import require_developer_licence
from chalicelib.kit.context import Actor, Context
from chalicelib.kit.errors import NotFoundError, UnauthenticatedError
from chalicelib.kit.request import Request
from chalicelib.kit.secrets import has_checksum, hash_secret, is_secret, mint

_PURPOSE = "api-token"
_SECRET_LENGTH = 38  # 32 random letters and six of checksum
_FORM = re.compile(r"bearer +anslut_([a-z0-9]{24})_([a-z0-9]{24})_([A-Za-z0-9]{38})", re.IGNORECASE)
_ROLES = {PortalRole.OWNER: "developer", PortalRole.DEVELOPER: "developer", PortalRole.VIEWER: "viewer"}


def create_api_token(ctx: Context, name: str) -> CreatedApiToken:
    """For the caller's company, a year long; shown in this answer only.

    Raises DeveloperLicenceRequiredError, ApiTokenLimitReachedError.
    """
    company = require_developer_licence(ctx)
    if len(list_api_tokens(ctx)) >= API_TOKEN_CAP:
        raise ApiTokenLimitReachedError(f"You have {API_TOKEN_CAP} tokens. Revoke one you no longer use.")
    secret, token_id = mint(_SECRET_LENGTH), ctx.new_id("apt")
    token = ApiToken(
        tenant_id=company.tenant_id,
        token_id=token_id,
        account_id=ctx.caller.account_id,
        name=name,
        token_hash=hash_secret(secret, _PURPOSE),
        created_at=ctx.now,
        expires_at=(ctx.now + API_TOKEN_LIFETIME).replace(microsecond=0),
    )
    repository.add_api_token(token)
    plain = f"anslut_{company.tenant_id.removeprefix('ten_')}_{token_id.removeprefix('apt_')}_{secret}"
    return CreatedApiToken(token, plain)


def list_api_tokens(ctx: Context) -> list[ApiToken]:
    """Of the caller's company, newest first; expired ones are not shown."""
    live = [token for token in repository.list_api_tokens(ctx.caller.tenant_id) if ctx.now < token.expires_at]
    return sorted(live, key=lambda token: token.created_at, reverse=True)


def revoke_api_token(ctx: Context, token_id: str) -> None:
    """It stops with this answer; one that is gone is no error. Raises NotFoundError for what is no token's id."""
    if not re.fullmatch(r"apt_[a-z0-9]{1,40}", token_id):
        raise NotFoundError
    repository.remove_api_token(ctx.caller.tenant_id, token_id)


def authenticate_api_token(request: Request, ctx: Context) -> Actor | None:
    """The caller an API token speaks for: token and membership are read each time. None where there is no such token.

    Raises UnauthenticatedError for one that is not accepted, whatever the cause.
    """
    sent = _FORM.fullmatch(request.headers.get("authorization", "").strip())
    if sent is None:
        return None
    tenant_id = f"ten_{sent[1]}"
    token = repository.find_api_token(tenant_id, f"apt_{sent[2]}") if has_checksum(sent[3]) else None
    if token is None or ctx.now >= token.expires_at or not is_secret(sent[3], token.token_hash, _PURPOSE):
        raise _refused()
    membership = repository.find_membership(token.account_id, tenant_id)
    if membership is None or membership.portal_role is None:
        raise _refused()
    if token.used_on != ctx.now.date():
        repository.note_api_token_use(token, ctx.now.date())
    account = repository.find_account(token.account_id)
    return Actor(
        account_id=token.account_id,
        tenant_id=tenant_id,
        roles=frozenset({_ROLES[membership.portal_role]}),
        purpose=SANDBOXES,
        email=account.email if account else "",
    )


def _refused() -> UnauthenticatedError:
    return UnauthenticatedError("The API token was revoked, has expired, or its maker left the company.")
