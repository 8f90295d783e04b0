"""Rows of the last run of each integration, and of the test codes we handed out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.callbacks.domain import CODE_LIFETIME, CallbackRun, Outcome, RunStatus, Scenario, Verdict
from chalicelib.kit import store, together

__all__ = [
    "TABLES",
    "CallbackCodeItem",
    "CallbackTestItem",
    "add_code",
    "count_presented",
    "find_run",
    "note_presented",
    "put_run",
    "want_run",
]


class _OutcomesAttribute(store.RecordsAttribute):
    def deserialize(self, value: str) -> tuple[Any, ...]:
        return tuple(
            replace(one, scenario=Scenario(one.scenario), verdict=Verdict(one.verdict))
            for one in super().deserialize(value)
        )


class CallbackTestItem(store.Item):
    """Reached through the owner: one row an integration, the last run replaces the one before."""

    Meta = store.table("callback-tests")

    tenant_id = UnicodeAttribute(hash_key=True)
    integration_id = UnicodeAttribute(range_key=True)
    run_id = UnicodeAttribute()
    redirect_uri = UnicodeAttribute()
    status = store.EnumAttribute(RunStatus)
    started_at = UTCDateTimeAttribute()
    ended_at = UTCDateTimeAttribute(null=True)
    outcomes = _OutcomesAttribute(Outcome)


class CallbackCodeItem(store.Item):
    """A code of ours: only its hash rests, like that of a real one."""

    Meta = store.table("callback-codes")

    code_hash = UnicodeAttribute(hash_key=True)
    client_id = UnicodeAttribute()
    times = NumberAttribute(default=0)
    expires_at = TTLAttribute()


TABLES = (CallbackTestItem, CallbackCodeItem)


def find_run(tenant_id: str, integration_id: str) -> CallbackRun | None:
    item = store.find(CallbackTestItem, tenant_id, integration_id)
    return _to_run(item) if item else None


def want_run(tenant_id: str, integration_id: str) -> together.Wanted[CallbackRun]:
    return together.Wanted(CallbackTestItem, (tenant_id, integration_id), _to_run)


def _to_run(item: CallbackTestItem) -> CallbackRun:
    return store.to_entity(CallbackRun, item)


def put_run(tx: store.Transaction, run: CallbackRun, before: CallbackRun | None) -> None:
    """Part `run`, refused when another one began in between."""
    known = CallbackTestItem.run_id == before.run_id if before else store.absent(CallbackTestItem)
    tx.put("run", store.to_item(CallbackTestItem, run), known)


def add_code(code_hash: str, client_id: str, now: datetime) -> None:
    store.add(CallbackCodeItem(code_hash, client_id=client_id, times=0, expires_at=now + CODE_LIFETIME))


def note_presented(code_hash: str, client_id: str) -> bool:
    """Whether it was a test code of this client; counted if it was. Raises UnavailableError."""
    try:
        store.update(
            CallbackCodeItem, (code_hash,), [CallbackCodeItem.times.add(1)], CallbackCodeItem.client_id == client_id
        )
    except store.RefusedError:
        return False
    return True


def count_presented(code_hash: str) -> int:
    item = store.find(CallbackCodeItem, code_hash)
    return int(item.times) if item else 0
