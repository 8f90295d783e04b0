"""How far the counting is: what a run tells the next one, and the operator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from chalicelib.statistics import repository
from chalicelib.statistics.domain import slot_name, slot_start

NOTE = "tallied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Everything before `counted_until` is counted but `waiting` quarters of an hour, as a run at `told_at` saw it."""

    counted_until: datetime
    told_at: datetime
    waiting: int = 0


def tell(until: datetime, now: datetime, waiting: int) -> None:
    seconds = int(now.timestamp())
    repository.save_note(NOTE, f"{slot_name(until)} {seconds} {waiting}")


def find() -> Progress | None:
    """None before the first run."""
    note = repository.read_note(NOTE)
    return parse(note) if note else None


def parse(note: str) -> Progress:
    """Raises ValueError. Notes of an earlier version name the quarter alone."""
    slot, *rest = note.split()
    until = slot_start(slot)
    if not rest:
        return Progress(counted_until=until, told_at=until)
    told_at, waiting = rest
    return Progress(counted_until=until, told_at=datetime.fromtimestamp(int(told_at), UTC), waiting=int(waiting))
