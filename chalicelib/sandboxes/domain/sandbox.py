"""Sandboxes: states, slots, the steps of provisioning, and what is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.kit.errors import ConflictError, LimitReachedError

SANDBOX_CAP = 30  # product rule, seed: "up to 30 test environments simultaneously"
SLOTS = tuple(f"SLOT#{number:02}" for number in range(1, SANDBOX_CAP + 1))
STEPS = ("reserve", "company", "people", "sample", "data", "ready")
MAX_FAILURES = 4  # the queue gives a message five deliveries: say why before it disappears into the dead letter queue
READY_MAIL_AFTER = timedelta(minutes=1)  # who waited this long has gone to do something else
STALLED_AFTER = timedelta(minutes=5)  # far beyond the seconds that provisioning takes
TOMBSTONE_KEPT_FOR = timedelta(days=15)  # longer than the 14 days a queued message can live


class SandboxStatus(StrEnum):
    REQUESTED = "requested"
    PROVISIONING = "provisioning"
    READY = "ready"
    RESETTING = "resetting"
    FAILED = "failed"
    DELETING = "deleting"
    DELETED = "deleted"


UNDER_WAY = frozenset({SandboxStatus.REQUESTED, SandboxStatus.PROVISIONING})
LIVE = UNDER_WAY | {SandboxStatus.READY, SandboxStatus.RESETTING, SandboxStatus.FAILED}


class SandboxData(StrEnum):
    """What a sandbox holds when it is new or reset: the templates of `company_data`; or else a snapshot's id."""

    SMALL = "small"
    LARGE = "large"
    EMPTY = "empty"


def template_of(data: str) -> str:
    return "" if data == SandboxData.EMPTY else data


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """`tenant_id` is the developer company that owns it, `company_tenant_id` the test company that it is.

    `epochs` are places its data may lie in: the present one, and those of resets that were begun since.
    """

    tenant_id: str
    sandbox_id: str
    name: str
    status: SandboxStatus
    slot: str
    account_id: str
    email: str
    company_tenant_id: str
    company_number: int | None = None
    notes: str = ""
    data: str = SandboxData.SMALL
    reset_id: str | None = None
    epochs: frozenset[str] = frozenset()
    step: int = 0
    failures: int = 0
    failure: str | None = None
    warned: int = 0
    warned_at: datetime | None = None
    created_at: datetime
    updated_at: datetime

    @property
    def steps(self) -> int:
        return len(STEPS)

    @property
    def is_settled(self) -> bool:
        return self.status not in UNDER_WAY | {SandboxStatus.RESETTING, SandboxStatus.DELETING}

    def is_stalled(self, now: datetime) -> bool:
        return not self.is_settled and now >= self.updated_at + STALLED_AFTER

    def can_retry(self, now: datetime) -> bool:
        return self.status is SandboxStatus.FAILED or (self.status in UNDER_WAY and self.is_stalled(now))

    def can_reset(self, now: datetime) -> bool:
        return self.status is SandboxStatus.READY or (self.status is SandboxStatus.RESETTING and self.is_stalled(now))


class SandboxCapReachedError(LimitReachedError):
    title = "No more sandboxes can be created"


class SandboxNotRetryableError(ConflictError):
    title = "This sandbox needs no retry"


class SandboxNotReadyError(ConflictError):
    title = "This sandbox is not ready"


class SandboxNotResettableError(ConflictError):
    title = "This sandbox cannot be reset now"


def new_sandbox(  # noqa: PLR0913 - the facts it begins with
    name: str,
    *,
    tenant_id: str,
    account_id: str,
    email: str,
    ids: tuple[str, str],
    now: datetime,
    data: str = SandboxData.SMALL,
) -> Sandbox:
    """A sandbox that was asked for; `ids` are its own and its company's. It has no slot before one is won for it."""
    sandbox_id, company_tenant_id = ids
    return Sandbox(
        tenant_id=tenant_id,
        sandbox_id=sandbox_id,
        name=name,
        status=SandboxStatus.REQUESTED,
        slot="",
        account_id=account_id,
        email=email,
        company_tenant_id=company_tenant_id,
        data=data,
        epochs=frozenset({sandbox_id}),
        created_at=now,
        updated_at=now,
    )


def pick_slot(taken: Collection[str], sandbox_id: str) -> str | None:
    """A free slot, or None. Each sandbox looks elsewhere first, so that creates at the same time seldom meet.

    >>> pick_slot(set(SLOTS) - {"SLOT#07"}, "sbx_1")
    'SLOT#07'
    """
    free = [slot for slot in SLOTS if slot not in taken]
    if not free:
        return None
    return free[int.from_bytes(hashlib.sha256(sandbox_id.encode()).digest()[:4], "big") % len(free)]
