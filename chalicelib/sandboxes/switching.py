"""The fault switchboard of a sandbox: on, off, and what is on."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.accounts import service as accounts
from chalicelib.config import load_data
from chalicelib.faults import service as faults
from chalicelib.faults.domain import COUNTED, LEASE_MAX, Fault, FaultKind
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError, RejectedError
from chalicelib.kit.i18n import mark
from chalicelib.oauth import service as oauth
from chalicelib.sandboxes import service
from chalicelib.sandboxes.domain import all_modules
from chalicelib.sandboxes.schemas import FaultSet


def list_faults(ctx: Context, sandbox_id: str) -> list[Fault]:
    """What is on now."""
    sandbox = service.get_sandbox(ctx, sandbox_id)
    return faults.read(sandbox.company_tenant_id).running(ctx.now)


def switch_on(ctx: Context, sandbox_id: str, kind: str, command: FaultSet) -> Fault:
    """Until its lease ends; one of its kind that is on begins anew. Raises NotFoundError, RejectedError.

    Raises SandboxNotReadyError, DeveloperLicenceRequiredError.
    """
    accounts.require_developer_licence(ctx)
    sandbox = service.get_ready(ctx, sandbox_id)
    fault = _fault(ctx, _kind(kind), command)
    if fault.kind is FaultKind.EXPIRED_TOKENS:
        oauth.expire_tokens(ctx, sandbox.company_tenant_id)
    faults.switch_on(sandbox.company_tenant_id, fault)
    return fault


def switch_off(ctx: Context, sandbox_id: str, kind: str) -> None:
    """Before its lease ends; off already is no error. Tokens that were told to be old stay so."""
    sandbox = service.get_sandbox(ctx, sandbox_id)
    faults.switch_off(sandbox.company_tenant_id, _kind(kind))


def modules() -> list[str]:
    return sorted(all_modules(load_data("scopes")))


def _kind(name: str) -> FaultKind:
    try:
        return FaultKind(name)
    except ValueError:
        raise NotFoundError(f"There is no such fault. There are: {', '.join(FaultKind)}.") from None


def _fault(ctx: Context, kind: FaultKind, command: FaultSet) -> Fault:
    if kind is FaultKind.MODULE_REMOVED and command.module not in modules():
        raise RejectedError.field("/module", mark("Name one of the company's modules."))
    # Tokens live an hour: after that none is left that could be refused.
    lease = LEASE_MAX if kind is FaultKind.EXPIRED_TOKENS else timedelta(minutes=command.minutes)
    return Fault(
        kind=kind,
        since=ctx.now,
        until=ctx.now + lease,
        place=command.place,
        left=command.calls if kind in COUNTED else None,
        status=command.status,
        seconds=command.seconds,
        module=command.module if kind is FaultKind.MODULE_REMOVED else "",
    )
