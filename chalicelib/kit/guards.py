"""Guards: pure functions of the actor, declared on every route; there is no default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.kit.context import Actor
from chalicelib.kit.errors import AppError, ForbiddenError, UnauthenticatedError

__all__ = ["Guard", "InsufficientScopeError", "alike", "bearer", "public", "role", "scope", "signed_in"]


class InsufficientScopeError(ForbiddenError):
    """RFC 6750 §3.1: the token is fine but does not carry the scope this resource needs."""

    title = "The access token lacks a scope"


@dataclass(frozen=True, slots=True)
class Guard:
    """`name` is what OpenAPI and the authorization matrix show; `check` raises or returns nothing.

    `asks_who` is False where no session and no bearer token can change the answer: then neither is read for it.
    """

    name: str
    check: Callable[[Actor | None], None]
    asks_who: bool = True


def _anyone(_: Actor | None) -> None:
    return


public = Guard("public", _anyone)
alike = Guard("public", _anyone, asks_who=False)


def _require_session(actor: Actor | None) -> Actor:
    # Bearer tokens are for the company API; they never open the portal (audience split).
    if actor is None or not actor.is_session:
        raise UnauthenticatedError("Sign in first.")
    return actor


def _check_signed_in(actor: Actor | None) -> None:
    _require_session(actor)


signed_in = Guard("signed_in", _check_signed_in)


def _require_token(actor: Actor | None) -> Actor:
    if actor is None or actor.client_id is None:
        raise UnauthenticatedError(
            "Send an access token in the Authorization header.", headers={"WWW-Authenticate": 'Bearer realm="anslut"'}
        )
    return actor


def _check_bearer(actor: Actor | None) -> None:
    _require_token(actor)


bearer = Guard("bearer", _check_bearer)  # any access token, whatever its scopes


def role(*names: str, purpose: str = "") -> Guard:
    """Let in a portal session that has one of the roles, and an API token for the purpose whose maker has one."""

    def check(actor: Actor | None) -> None:
        is_for_this = actor is not None and purpose != "" and actor.purpose == purpose
        known = actor if actor is not None and is_for_this else _require_session(actor)
        if not known.roles & set(names):
            raise ForbiddenError(f"This needs the role {' or '.join(names)} in the company you are working in.")

    return Guard("role:" + "|".join(names) + (f"+token:{purpose}" if purpose else ""), check)


def scope(name: str) -> Guard:
    """Let in a bearer token that carries the scope."""

    def check(actor: Actor | None) -> None:
        if name not in _require_token(actor).scopes:
            raise InsufficientScopeError(
                f"The access token lacks the scope {name}.",
                extra={"scope": name},
                headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{name}"'},
            )

    return Guard(f"scope:{name}", check)


def explain(guard: Guard, actor: Actor | None) -> AppError | None:
    """The error `guard` would raise for `actor`, or None: for menus that show only what opens."""
    try:
        guard.check(actor)
    except AppError as error:
        return error
    return None
