"""Context: the one frozen value through which time, caller, request id and id-making reach a service."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.kit.errors import UnauthenticatedError

if TYPE_CHECKING:
    from chalicelib.kit.i18n import Lang

__all__ = ["Actor", "Context", "new_context", "new_id"]

_ID_LENGTH = 24  # of 32 letters: 120 random bits
_LETTERS = b"abcdefghijkmnpqrstuvwxyz23456789" * 8  # a letter for each byte, all equally often


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking. A portal session carries `roles`; a bearer token carries `scopes` and a `client_id`.

    An API token carries `roles` and the one `purpose` it was made for.
    """

    account_id: str
    tenant_id: str
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    client_id: str | None = None
    session_id: str | None = None
    email: str = ""
    person: str = ""
    company: str = ""
    number: int = 0
    purpose: str = ""
    companies: tuple[tuple[str, str, str], ...] = ()  # (tenant_id, name, note) this person may switch between

    @property
    def is_session(self) -> bool:
        return self.session_id is not None


def new_id(prefix: str) -> str:
    return f"{prefix}_{_spelled(secrets.token_bytes(_ID_LENGTH))}"


def _spelled(random: bytes) -> str:
    return random[:_ID_LENGTH].translate(_LETTERS).decode()


@dataclass(frozen=True, slots=True)
class Context:
    """`operation_id` is the request's own id for one-shot writes: the same for every try of the same request.

    `lang` is the reader's, by cookie or Accept-Language: for sentences inside JSON that people are shown.
    """

    now: datetime
    actor: Actor | None
    request_id: str
    operation_id: str
    correlation_id: str
    lang: Lang = "en"
    source_ip: str = ""  # as the gateway saw it (RL-07): never read from a header
    device: str = ""  # browser and system in words, as far as the browser says
    new_id: Callable[[str], str] = field(default=new_id, compare=False)

    @property
    def caller(self) -> Actor:
        """The actor of a route whose guard let only known callers in. Raises UnauthenticatedError."""
        if self.actor is None:
            raise UnauthenticatedError
        return self.actor

    def as_actor(self, actor: Actor | None) -> Context:
        return replace(self, actor=actor)

    def with_operation(self, operation_id: str) -> Context:
        """The same request under a key its caller repeats: ids follow from the key, so a repeat makes the same ones."""
        count = 0

        def derived_id(prefix: str) -> str:
            nonlocal count
            count += 1
            digest = hmac.digest(operation_id.encode(), f"{prefix}:{count}".encode(), hashlib.sha256)
            return f"{prefix}_{_spelled(digest)}"

        return replace(self, operation_id=operation_id, new_id=derived_id)


def new_context(  # noqa: PLR0913 - each is one thing the edge knows of a request
    actor: Actor | None = None,
    request_id: str | None = None,
    *,
    correlation_id: str = "",
    offset: timedelta | None = None,
    source_ip: str = "",
    device: str = "",
    lang: Lang = "en",
) -> Context:
    """A context of this moment; `offset` is the time travel of the embedded stage."""
    request_id = request_id or new_id("req")
    return Context(
        now=datetime.now(UTC) + (offset or timedelta()),
        actor=actor,
        request_id=request_id,
        operation_id=request_id,
        correlation_id=correlation_id or request_id,
        source_ip=source_ip,
        device=device,
        lang=lang,
    )
