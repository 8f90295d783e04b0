"""What a developer does with sandboxes: create, look, retry, delete."""

from __future__ import annotations

import re
from dataclasses import replace

from chalicelib.accounts import service as accounts
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.outbox import Event, new_event
from chalicelib.kit.pagination import Page
from chalicelib.sandboxes import repository
from chalicelib.sandboxes.domain import (
    Sandbox,
    SandboxNotResettableError,
    SandboxNotRetryableError,
    SandboxStatus,
    new_sandbox,
)
from chalicelib.sandboxes.schemas import SandboxCreate

_SANDBOX_ID = re.compile(r"sbx_[a-z0-9]{1,40}")


def create_sandbox(ctx: Context, command: SandboxCreate) -> Sandbox:
    """Ask for a test company. Raises DeveloperLicenceRequiredError, SandboxCapReachedError."""
    company = accounts.require_developer_licence(ctx)
    sandbox = new_sandbox(
        command.name,
        tenant_id=company.tenant_id,
        account_id=ctx.caller.account_id,
        email=ctx.caller.email,
        ids=(ctx.new_id("sbx"), ctx.new_id("ten")),
        now=ctx.now,
        data=command.data,
    )
    return repository.add_sandbox(sandbox, _told(ctx, "sandbox.requested", sandbox))


def list_sandboxes(ctx: Context) -> Page[Sandbox]:
    """All of them on one page: there are at most 30; deleted ones are not shown."""
    return Page(repository.list_live(ctx.caller.tenant_id))


def get_sandbox(ctx: Context, sandbox_id: str) -> Sandbox:
    """Also a deleted one, for as long as it is remembered. Raises NotFoundError, also for another company's."""
    found = repository.find_sandbox(ctx.caller.tenant_id, sandbox_id) if _SANDBOX_ID.fullmatch(sandbox_id) else None
    if found is None:
        raise NotFoundError("There is no such sandbox in the company you are working in.")
    return found


def delete_sandbox(ctx: Context, sandbox_id: str) -> Sandbox:
    """Ask for its end, from any state and as often as one likes; the slot is free when it is gone."""
    sandbox = get_sandbox(ctx, sandbox_id)
    if sandbox.status is SandboxStatus.DELETED:
        return sandbox
    if not repository.request_deletion(sandbox, _told(ctx, "sandbox.deletion_requested", sandbox), ctx.now):
        return get_sandbox(ctx, sandbox_id)
    return replace(sandbox, status=SandboxStatus.DELETING, updated_at=ctx.now)


def retry_sandbox(ctx: Context, sandbox_id: str) -> Sandbox:
    """Go on with one that failed or got stuck, from the step it reached. Raises SandboxNotRetryableError."""
    accounts.require_developer_licence(ctx)
    sandbox = get_sandbox(ctx, sandbox_id)
    if not sandbox.can_retry(ctx.now):
        raise SandboxNotRetryableError(f"This sandbox is {sandbox.status}. Only a failed or stuck one can be retried.")
    if not repository.request_again(sandbox, _told(ctx, "sandbox.requested", sandbox), ctx.now):
        return get_sandbox(ctx, sandbox_id)
    return replace(sandbox, status=SandboxStatus.REQUESTED, failures=0, failure=None, updated_at=ctx.now)


def reset_sandbox(ctx: Context, sandbox_id: str) -> Sandbox:
    """Put its data back as it was when it was new; tokens and settings stay. Raises SandboxNotResettableError."""
    accounts.require_developer_licence(ctx)
    sandbox = get_sandbox(ctx, sandbox_id)
    event, reset_id = _told(ctx, "sandbox.reset_requested", sandbox), ctx.new_id("rst")
    if not sandbox.can_reset(ctx.now) or not repository.request_reset(sandbox, reset_id, event, ctx.now):
        raise SandboxNotResettableError("Only a sandbox that is ready can be reset.")
    return replace(sandbox, status=SandboxStatus.RESETTING, reset_id=reset_id, updated_at=ctx.now)


def _told(ctx: Context, event_type: str, sandbox: Sandbox) -> Event:
    return new_event(
        ctx,
        event_type,
        sandbox.sandbox_id,
        tenant_id=sandbox.tenant_id,
        sandbox_id=sandbox.sandbox_id,
        name=sandbox.name,
    )
