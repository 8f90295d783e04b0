"""Client authentication (RFC 6749 §2.3.1): Basic, raw or form-encoded, or both credentials in the body."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from urllib.parse import unquote_plus

from chalicelib.accounts import service as accounts
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.kit import secrets
from chalicelib.kit.context import Context
from chalicelib.oauth.cutoffs import take_changed
from chalicelib.oauth.errors import InvalidClientError, InvalidRequestError, UnauthorizedClientError
from chalicelib.oauth.recent import Recent
from chalicelib.oauth.requests import BackChannelRequest

METHODS = ("client_secret_basic", "client_secret_post", "none")
CLIENT_KEPT_SECONDS = 60  # SE-07 holds all the same: `cutoffs` tells within five seconds that a client has changed

_CLIENT_ID = re.compile(r"[A-Za-z0-9]{12}")
_BASIC = re.compile(r"basic +([A-Za-z0-9+/_-]+={0,2}) *", re.IGNORECASE)
_NOBODY = "k1:" + "0" * 64


@dataclass(frozen=True, slots=True)
class Client:
    """An integration as the token endpoint sees it; `is_licensed`: its developer may have integrations running."""

    integration: Integration
    is_licensed: bool


def _load(client_id: str) -> Client | None:
    integration = integrations.find_by_client_id(client_id)
    if integration is None:
        return None
    return Client(integration, accounts.get_company(integration.tenant_id).has_licence)


clients: Recent[str, Client] = Recent(_load, seconds=CLIENT_KEPT_SECONDS)


def authenticate_client(ctx: Context, request: BackChannelRequest) -> Integration:
    """The client that sent this request.

    Raises InvalidClientError (401), InvalidRequestError for two methods at once, UnauthorizedClientError when the
    integration is suspended or its developer's licence gone. A public client names itself and must send no secret.
    """
    client_id, client_secret = _credentials(request)
    for changed in take_changed(ctx):
        clients.forget(changed)
    client = _find_with_secret(ctx, client_id, client_secret)
    if client is None:
        known = clients.peek(client_id)  # whose secret was wrong, for the flight recorder
        raise InvalidClientError(log={"client_id": client_id} if known else None)
    if client.integration.is_stopped:
        raise UnauthorizedClientError("This integration is suspended")
    if not client.is_licensed:
        raise UnauthorizedClientError("The developer of this integration has no licence at present")
    integrations.note_secret_use(client.integration, client_secret, ctx.now)
    return client.integration


def _credentials(request: BackChannelRequest) -> tuple[str, str]:
    header = request.headers.get("authorization")
    if header is None:
        return request.get("client_id"), request.get("client_secret")
    if "," in header:
        raise InvalidRequestError("Send one Authorization header")  # RFC 9110 §5.3: the gateway joins repetitions
    client_id, client_secret = _parse_basic(header)
    if request.get("client_secret"):
        # RFC 6749 §2.3: not more than one authentication method in each request.
        raise InvalidRequestError("Authenticate in the header or in the body, not in both")
    if request.get("client_id") not in {"", client_id}:
        raise InvalidRequestError("client_id differs between header and body")
    return client_id, client_secret


def _parse_basic(header: str) -> tuple[str, str]:
    found = _BASIC.fullmatch(header)
    if found is None:
        raise InvalidClientError
    try:
        text = base64.b64decode(found[1], altchars=b"-_" if "-" in found[1] or "_" in found[1] else None, validate=True)
        client_id, colon, client_secret = text.decode("utf-8").partition(":")
    except (binascii.Error, ValueError) as error:
        raise InvalidClientError from error
    if not colon:
        raise InvalidClientError
    # Our credentials hold neither "%" nor "+", so decoding the form-encoded kind leaves the raw kind as it is.
    return unquote_plus(client_id), unquote_plus(client_secret)


def _find_with_secret(ctx: Context, client_id: str, client_secret: str) -> Client | None:
    if _CLIENT_ID.fullmatch(client_id) is None:
        return None
    remembered = clients.get(client_id)
    if remembered is not None and _is_proof(remembered.integration, client_secret, ctx):
        return remembered
    # What was remembered may be older than a secret made just now: look once more before refusing it.
    client = clients.reload(client_id)
    if client is None:
        secrets.is_secret(client_secret, _NOBODY, "client_secret")  # an unknown client takes the time of a known one
        return None
    return client if _is_proof(client.integration, client_secret, ctx) else None


def _is_proof(client: Integration, client_secret: str, ctx: Context) -> bool:
    if client.is_public:
        return not client_secret  # RFC 6749 §2.3: it has none, so a secret is somebody's mistake (TK-12)
    return integrations.is_client_secret(client, client_secret, ctx.now)
