"""Sandboxes as JSON."""

from __future__ import annotations

from chalicelib.accounts.domain import DeveloperLicenceRequiredError
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.http import Router
from chalicelib.kit.pagination import Page
from chalicelib.sandboxes import service
from chalicelib.sandboxes.domain import (
    Connection,
    Sandbox,
    SandboxCapReachedError,
    SandboxNotReadyError,
    SandboxNotResettableError,
    SandboxNotRetryableError,
)
from chalicelib.sandboxes.guards import READERS, WRITERS
from chalicelib.sandboxes.schemas import ConnectionRead, SandboxCreate, SandboxRead, SandboxUpdate

router = Router(__name__)

_ACCEPTED = 202  # the company is made by a queue: the answer says requested, a later GET says ready


@router.route("/sandboxes", methods=["POST"], guard=WRITERS, body=SandboxCreate, returns=SandboxRead,
              status=_ACCEPTED, problems=[DeveloperLicenceRequiredError, SandboxCapReachedError], keyed=True,
              headers=lambda sandbox: {"Location": f"/sandboxes/{sandbox.sandbox_id}"})  # fmt: skip
def create_sandbox(ctx: Context, body: SandboxCreate) -> Sandbox:
    """Create a test company"""
    return service.create_sandbox(ctx, body)


@router.route("/sandboxes", methods=["GET"], guard=READERS, returns=SandboxRead, paged=True)
def list_sandboxes(ctx: Context) -> Page[Sandbox]:
    """List your sandboxes, at most 30 and on one page"""
    return service.list_sandboxes(ctx)


@router.route("/sandboxes/{sandbox_id}", methods=["GET"], guard=READERS, returns=SandboxRead,
              problems=[NotFoundError])  # fmt: skip
def get_sandbox(ctx: Context, sandbox_id: str) -> Sandbox:
    """Read a sandbox and how far it is"""
    return service.get_sandbox(ctx, sandbox_id)


@router.route("/sandboxes/{sandbox_id}", methods=["PATCH"], guard=WRITERS, body=SandboxUpdate,
              returns=SandboxRead,
              problems=[NotFoundError, SandboxNotReadyError, DeveloperLicenceRequiredError])  # fmt: skip
def change_sandbox(ctx: Context, sandbox_id: str, body: SandboxUpdate) -> Sandbox:
    """Rename a sandbox or write notes"""
    return service.change_sandbox(ctx, sandbox_id, body)


@router.route("/sandboxes/{sandbox_id}/connections", methods=["POST"], guard=WRITERS,
              returns=ConnectionRead, status=201,
              problems=[NotFoundError, SandboxNotReadyError, DeveloperLicenceRequiredError])  # fmt: skip
def create_sandbox_connection(ctx: Context, sandbox_id: str) -> Connection:
    """Get connection details with a new secret"""
    return service.new_connection(ctx, sandbox_id)


@router.route("/sandboxes/{sandbox_id}", methods=["DELETE"], guard=WRITERS, returns=SandboxRead,
              status=_ACCEPTED, problems=[NotFoundError])  # fmt: skip
def delete_sandbox(ctx: Context, sandbox_id: str) -> Sandbox:
    """Delete a sandbox; repeating it is no error"""
    return service.delete_sandbox(ctx, sandbox_id)


@router.route("/sandboxes/{sandbox_id}/retry", methods=["POST"], guard=WRITERS, returns=SandboxRead,
              status=_ACCEPTED,
              problems=[NotFoundError, SandboxNotRetryableError, DeveloperLicenceRequiredError])  # fmt: skip
def retry_sandbox(ctx: Context, sandbox_id: str) -> Sandbox:
    """Go on with a sandbox that failed"""
    return service.retry_sandbox(ctx, sandbox_id)


@router.route("/sandboxes/{sandbox_id}/reset", methods=["POST"], guard=WRITERS, returns=SandboxRead,
              status=_ACCEPTED, keyed=True,
              problems=[NotFoundError, SandboxNotResettableError, DeveloperLicenceRequiredError])  # fmt: skip
def reset_sandbox(ctx: Context, sandbox_id: str) -> Sandbox:
    """Put the data of a sandbox back as it was when it was new"""
    return service.reset_sandbox(ctx, sandbox_id)
