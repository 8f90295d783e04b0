"""OAuth errors: one class per registered code, name and code by rule; who may be told is a class, not an `if`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from chalicelib.kit.errors import AppError

_FORBIDDEN = re.compile(r"[^\x20-\x21\x23-\x5B\x5D-\x7E]")  # RFC 6749 §5.2: what error_description may not contain


class ClientNotTrustedError(AppError):
    """Bad `client_id` or `redirect_uri` at the authorization endpoint: our own page, never a redirect.

    Not an OAuthError on purpose: whoever redirects on those cannot redirect on this one (RFC 6749 §4.1.2.1).
    """

    status = 400
    title = "This link cannot be trusted"


class OAuthError(AppError):
    """`error` is the code of the RFC: InvalidGrantError is `invalid_grant`.

    At the authorization endpoint the checks run after client and redirect URI are known to be good call `sent_to`, and
    the error is then rendered as a redirect with `error`, `error_description`, `state` and `iss`.
    """

    status = 400
    error: ClassVar[str] = "server_error"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "error" not in cls.__dict__:
            cls.error = cls.code.replace("-", "_")

    def __init__(
        self, description: str = "", *, log: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(_FORBIDDEN.sub("'", description or self.title), log=log, headers=headers)
        self.redirect_uri = ""
        self.state: str | None = None

    @property
    def description(self) -> str:
        return self.detail

    def sent_to(self, redirect_uri: str, state: str | None) -> OAuthError:
        """The same error, to be delivered to a redirect URI that has been verified."""
        self.redirect_uri, self.state = redirect_uri, state
        return self


# RFC 6749 §5.2 and §4.1.2.1


class InvalidRequestError(OAuthError):
    title = "The request is not valid"


class InvalidClientError(OAuthError):
    status = 401
    title = "The client credentials are invalid"

    def __init__(self, description: str = "", **kwargs: Any) -> None:
        super().__init__(description, **kwargs)
        self.headers.setdefault("WWW-Authenticate", 'Basic realm="anslut", charset="UTF-8"')


class InvalidGrantError(OAuthError):
    title = "The grant is not valid"


class UnauthorizedClientError(OAuthError):
    title = "The client may not use this grant"


# The developer has switched the grant off: nobody's consent or licence is missing.
GRANT_NOT_USED: Mapping[str, Any] = {"cause": "grant not used"}


class UnsupportedGrantTypeError(OAuthError):
    title = "This grant type is not supported"


class InvalidScopeError(OAuthError):
    title = "The scope is not valid"


class AccessDeniedError(OAuthError):
    title = "The request was denied"


class UnsupportedResponseTypeError(OAuthError):
    title = "Only response_type=code is supported"


class ServerFaultError(OAuthError):
    status = 500
    error = "server_error"
    title = "Something went wrong on our side"


class TemporarilyUnavailableError(OAuthError):
    status = 503
    title = "The service could not finish this request. Repeating it is safe."

    def __init__(self, description: str = "", **kwargs: Any) -> None:
        super().__init__(description, **kwargs)
        self.headers.setdefault("Retry-After", "1")


class UnsupportedTokenTypeError(OAuthError):
    """RFC 7009 §2.2.1."""

    title = "This token type is not supported"


# OpenID Connect Core §3.1.2.6


class LoginRequiredError(OAuthError):
    title = "The person must sign in"


class ConsentRequiredError(OAuthError):
    title = "The person must consent"


class InteractionRequiredError(OAuthError):
    title = "The person must act"


class RequestNotSupportedError(OAuthError):
    title = "Request objects are not supported"


class RequestUriNotSupportedError(OAuthError):
    title = "Request objects by reference are not supported"


# The dialect's own, at the authorization endpoint


class ErrorMissingLicenseError(OAuthError):
    title = "The company lacks a module licence that a scope needs"


class ErrorMissingAppLicenseError(OAuthError):
    title = "The company has not bought this integration"


class ErrorMissingSystemAdminRightError(OAuthError):
    title = "Only a system administrator of the company may do this"
