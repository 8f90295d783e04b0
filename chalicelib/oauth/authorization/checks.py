"""The checks of an authorization request, in order; each names its clause and is refused for exactly one reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from chalicelib.accounts.domain import Company
from chalicelib.activations.domain import ConsentKind
from chalicelib.integrations.domain import GrantType, Integration, IntegrationStatus
from chalicelib.kit.request import Form
from chalicelib.oauth import pkce
from chalicelib.oauth.authorization.domain import Asked, IntegrationUnavailableError
from chalicelib.oauth.authorization.redirects import find_redirect_uri
from chalicelib.oauth.errors import (
    ClientNotTrustedError,
    InvalidRequestError,
    InvalidScopeError,
    OAuthError,
    RequestNotSupportedError,
    RequestUriNotSupportedError,
    UnauthorizedClientError,
    UnsupportedResponseTypeError,
)

Check = Callable[[Asked], None]

KNOWN = frozenset(
    {
        *("client_id", "redirect_uri", "response_type", "response_mode", "scope", "state"),  # RFC 6749
        *("code_challenge", "code_challenge_method"),  # RFC 7636
        *("access_type", "account_type"),  # the dialect
        *("prompt", "nonce", "display", "max_age", "ui_locales", "login_hint", "id_token_hint", "acr_values"),  # OIDC
        *("request", "request_uri"),  # RFC 9101
    }
)
MAX_SCOPE = 2_000  # characters: thrice the whole catalogue
MAX_STATE = 6_144  # bytes once percent-encoded: what is left of API Gateway's 10 KB for headers of an answer
_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")  # RFC 6749 §3.3
_PROMPTS = frozenset({"none", "login", "consent", "select_account"})


def find_client(sent: Form, look_up: Callable[[str], Integration | None]) -> Integration:
    """The client of the request. Raises ClientNotTrustedError: before it is known, nothing may be redirected."""
    # RFC 6749 §4.1.2.1: unknown, missing or doubled client: the person is told, not the client.
    if any("\ud800" <= char <= "\udfff" for pair in sent.pairs for char in "".join(pair)):
        raise ClientNotTrustedError("The address contains characters that are not text.")
    if len(sent.all("client_id")) != 1:
        raise ClientNotTrustedError("The address must name the integration once, as client_id.")
    client = look_up(sent.get("client_id") or "")
    if client is None:
        raise ClientNotTrustedError("There is no integration with this client_id.")
    return client


def trust(sent: Form, client: Integration) -> Asked:
    """The request with a redirect URI that is the client's own. Raises ClientNotTrustedError."""
    # RFC 6749 §3.1: never more than once. RFC 9700 §4.1: exact match, or the person is told and nobody is redirected.
    if len(sent.all("redirect_uri")) > 1:
        raise ClientNotTrustedError("The address names redirect_uri more than once.")
    redirect_uri = find_redirect_uri(client.redirect_uris, sent.get("redirect_uri") or "")
    if redirect_uri is None:
        raise ClientNotTrustedError("The redirect_uri is not one that the integration has registered.")
    # RFC 6749 §4.1.2.1: the state must be returned, so one that fits into no answer cannot be answered by redirect.
    if len(quote(sent.get("state") or "", safe="")) > MAX_STATE:
        raise ClientNotTrustedError("The state is too long to be returned.")
    return Asked(client, sent, redirect_uri)


def check_available(client: Integration, owner: Company) -> None:
    """AZ-55. Raises IntegrationUnavailableError."""
    if client.status is IntegrationStatus.SUSPENDED or not owner.has_licence:
        raise IntegrationUnavailableError("The integration is not available at present. Ask its developer.")


def check(asked: Asked) -> None:
    """All CHECKS in order; what they raise is addressed to the verified redirect URI."""
    try:
        for one in CHECKS:
            one(asked)
    except OAuthError as error:
        raise error.sent_to(asked.redirect_uri, asked.state) from None


def check_parameters_once(asked: Asked) -> None:
    # RFC 6749 §3.1: parameters must not be included more than once; unknown ones are ignored.
    repeated = sorted(asked.sent.repeated() & KNOWN)
    if repeated:
        raise InvalidRequestError(f"{repeated[0]} is sent more than once")


