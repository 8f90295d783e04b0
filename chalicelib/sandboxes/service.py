"""What a developer does with sandboxes: create, look, open, connect, rename, reset, retry, delete."""

from __future__ import annotations

import re
from dataclasses import replace

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import SANDBOX_PREFIX, StartedSession
from chalicelib.config import settings
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError, RejectedError
from chalicelib.kit.i18n import mark
from chalicelib.kit.outbox import Event, new_event
from chalicelib.kit.pagination import Page
from chalicelib.sandboxes import repository
from chalicelib.sandboxes.domain import (
    PEOPLE,
    Connection,
    Sandbox,
    SandboxNotReadyError,
    SandboxNotResettableError,
    SandboxNotRetryableError,
    SandboxStatus,
    SnapshotStatus,
    account_id_of,
    is_snapshot,
    new_sandbox,
    number_of,
    sample_id_of,
)
from chalicelib.sandboxes.repository import snapshots as snapshot_repository
from chalicelib.sandboxes.schemas import SandboxCreate, SandboxUpdate

_SANDBOX_ID = re.compile(r"sbx_[a-z0-9]{1,40}")


def create_sandbox(ctx: Context, command: SandboxCreate) -> Sandbox:
    """Ask for a test company. Raises DeveloperLicenceRequiredError, SandboxCapReachedError, RejectedError."""
    company = accounts.require_developer_licence(ctx)
    check_data(company.tenant_id, command.data)
    sandbox = new_sandbox(
        command.name,
        tenant_id=company.tenant_id,
        account_id=ctx.caller.account_id,
        email=ctx.caller.email,
        ids=(ctx.new_id("sbx"), ctx.new_id(SANDBOX_PREFIX)),
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


def delete_sandbox(ctx: Context, sandbox_id: str, confirm: str | None = None) -> Sandbox:
    """Ask for its end, from any state and as often as one likes; the slot is free when it is gone.

    `confirm` is what a person typed where the page asks for the name. Raises RejectedError when it is not.
    """
    sandbox = get_sandbox(ctx, sandbox_id)
    if confirm is not None and confirm.strip() != sandbox.name.strip():
        raise RejectedError.field("/confirm", mark("Nothing has ended: what you typed is not the name."))
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


def reset_sandbox(ctx: Context, sandbox_id: str, data: str = "") -> Sandbox:
    """Put its data back as it was when it was new, or other data in its place; tokens and settings stay.

    Raises SandboxNotResettableError, RejectedError when the snapshot is gone.
    """
    accounts.require_developer_licence(ctx)
    before = get_sandbox(ctx, sandbox_id)
    sandbox = replace(before, data=data or before.data)
    check_data(sandbox.tenant_id, sandbox.data)
    event, reset_id = _told(ctx, "sandbox.reset_requested", sandbox), ctx.new_id("rst")
    if before.reset_id == reset_id:
        return before  # the same request again: its answer was lost
    if not sandbox.can_reset(ctx.now) or not repository.request_reset(sandbox, reset_id, event, ctx.now):
        raise SandboxNotResettableError("Only a sandbox that is ready can be reset.")
    return replace(sandbox, status=SandboxStatus.RESETTING, reset_id=reset_id, updated_at=ctx.now)


def check_data(tenant_id: str, data: str) -> None:
    """Raises RejectedError for a snapshot that is not there, or not ready."""
    if not is_snapshot(data):
        return
    found = snapshot_repository.find(tenant_id, data)
    if found is None or found.status is not SnapshotStatus.READY:
        raise RejectedError.field("/data", mark("Choose a snapshot that is there and ready."))


def change_sandbox(ctx: Context, sandbox_id: str, command: SandboxUpdate) -> Sandbox:
    """Another name, for the company too, or other notes. Raises SandboxNotReadyError."""
    accounts.require_developer_licence(ctx)
    sandbox = get_sandbox(ctx, sandbox_id)
    after = replace(sandbox, **command.model_dump(exclude_unset=True, exclude_none=True))
    if after == sandbox:
        return sandbox
    is_renamed = after.name != sandbox.name

    def rename(tx: store.Transaction) -> None:
        accounts.rename_sandbox(tx, sandbox.company_tenant_id, after.name)

    if not repository.change(sandbox, after, ctx.now, rename if is_renamed else None):
        raise SandboxNotReadyError("It can be renamed when it is ready.")
    return replace(after, updated_at=ctx.now)


def new_connection(ctx: Context, sandbox_id: str) -> Connection:
    """Connection details with a new secret; the one made before stays valid beside it, older ones stop.

    Raises SandboxNotReadyError, DeveloperLicenceRequiredError.
    """
    sandbox = get_ready(ctx, sandbox_id)
    renewed = integrations.renew_secret(ctx, sample_id_of(sandbox))
    sample = integrations.get_integration(ctx, sample_id_of(sandbox))
    return Connection(
        client_id=sample.client_id,
        client_secret=renewed.client_secret,
        tenant_number=number_of(sandbox),
        origin=settings().origin,
    )


def find_sample(ctx: Context, sandbox: Sandbox) -> Integration | None:
    """None before it is made, and when the developer deleted it."""
    try:
        return integrations.get_integration(ctx, sample_id_of(sandbox))
    except NotFoundError:
        return None


def open_sandbox(ctx: Context, sandbox_id: str, person: str = "") -> StartedSession:
    """Work in the test company: its creator as themselves, everybody else as one of its invented people.

    Raises SandboxNotReadyError, NotFoundError for a person who is none of them.
    """
    sandbox = get_ready(ctx, sandbox_id)
    if not person and sandbox.account_id == ctx.caller.account_id:
        return accounts.switch_company(ctx, sandbox.company_tenant_id)
    wanted = next((one for one in PEOPLE if one.key == (person or PEOPLE[0].key)), None)
    if wanted is None:
        raise NotFoundError("There is no such person in the sandbox.")
    return accounts.work_as(ctx, account_id_of(sandbox, wanted), sandbox.company_tenant_id)


def leave_sandbox(ctx: Context) -> StartedSession:
    """Back to the developer company, for a person who went there as themselves. Raises NotFoundError."""
    home = accounts.get_current_company(ctx).home_tenant_id
    if home is None:
        raise NotFoundError("You are not in a sandbox.")
    return accounts.switch_company(ctx, home)


def get_ready(ctx: Context, sandbox_id: str) -> Sandbox:
    """Raises NotFoundError, SandboxNotReadyError."""
    sandbox = get_sandbox(ctx, sandbox_id)
    if sandbox.status is not SandboxStatus.READY:
        raise SandboxNotReadyError("Wait until it is ready.")
    return sandbox


def _told(ctx: Context, event_type: str, sandbox: Sandbox) -> Event:
    return new_event(
        ctx,
        event_type,
        sandbox.sandbox_id,
        tenant_id=sandbox.tenant_id,
        sandbox_id=sandbox.sandbox_id,
        name=sandbox.name,
    )
