"""Snapshots: the data of a sandbox, saved under a name, for new sandboxes and for going back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.kit.errors import LimitReachedError

SNAPSHOT_CAP = 10  # per developer company: enough for a release's test suites, and a few megabytes at most
SNAPSHOT_SLOTS = tuple(f"SNAP#{number:02}" for number in range(1, SNAPSHOT_CAP + 1))
SNAPSHOT_ROWS_MAX = 10_000  # records that differ from the template; restoring them takes seconds
SNAPSHOT_PREFIX = "snp"


class SnapshotStatus(StrEnum):
    SAVING = "saving"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """`heads` say how many records each resource has and from which template; `chunks` hold those that differ.

    `resource` and `ordinal` are how far the saving has come.
    """

    tenant_id: str
    slot: str
    snapshot_id: str
    name: str
    status: SnapshotStatus = SnapshotStatus.SAVING
    sandbox_id: str
    company_tenant_id: str
    heads: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    chunks: tuple[str, ...] = ()
    rows: int = 0
    resource: int = 0
    ordinal: int = 0
    failures: int = 0
    failure: str | None = None
    version: int = 1
    created_at: datetime
    updated_at: datetime


class SnapshotCapReachedError(LimitReachedError):
    title = "No more snapshots can be saved"


def is_snapshot(data: str) -> bool:
    """Whether a sandbox's data is one of these, and not a template.

    >>> is_snapshot("snp_1"), is_snapshot("small")
    (True, False)
    """
    return data.startswith(f"{SNAPSHOT_PREFIX}_")
