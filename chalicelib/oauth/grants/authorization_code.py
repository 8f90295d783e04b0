"""Code exchange (RFC 6749 §4.1.3): ordered checks, then one transaction that consumes the code and makes the family.

Nothing is answered before that one write has won. A code presented again closes the family it produced.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from chalicelib.accounts.domain import is_sandbox
from chalicelib.callbacks import service as callbacks
from chalicelib.integrations.domain import GrantType, Integration
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import UnavailableError
from chalicelib.kit.log import log
from chalicelib.oauth.attempts.domain import Cause, Ending, Step
from chalicelib.oauth.attempts.recorder import record_end
from chalicelib.oauth.codes import find_code
from chalicelib.oauth.disturbed import disturbed
from chalicelib.oauth.domain import AuthorizationCode, TokenAnswer, TokenFamily, new_family
from chalicelib.oauth.errors import InvalidGrantError
from chalicelib.oauth.pkce import is_verifier_of
from chalicelib.oauth.refresh_tokens import new_family_id
from chalicelib.oauth.repository import codes, families
from chalicelib.oauth.requests import BackChannelRequest
from chalicelib.oauth.revocation import make_room, revoke_family
from chalicelib.oauth.tokens import mint_pair

_INVALID = "Invalid authorization code"  # clients of the dialect know this text
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What a client presents, beside the code it names."""

    code: AuthorizationCode
    client_id: str
    redirect_uri: str
    code_verifier: str
    now: datetime


class _CodeUsedError(Exception):
    """The code was exchanged before, for the family named."""

    def __init__(self, family_id: str) -> None:
        super().__init__(family_id)
        self.family_id = family_id


def check_code_belongs_to_client(exchange: Exchange) -> None:
    # First, so that nobody else's client can burn the code or close its family. RFC 6749 §4.1.3.
    if exchange.code.client_id != exchange.client_id:
        raise InvalidGrantError(_INVALID, log={"cause": "code of another client"})


def check_code_is_unused(exchange: Exchange) -> None:
    # RFC 6749 §4.1.2: must deny, and should revoke what was issued.
    if exchange.code.family_id is not None:
        raise _CodeUsedError(exchange.code.family_id)


def check_code_not_expired(exchange: Exchange) -> None:
    # RFC 6749 §4.1.2.
    if exchange.now >= exchange.code.expires_at:
        raise InvalidGrantError(_INVALID, log={"cause": "code expired"})


def check_redirect_uri_matches(exchange: Exchange) -> None:
    # RFC 6749 §4.1.3: identical if the authorization request had one; one out of nowhere is refused as well.
    if exchange.redirect_uri != exchange.code.redirect_uri:
        raise InvalidGrantError("The redirect_uri is not the one of the authorization request")


def check_code_verifier(exchange: Exchange) -> None:
    challenge, verifier = exchange.code.code_challenge, exchange.code_verifier
    # RFC 9700 §4.8.2: a verifier for a code without challenge is a downgrade attack.
    if bool(challenge) != bool(verifier):
        raise InvalidGrantError("code_verifier and code_challenge go together")
    # RFC 7636 §4.6.
    if challenge and not is_verifier_of(verifier, challenge):
        raise InvalidGrantError("The code_verifier does not match the code_challenge")


CHECKS: tuple[Callable[[Exchange], None], ...] = (
    check_code_belongs_to_client,
    check_code_is_unused,
    check_code_not_expired,
    check_redirect_uri_matches,
    check_code_verifier,
    # That the activation still stands is the transaction's own condition: see `families.add_family`.
)


def exchange_authorization_code(ctx: Context, client: Integration, request: BackChannelRequest) -> TokenAnswer:
    """A first token pair. `scope` is not read: the code has the scopes that were consented to.

    Raises InvalidRequestError, InvalidGrantError, UnavailableError when we cannot know whether the code is used.
    """
    code = find_code(request.require("code"))
    if code is None:
        callbacks.note_presented_code(client.client_id, request.require("code"))  # a self-test waits for it
        raise InvalidGrantError(_INVALID, log={"cause": "unknown code"})
    exchange = Exchange(
        code=code,
        client_id=client.client_id,
        redirect_uri=request.get("redirect_uri"),
        code_verifier=request.get("code_verifier"),
        now=ctx.now,
    )
    try:
        for check in CHECKS:
            check(exchange)
        refusal = partial(InvalidGrantError, _INVALID)
        with disturbed(ctx, code.tenant_id, refusal, client_id=client.client_id, step=Step.CODE):
            family = _commit(ctx, code)
    except _CodeUsedError as used:
        _close_reused(ctx, used.family_id)
        raise InvalidGrantError(_INVALID, log={"cause": "code used again"}) from used
    log.info("code.exchanged", extra={"client_id": client.client_id, "family_id": family.family_id})
    answer = mint_pair(ctx, family, family.scopes)
    return answer if GrantType.REFRESH_TOKEN in client.grant_types else replace(answer, refresh_token=None)


def _commit(ctx: Context, code: AuthorizationCode) -> TokenFamily:
    """The one write. The family's id is this request's own: a code that names it was consumed by nobody else (D2)."""
    for _ in range(_TRIES):
        family = new_family(code, new_family_id(ctx.now, is_sandbox=is_sandbox(code.tenant_id)), ctx.now)
        try:
            with store.transaction() as tx:
                codes.use(tx, code, family.family_id)
                families.add_family(tx, family)
                _record(tx, ctx, code, family.family_id)
        except UnavailableError:
            if _used_by(code) == family.family_id:
                return family  # it was done, only the answer was lost
            raise
        except store.RefusedError as refused:
            if "code" in refused.parts:
                used_by = _used_by(code)
                if used_by == family.family_id:
                    return family
                raise _CodeUsedError(used_by or "") from refused
            if "connection" in refused.parts and not make_room(ctx, code.activation_id):
                raise InvalidGrantError(_INVALID, log={"cause": "activation ended"}) from refused
            continue  # the family id was taken, or there is room now
        return family
    raise UnavailableError(log={"cause": "no room for a token family"})


def _record(tx: store.Transaction, ctx: Context, code: AuthorizationCode, family_id: str) -> None:
    """The attempt that began at the consent page is complete."""
    if code.attempt_id:
        ending = Ending(
            client_id=code.client_id, attempt_id=code.attempt_id, step=Step.CODE, cause=Cause.CONNECTED,
            tenant_number=code.tenant_number, family_id=family_id,
        )  # fmt: skip
        record_end(tx, ctx, ending)


def _used_by(code: AuthorizationCode) -> str | None:
    standing = codes.find(code.code_hash)
    return standing.family_id if standing else None


def _close_reused(ctx: Context, family_id: str) -> None:
    family = families.find_family(family_id)
    if family is not None:
        revoke_family(ctx, family, "code_reused")
