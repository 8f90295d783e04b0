"""What every back-channel endpoint asks of a request: one form body, each parameter once, nothing in the query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.kit.errors import MalformedRequestError
from chalicelib.kit.request import Request
from chalicelib.oauth.errors import InvalidRequestError

MAX_BODY_BYTES = 32 * 1024
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class BackChannelRequest:
    """The parameters of the body; one without a value counts as left out (RFC 6749 §3.1)."""

    parameters: Mapping[str, str]
    headers: Mapping[str, str]

    def get(self, name: str) -> str:
        return self.parameters.get(name, "")

    def require(self, name: str) -> str:
        value = self.get(name)
        if not value:
            raise InvalidRequestError(f"The parameter {name} is missing")
        return value


def parse_request(request: Request) -> BackChannelRequest:
    """Raises InvalidRequestError for every form of ambiguity, before anything is looked up or consumed."""
    if request.query.pairs:
        # RFC 6749 §2.3.1: credentials never in the URI; and two places could disagree.
        raise InvalidRequestError("Send parameters in the body only, never in the URL")
    if request.content_type != _FORM:
        raise InvalidRequestError(f"Send Content-Type: {_FORM}")
    if len(request.body) > MAX_BODY_BYTES:
        raise InvalidRequestError(f"Send at most {MAX_BODY_BYTES // 1024} KB")
    try:
        form = request.form()
    except MalformedRequestError as error:
        raise InvalidRequestError(error.detail) from error
    repeated = form.repeated()
    if repeated:
        # RFC 6749 §3.2: parameters must not be included more than once.
        raise InvalidRequestError("A parameter was sent more than once: " + ", ".join(sorted(repeated))[:100])
    return BackChannelRequest({name: value for name, value in form.pairs if value}, request.headers)