def check_no_request_object(asked: Asked) -> None:
    # OIDC Core §6, RFC 9101 §4: not supported here; nothing is fetched.
    if asked.get("request"):
        raise RequestNotSupportedError
    if asked.get("request_uri"):
        raise RequestUriNotSupportedError


def check_response_mode(asked: Asked) -> None:
    # OAuth 2.0 Multiple Response Types §2.1: only the default of the code flow.
    if asked.get("response_mode") not in {"", "query"}:
        raise InvalidRequestError("Only response_mode=query is supported")


def check_response_type(asked: Asked) -> None:
    # RFC 6749 §4.1.1, RFC 9700 §2.1.2: code and nothing else; no token ever appears in a URL.
    if not asked.get("response_type"):
        raise InvalidRequestError("response_type is missing")
    if asked.get("response_type") != "code":
        raise UnsupportedResponseTypeError


def check_grant(asked: Asked) -> None:
    # RFC 6749 §4.1.2.1. A service account is approved here even where its program then asks by client credentials.
    needed = {GrantType.AUTHORIZATION_CODE}
    if asked.kind is ConsentKind.SERVICE:
        needed.add(GrantType.CLIENT_CREDENTIALS)
    if not needed & asked.client.grant_types:
        raise UnauthorizedClientError("The integration does not use authorization codes")


def check_state(asked: Asked) -> None:
    # contract.md; RFC 9700 §4.7.1: without it the client cannot tell its own answer from a forged one.
    if not asked.get("state"):
        raise InvalidRequestError("state is missing")


def check_scope(asked: Asked) -> None:
    # RFC 6749 §3.3: case-sensitive, no prefix match; RFC 9700 §2.3: nothing beyond what was registered.
    text = asked.get("scope")
    if not asked.scopes:
        raise InvalidScopeError("scope is missing")
    if len(text) > MAX_SCOPE or not all(_SCOPE_TOKEN.fullmatch(token) for token in text.split(" ") if token):
        raise InvalidScopeError("The scope cannot be read")
    beyond = sorted(asked.scopes - asked.client.scopes)
    if beyond:
        raise InvalidScopeError(f"The integration has not registered {beyond[0][:40]}")


def check_code_challenge(asked: Asked) -> None:
    # RFC 7636 §4.3: the default method is plain, so it must be named; RFC 9700 §2.1.1: S256 only.
    challenge, method = asked.get("code_challenge"), asked.get("code_challenge_method")
    if asked.client.is_public and not challenge:
        raise InvalidRequestError("A public client must send a code_challenge")  # RFC 8252 §6
    if not challenge and not method:
        return
    if method != pkce.METHOD:
        raise InvalidRequestError("Send code_challenge_method=S256")
    if not pkce.is_challenge(challenge):
        raise InvalidRequestError("The code_challenge is not the S256 of a code_verifier")


def check_access_type(asked: Asked) -> None:
    # contract.md: `offline` is accepted and changes nothing.
    if asked.get("access_type") not in {"", "offline"}:
        raise InvalidRequestError("Only access_type=offline is supported")


def check_account_type(asked: Asked) -> None:
    # contract.md: service accounts only for integrations that are for administrators.
    if asked.get("account_type") not in {"", "service"}:
        raise InvalidRequestError("Only account_type=service is supported")
    if asked.get("account_type") and (asked.client.is_public or not asked.client.only_administrator):
        raise UnauthorizedClientError("The integration is not set up for service accounts")


def check_prompt(asked: Asked) -> None:
    # OIDC Core §3.1.2.1: none stands alone.
    prompts = asked.get("prompt").split()
    if not set(prompts) <= _PROMPTS or ("none" in prompts and len(prompts) > 1):
        raise InvalidRequestError("The prompt is not one that is supported")


CHECKS: tuple[Check, ...] = (
    check_parameters_once,  # RFC 6749 §3.1
    check_no_request_object,  # OIDC Core §6, RFC 9101
    check_response_mode,  # OAuth 2.0 Multiple Response Types §2.1
    check_response_type,  # RFC 6749 §4.1.1
    check_grant,  # RFC 6749 §4.1.2.1
    check_state,  # contract.md, RFC 9700 §4.7.1
    check_scope,  # RFC 6749 §3.3
    check_code_challenge,  # RFC 7636 §4.3
    check_access_type,  # contract.md
    check_account_type,  # contract.md
    check_prompt,  # OIDC Core §3.1.2.1
)
