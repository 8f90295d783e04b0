"""Client credentials (RFC 6749 §4.4) for one company, named by the header `TenantId`: needs a live service consent."""

from __future__ import annotations

import re
from functools import partial

from chalicelib.accounts import service as accounts
from chalicelib.activations import service as activations
from chalicelib.activations.domain import Activation, ConsentKind
from chalicelib.integrations.domain import Integration
from chalicelib.kit.context import Context
from chalicelib.oauth.attempts.domain import Step
from chalicelib.oauth.disturbed import disturbed
from chalicelib.oauth.domain import TokenAnswer, TokenSubject
from chalicelib.oauth.errors import InvalidRequestError, InvalidScopeError, UnauthorizedClientError
from chalicelib.oauth.recent import Recent
from chalicelib.oauth.requests import BackChannelRequest
from chalicelib.oauth.scope import parse_scope
from chalicelib.oauth.tokens import mint_access_token

TENANT_HEADER = "tenantid"

_NUMBER = re.compile(r"[0-9]{1,15}")
_NOBODY = "ten_nobody"
_NO_CONSENT = "There is no service consent for this client and TenantId"


def _tenant_id_of(number: int) -> str | None:
    company = accounts.find_company_by_number(number)
    return company.tenant_id if company else None


# A company's number never changes. Only numbers of companies that consented are remembered, so that an unknown
# company and one without consent cost the same.
known_tenants: Recent[int, str] = Recent(_tenant_id_of, seconds=3600)


def grant_client_credentials(ctx: Context, client: Integration, request: BackChannelRequest) -> TokenAnswer:
    """An access token and no refresh token. Raises InvalidRequestError, UnauthorizedClientError, InvalidScopeError."""
    if client.is_public:
        raise UnauthorizedClientError("A public client cannot act without a person")  # RFC 6749 §4.4
    number = _tenant_number(request)
    activation = _find_service_consent(client, number)
    if activation is None or activation.service_scopes is None:
        # One answer for "no consent", "only a person's consent" and "no such company": no oracle (API1).
        raise UnauthorizedClientError(_NO_CONSENT)
    scopes = parse_scope(request.get("scope")) or activation.service_scopes
    if not scopes <= activation.service_scopes:
        raise InvalidScopeError("The scope exceeds what was consented to")
    refusal = partial(UnauthorizedClientError, _NO_CONSENT)
    with disturbed(ctx, activation.tenant_id, refusal, client_id=client.client_id, step=Step.SERVICE):
        return TokenAnswer(access_token=mint_access_token(ctx, _subject(client, activation), scopes), scopes=scopes)


def _tenant_number(request: BackChannelRequest) -> int:
    number = request.headers.get(TENANT_HEADER, "").strip()
    if _NUMBER.fullmatch(number) is None:
        raise InvalidRequestError("Send the header TenantId with the number of the company")
    for name, value in request.parameters.items():
        if name.lower().replace("_", "") == TENANT_HEADER and value != number:
            raise InvalidRequestError("TenantId differs between header and body")
    return int(number)


def _find_service_consent(client: Integration, number: int) -> Activation | None:
    tenant_id = known_tenants.get(number)
    if tenant_id is None:
        # An unknown company is asked for as often as a known one, so that the time is no oracle either.
        activations.find_activation(_NOBODY, client.integration_id)
    activation = activations.find_activation(tenant_id or _NOBODY, client.integration_id)
    if activation is None or not activation.is_active or activation.service_scopes is None:
        known_tenants.forget(number)
        return None
    return activation


def _subject(client: Integration, activation: Activation) -> TokenSubject:
    return TokenSubject(
        client_id=client.client_id,
        integration_id=client.integration_id,
        activation_id=activation.activation_id,
        tenant_id=activation.tenant_id,
        tenant_number=activation.tenant_number,
        account_id=activation.service_account_id or activation.account_id,
        kind=ConsentKind.SERVICE,
        scopes=activation.service_scopes or frozenset(),
    )
