"""Writing and finding attempts. Successes ride in the transaction that makes them; a failure is one write.

A successful refresh is not an attempt: it is the everyday life of a connection, whose row tells the last one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Self

from chalicelib.faults.domain import HEADER, MARK, FaultKind
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import AppError, UnavailableError
from chalicelib.kit.log import log
from chalicelib.kit.pagination import Page
from chalicelib.kit.ports import Hub
from chalicelib.oauth.attempts.domain import Attempt, Cause, Ending, Step, cause_of, short_id_of
from chalicelib.oauth.domain import AccessToken
from chalicelib.oauth.errors import OAuthError
from chalicelib.oauth.repository import attempts

if TYPE_CHECKING:
    from chalicelib.kit.pagination import PageQuery

_SHORT_ID = re.compile(r"[2-9A-HJ-NP-Z]{8}")
_CLIENT_ID = re.compile(r"[A-Za-z0-9]{12}")
_DESCRIPTION_MAX = 300
_STEPS = {
    "authorization_code": Step.CODE,
    "refresh_token": Step.REFRESH,
    "client_credentials": Step.SERVICE,
    "migration": Step.MIGRATION,
}


class Ports(Hub):
    """What an upper room hands in: `count_refusal(ctx, client_id, cause)` counts what was refused (statistics)."""

    count_refusal: Callable[[Context, str, str], None] | None = None


def step_of(grant_type: str) -> Step:
    return _STEPS.get(grant_type, Step.CODE)


def attempt_id_of(transaction_id: str, ctx: Context) -> str:
    """The name of a person's attempt from the page to the tokens: the code carries it on."""
    return f"{ctx.now.isoformat(timespec='milliseconds')}#{transaction_id}"


def record_end(tx: store.Transaction, ctx: Context, ending: Ending) -> None:
    """Part "attempt" of the transaction that approves, denies or exchanges."""
    attempt = Attempt(
        **asdict(ending), short_id=short_id_of(ctx.request_id), request_id=ctx.request_id, ended_at=ctx.now
    )
    attempts.put(tx, attempt)


def record_refusal(ctx: Context, error: AppError, *, client_id: str, is_counted: bool, step: Step) -> str:
    """A failure, told by its short id. Never raises: the client hears about its own trouble, not about ours.

    `is_counted`: equal failures of a minute share a row (the token endpoint, where programs repeat themselves).
    """
    cause, short_id = cause_of(error, step), short_id_of(ctx.request_id)
    log.info("attempt.ended", extra={"short_id": short_id, "cause": cause, "step": step, "client_id": client_id[:40]})
    if cause is Cause.OUR_TROUBLE or not _CLIENT_ID.fullmatch(client_id):
        return short_id  # the log has it; a store in trouble is not helped by one write more
    family_id = str(error.log.get("family_id", ""))
    about = f"{step}:{error.log[MARK]}" if MARK in error.log else family_id
    moment = ctx.now.isoformat(timespec="minutes" if is_counted else "milliseconds")
    attempt = Attempt(
        client_id=client_id,
        attempt_id=f"{moment}#{cause}#{about}" if is_counted else f"{moment}#{short_id}",
        short_id=short_id,
        request_id=ctx.request_id,
        step=step,
        cause=cause,
        error=error.error if isinstance(error, OAuthError) else error.code,
        description=_description(error),
        tenant_number=error.log.get("tenant_number"),
        family_id=family_id,
        ended_at=ctx.now,
    )
    try:
        attempts.count(attempt) if is_counted else attempts.save(attempt)
    except (UnavailableError, store.RefusedError):
        log.warning("attempt.not_recorded", extra={"short_id": short_id})
        return short_id
    if Ports.count_refusal is not None:
        Ports.count_refusal(ctx, client_id, cause)
    return short_id


def record_struck_call(ctx: Context, error: AppError) -> None:
    """A call of the company API that met a fault somebody switched on: equal ones of a minute are one row."""
    error.log.setdefault("tenant_number", ctx.caller.number)
    record_refusal(ctx, error, client_id=ctx.caller.client_id or "", is_counted=True, step=Step.CALL)


def record_delayed_call(ctx: Context, fault: str) -> None:
    """Of the company API, by its own caller."""
    client_id = ctx.caller.client_id or ""
    record_delay(ctx, fault, client_id=client_id, tenant_number=ctx.caller.number, step=Step.CALL)


def record_delay(ctx: Context, fault: str, *, client_id: str, tenant_number: int | None, step: Step) -> None:
    """A call that a fault made late and that went well: equal ones of a minute are one row. Never raises."""
    attempt = Attempt(
        client_id=client_id,
        attempt_id=f"{ctx.now.isoformat(timespec='minutes')}#{Cause.SWITCHED_ON}#{step}:{fault}",
        short_id=short_id_of(ctx.request_id),
        request_id=ctx.request_id,
        step=step,
        cause=Cause.SWITCHED_ON,
        description=f"Fault: {fault}. The answer came late, and was the right one.",
        tenant_number=tenant_number,
        ended_at=ctx.now,
    )
    try:
        attempts.count(attempt)
    except (UnavailableError, store.RefusedError):
        log.warning("attempt.not_recorded", extra={"short_id": attempt.short_id})


def record_old_token(ctx: Context, error: AppError, token: AccessToken) -> None:
    """A token that is refused because somebody switched on that tokens are old: the answer says so, and a row."""
    error.log.update({MARK: str(FaultKind.EXPIRED_TOKENS), "tenant_number": token.tenant_number})
    error.headers = {**error.headers, HEADER: str(FaultKind.EXPIRED_TOKENS)}
    record_refusal(ctx, error, client_id=token.client_id, is_counted=True, step=Step.CALL)


def _description(error: AppError) -> str:
    fault = f"Fault: {error.log[MARK]}. " if MARK in error.log else ""
    return (fault + error.detail)[:_DESCRIPTION_MAX]


class recording:  # noqa: N801 - read as a verb: `with recording(ctx, step) as attempt`
    """Whatever is refused inside the block is recorded, if a client of ours is behind it.

    `client_id`: whose attempt it is, once that is known.
    """

    def __init__(self, ctx: Context, step: Step) -> None:
        self._ctx, self._step, self.client_id = ctx, step, ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, AppError):
            client_id = self.client_id or str(error.log.get("client_id", ""))
            if client_id:
                record_refusal(self._ctx, error, client_id=client_id, is_counted=True, step=self._step)


def list_attempts(ctx: Context, integration_id: str, query: PageQuery) -> Page[Attempt]:
    """How attempts to connect the caller's own integration ended, newest first. Raises NotFoundError."""
    return list_of(ctx, integrations.get_integration(ctx, integration_id), query)


def list_of(ctx: Context, client: Integration, query: PageQuery) -> Page[Attempt]:
    return attempts.list_by_client(ctx, client.client_id, query)


def search_attempts(ctx: Context, text: str) -> list[Attempt]:
    """For support: by short id, by client id (its newest), or by request id. At most one call."""
    wanted = text.strip()
    if _SHORT_ID.fullmatch(wanted.upper()):
        return attempts.list_by_short_id(wanted.upper())
    if _CLIENT_ID.fullmatch(wanted):
        from chalicelib.kit.pagination import PageQuery  # a shape: the token endpoint does without

        return list(attempts.list_by_client(ctx, wanted, PageQuery()).items)
    return attempts.list_by_short_id(short_id_of(wanted)) if wanted else []
