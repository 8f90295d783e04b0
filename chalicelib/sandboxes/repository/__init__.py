"""Tables of the sandboxes room; callers say `repository.find_sandbox(…)`."""

from chalicelib.kit.store import Item
from chalicelib.sandboxes.repository.sandboxes import (
    SandboxItem,
    SlotItem,
    add_sandbox,
    advance,
    change,
    find_live,
    find_sandbox,
    finish_deletion,
    finish_reset,
    list_live,
    make_ready,
    record_failure,
    request_again,
    request_deletion,
    request_reset,
)
from chalicelib.sandboxes.repository.snapshots import ChunkItem, SnapshotItem

TABLES: tuple[type[Item], ...] = (SandboxItem, SlotItem, SnapshotItem, ChunkItem)

__all__ = [
    "TABLES",
    "SandboxItem",
    "SlotItem",
    "add_sandbox",
    "advance",
    "change",
    "find_live",
    "find_sandbox",
    "finish_deletion",
    "finish_reset",
    "list_live",
    "make_ready",
    "record_failure",
    "request_again",
    "request_deletion",
    "request_reset",
]
