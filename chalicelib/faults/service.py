"""Switching faults on and off, and asking at the edges whether one strikes; for a live company without any call."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from chalicelib.accounts.domain import is_sandbox
from chalicelib.faults import repository
from chalicelib.faults.domain import (
    COUNTED,
    HEADER,
    MARK,
    Fault,
    FaultKind,
    LostAnswerError,
    Place,
    Switchboard,
    error_of,
)
from chalicelib.kit.context import Context
from chalicelib.kit.log import log

__all__ = [
    "is_revoked",
    "last_uses",
    "read",
    "remove",
    "removed_modules",
    "strike_after",
    "strike_before",
    "switch_off",
    "switch_on",
]

_NOTHING = Switchboard()
_seen: list[tuple[str, str, Switchboard]] = []  # the last request's: an endpoint asks up to three times in one request


def read(tenant_id: str) -> Switchboard:
    return repository.find(tenant_id)


def last_uses(tenant_ids: list[str]) -> dict[str, date]:
    """The last day of use, of the test companies that were used: one call for each hundred."""
    return repository.list_used(tenant_ids)


def switch_on(tenant_id: str, fault: Fault) -> Switchboard:
    """From now until its lease ends; one of its kind is replaced. What has ended is forgotten on the way."""

    def decide(before: Switchboard) -> Switchboard:
        running = {entry.kind: entry for entry in before.running(fault.since)}
        return replace(before, faults={**running, fault.kind: fault})

    return repository.change(tenant_id, decide)


def switch_off(tenant_id: str, kind: FaultKind) -> Switchboard:
    def decide(before: Switchboard) -> Switchboard | None:
        kept = {name: fault for name, fault in before.faults.items() if name is not kind}
        return replace(before, faults=kept) if kind in before.faults else None

    return repository.change(tenant_id, decide)


def remove(tenant_id: str) -> None:
    repository.remove(tenant_id)


def is_revoked(ctx: Context, tenant_id: str) -> bool:
    return _board(ctx, tenant_id).find(FaultKind.REVOKED, ctx.now) is not None


def removed_modules(ctx: Context, tenant_id: str) -> frozenset[str]:
    fault = _board(ctx, tenant_id).find(FaultKind.MODULE_REMOVED, ctx.now)
    return frozenset({fault.module}) if fault else frozenset()


def strike_before(ctx: Context, tenant_id: str, place: Place) -> str:
    """Before anything happens: wait, or raise what was switched on. The header to answer with, "" without a fault."""
    board = _board(ctx, tenant_id)
    struck = ""
    for kind in (FaultKind.SLOW, FaultKind.TOO_MANY_REQUESTS, FaultKind.SERVER_ERROR):
        fault = board.find(kind, ctx.now, place)
        if fault is None or not _takes_one(ctx, tenant_id, fault):
            continue
        log.info("fault.struck", extra={"tenant_id": tenant_id, "fault": str(kind), "place": str(place)})
        error = error_of(fault)
        if error is not None:
            raise error
        time.sleep(fault.seconds)
        struck = str(kind)
    return struck


def strike_after(ctx: Context, tenant_id: str, place: Place) -> None:
    """After the effect: raises LostAnswerError when answers get lost."""
    fault = _board(ctx, tenant_id).find(FaultKind.LOST_ANSWER, ctx.now, place)
    if fault is not None and _takes_one(ctx, tenant_id, fault):
        log.info("fault.struck", extra={"tenant_id": tenant_id, "fault": str(fault.kind), "place": str(place)})
        told = str(fault.kind)
        raise LostAnswerError("What you asked for was done.", log={MARK: told}, headers={HEADER: told})


def _takes_one(ctx: Context, tenant_id: str, fault: Fault) -> bool:
    """Count the call where calls are counted; whether it is among those that are struck."""
    if fault.left is None or fault.kind not in COUNTED:
        return True
    taken = False

    def decide(before: Switchboard) -> Switchboard | None:
        nonlocal taken
        standing = before.find(fault.kind, ctx.now)
        taken = standing is not None and standing.left is not None
        if standing is None or standing.left is None:
            return None
        return replace(before, faults={**before.faults, fault.kind: replace(standing, left=standing.left - 1)})

    repository.change(tenant_id, decide)
    return taken


def _board(ctx: Context, tenant_id: str) -> Switchboard:
    """The row as it stood when this request first asked; also notes that the company is used, once a day."""
    if not is_sandbox(tenant_id):
        return _NOTHING
    for request_id, known, board in _seen:
        if (request_id, known) == (ctx.request_id, tenant_id):
            return board
    board = repository.find(tenant_id)
    if board.used_on != ctx.now.date():
        board = repository.change(tenant_id, _used(ctx.now.date()))
    _seen[:] = [(ctx.request_id, tenant_id, board)]
    return board


def _used(day: date) -> Callable[[Switchboard], Switchboard | None]:
    def decide(before: Switchboard) -> Switchboard | None:
        is_news = before.used_on is None or before.used_on < day
        return replace(before, used_on=day) if is_news else None

    return decide
