"""What is too frequent for an event each: views, launches and calls, added up and written now and then."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.integrations import service as integrations
from chalicelib.kit.context import Context, new_context
from chalicelib.kit.errors import UnavailableError
from chalicelib.kit.log import log
from chalicelib.statistics import repository
from chalicelib.statistics.calendar import SLICE
from chalicelib.statistics.domain import SHARDS, FactKind, Partition, key_of, slot_name

HELD_FOR = timedelta(seconds=10)  # what a process that dies takes with it, at most
HELD_KINDS = 500


@dataclass(slots=True)
class _Held:
    written_at: datetime
    number: int = 0


_held: dict[tuple[str, str], _Held] = {}
"""Calls by (client_id, kind and cause) since they were last written."""
_owners: dict[str, tuple[str, str]] = {}
"""(owner, integration) of a client id: it never changes."""


def add(ctx: Context, owner_tenant_id: str, integration_id: str, kind: FactKind, detail: str = "") -> None:
    """Count one now. Never in the way: what cannot be written is not counted."""
    _write(ctx, owner_tenant_id, integration_id, key_of(kind, detail), 1)


def add_call(ctx: Context, client_id: str, cause: str = "") -> None:
    """Count a call of a client, or its refusal for a `cause`: the first at once, then every ten seconds what came."""
    key = client_id, key_of(FactKind.FAILED, cause) if cause else key_of(FactKind.CALLED)
    held = _held.get(key)
    if held is None:
        if len(_held) >= HELD_KINDS:
            flush(ctx, everything=True)
        held = _held[key] = _Held(ctx.now - HELD_FOR)
    held.number += 1
    flush(ctx)


def flush(ctx: Context, *, everything: bool = False) -> None:
    """Write what has been held long enough."""
    for (client_id, key), held in list(_held.items()):
        if not everything and abs(ctx.now - held.written_at) < HELD_FOR:
            continue
        number, held.number, held.written_at = held.number, 0, ctx.now
        if number:
            owner = _find_owner(client_id)
            if owner:
                _write(ctx, *owner, key, number)
        else:
            del _held[client_id, key]


def _find_owner(client_id: str) -> tuple[str, str] | None:
    if client_id not in _owners:
        found = integrations.find_by_client_id(client_id)
        if found is None:
            return None
        if len(_owners) >= HELD_KINDS:
            _owners.clear()
        _owners[client_id] = found.tenant_id, found.integration_id
    return _owners[client_id]


def _write(ctx: Context, owner_tenant_id: str, integration_id: str, key: str, number: int) -> None:
    slot = slot_name(ctx.now)
    name = f"{owner_tenant_id}#{integration_id}#{key}"
    try:
        repository.add_tally(Partition(slot, secrets.randbelow(SHARDS)), name, number)
        if abs(ctx.now - new_context().now) > SLICE:
            repository.mark_slot(slot, ctx.request_id)  # a traveller's quarter of an hour is not looked at by itself
    except UnavailableError:
        log.warning("statistics.not_tallied", extra={"integration_id": integration_id, "key": key})
