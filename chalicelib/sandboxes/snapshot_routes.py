"""Snapshots as JSON, and as the forms of the sandbox pages."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.accounts.domain import DeveloperLicenceRequiredError
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError, RejectedError
from chalicelib.kit.gate import parse_form
from chalicelib.kit.guards import role
from chalicelib.kit.http import NoContent, Router
from chalicelib.kit.pages import go, page_errors, read_form
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response
from chalicelib.sandboxes import service, snapshots
from chalicelib.sandboxes.domain import (
    Sandbox,
    SandboxNotReadyError,
    SandboxNotResettableError,
    Snapshot,
    SnapshotCapReachedError,
)
from chalicelib.sandboxes.guards import READERS, WRITERS
from chalicelib.sandboxes.pages import HOME
from chalicelib.sandboxes.schemas import SandboxRead, SandboxRestore, SnapshotCreate, SnapshotRead

router = Router(__name__)
pages = Router(__name__ + ".pages", kind="page", errors=page_errors)

_ACCEPTED = 202  # the queue copies: a later GET says ready


@router.route("/sandboxes/{sandbox_id}/snapshots", methods=["POST"], guard=WRITERS, body=SnapshotCreate,
              returns=SnapshotRead, status=_ACCEPTED, keyed=True,
              problems=[NotFoundError, SandboxNotReadyError, SnapshotCapReachedError, DeveloperLicenceRequiredError],
              headers=lambda snapshot: {"Location": f"/snapshots/{snapshot.snapshot_id}"})  # fmt: skip
def create_snapshot(ctx: Context, sandbox_id: str, body: SnapshotCreate) -> Snapshot:
    """Save the data of a sandbox under a name"""
    return snapshots.save_snapshot(ctx, sandbox_id, body)


@router.route("/sandboxes/{sandbox_id}/restore", methods=["POST"], guard=WRITERS, body=SandboxRestore,
              returns=SandboxRead, status=_ACCEPTED, keyed=True,
              problems=[NotFoundError, RejectedError, SandboxNotResettableError,
                        DeveloperLicenceRequiredError])  # fmt: skip
def restore_sandbox(ctx: Context, sandbox_id: str, body: SandboxRestore) -> Sandbox:
    """Put a snapshot, or a template, in place of a sandbox's data"""
    return service.reset_sandbox(ctx, sandbox_id, body.data)


@router.route("/snapshots", methods=["GET"], guard=READERS, returns=SnapshotRead,
              listed=True)  # fmt: skip
def list_snapshots(ctx: Context) -> Sequence[Snapshot]:
    """List your snapshots, at most ten"""
    return snapshots.list_snapshots(ctx)


@router.route("/snapshots/{snapshot_id}", methods=["GET"], guard=READERS, returns=SnapshotRead,
              problems=[NotFoundError])  # fmt: skip
def get_snapshot(ctx: Context, snapshot_id: str) -> Snapshot:
    """Read a snapshot and whether it is ready"""
    return snapshots.get_snapshot(ctx, snapshot_id)


@router.route("/snapshots/{snapshot_id}", methods=["DELETE"], guard=WRITERS, returns=NoContent,
              problems=[NotFoundError])  # fmt: skip
def delete_snapshot(ctx: Context, snapshot_id: str) -> None:
    """Delete a snapshot; sandboxes made from it keep their data"""
    snapshots.delete_snapshot(ctx, snapshot_id)


@pages.raw(f"{HOME}/{{sandbox_id}}/snapshot", methods=["POST"], guard=role("developer"))
def post_snapshot_page(ctx: Context, request: Request, sandbox_id: str) -> Response:
    snapshots.save_snapshot(ctx, sandbox_id, parse_form(SnapshotCreate, read_form(ctx, request)))
    return go(ctx, request, f"{HOME}#snapshots", "The snapshot is being saved.")


@pages.raw(f"{HOME}/{{sandbox_id}}/restore", methods=["POST"], guard=role("developer"))
def post_restore_page(ctx: Context, request: Request, sandbox_id: str) -> Response:
    service.reset_sandbox(ctx, sandbox_id, parse_form(SandboxRestore, read_form(ctx, request)).data)
    return go(ctx, request, f"{HOME}/{sandbox_id}", "The sandbox is being reset.")


@pages.raw(f"{HOME}/snapshots/{{snapshot_id}}/delete", methods=["POST"], guard=role("developer"))
def delete_snapshot_page(ctx: Context, request: Request, snapshot_id: str) -> Response:
    read_form(ctx, request)
    snapshots.delete_snapshot(ctx, snapshot_id)
    return go(ctx, request, f"{HOME}#snapshots", "The snapshot is deleted.")
