"""The `scope` parameter (RFC 6749 §3.3): space-delimited on the wire, a set inside."""

from __future__ import annotations

import re

from chalicelib.oauth.errors import InvalidScopeError

MAX_SCOPES = 64  # more than any catalogue has; bounds the condition of a refresh

_TOKEN = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")


def parse_scope(scope: str) -> frozenset[str]:
    """The scopes named, none for an empty text. Raises InvalidScopeError for what no scope can be called.

    >>> sorted(parse_scope("invoice customer"))
    ['customer', 'invoice']
    """
    tokens = [token for token in scope.split(" ") if token]
    if len(tokens) > MAX_SCOPES or not all(_TOKEN.fullmatch(token) for token in tokens):
        raise InvalidScopeError("The scope contains something that cannot be a scope")
    return frozenset(tokens)


def render_scope(scopes: frozenset[str]) -> str:
    return " ".join(sorted(scopes))
