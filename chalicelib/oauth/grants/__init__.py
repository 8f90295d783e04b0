"""The grants of the token endpoint; metadata lists exactly these. A new grant is one file and one entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chalicelib.integrations.domain import Integration
from chalicelib.kit.context import Context
from chalicelib.oauth.domain import TokenAnswer
from chalicelib.oauth.grants.authorization_code import exchange_authorization_code
from chalicelib.oauth.grants.client_credentials import grant_client_credentials
from chalicelib.oauth.grants.refresh_token import refresh_tokens
from chalicelib.oauth.requests import BackChannelRequest

Grant = Callable[[Context, Integration, BackChannelRequest], TokenAnswer]

GRANTS: Mapping[str, Grant] = {
    "authorization_code": exchange_authorization_code,
    "refresh_token": refresh_tokens,
    "client_credentials": grant_client_credentials,
}
