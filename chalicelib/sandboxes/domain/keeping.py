"""When an unused sandbox is warned of and removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.sandboxes.domain.sandbox import Sandbox, SandboxStatus

WARNED_BEFORE = (timedelta(days=14), timedelta(days=3))
BETWEEN = (timedelta(days=7), timedelta(days=3))
"""However late the schedule runs: so long after the first warning comes the second, and after that the end."""
KEPT = frozenset({SandboxStatus.READY, SandboxStatus.FAILED})


class Keep(StrEnum):
    AS_IT_IS = "as_it_is"
    WARN = "warn"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`warning` is 1 or 2 with WARN; `ends_at` is when the sandbox would be removed."""

    keep: Keep
    warning: int = 0
    ends_at: datetime | None = None


def judge(sandbox: Sandbox, used_at: datetime, now: datetime, unused_after: timedelta) -> Verdict:
    """Any use since a warning takes it back. Two warnings always come before the end."""
    if sandbox.status not in KEPT:
        return Verdict(Keep.AS_IT_IS)
    last = max(used_at, sandbox.updated_at)
    warned_at = sandbox.warned_at
    given = sandbox.warned if warned_at is not None and warned_at > last else 0
    if given < len(WARNED_BEFORE):
        is_due = now >= last + unused_after - WARNED_BEFORE[given]
        if not is_due or (given and warned_at is not None and now < warned_at + BETWEEN[0]):
            return Verdict(Keep.AS_IT_IS)
        later = sum(BETWEEN[given:], timedelta())
        return Verdict(Keep.WARN, given + 1, max(last + unused_after, now + later))
    if warned_at is not None and now >= last + unused_after and now >= warned_at + BETWEEN[1]:
        return Verdict(Keep.REMOVE)
    return Verdict(Keep.AS_IT_IS)
