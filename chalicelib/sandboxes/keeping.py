"""The nightly round: unused sandboxes are warned of twice and removed; what has drifted is put right, and told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import Account
from chalicelib.company_data import service as company_data
from chalicelib.config import load_data, settings
from chalicelib.faults import service as faults
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError
from chalicelib.kit.i18n import mark
from chalicelib.kit.log import log
from chalicelib.kit.outbox import Event, new_event
from chalicelib.kit.store import Transaction
from chalicelib.sandboxes import provisioning, repository
from chalicelib.sandboxes.domain import Sandbox, SandboxStatus, Snapshot, SnapshotStatus
from chalicelib.sandboxes.domain.keeping import Keep, Verdict, judge
from chalicelib.sandboxes.repository import keeping as rows
from chalicelib.sandboxes.repository import snapshots as snapshot_rows

COMPANY_GONE = mark("The test company is not there any more. Try again to make it anew.")
_STUCK_AFTER = timedelta(minutes=30)  # the queue gives up after five deliveries, long before
_YOUNG = timedelta(hours=1)  # what was made just now may still be under way


@dataclass(slots=True)
class Report:
    """What the round did, by kind of repair; also in the log, and each repair as an event."""

    warned: int = 0
    removed: int = 0
    repairs: Counter[str] = field(default_factory=Counter)


def keep(ctx: Context) -> Report:
    """One round. It may be stopped anywhere and run again, also twice at once."""
    report = Report()
    live, dead = rows.list_sandboxes()
    _repair_slots(ctx, live, report)
    _repair_states(ctx, live, report)
    _repair_companies(ctx, live, dead, report)
    _repair_snapshots(ctx, rows.list_snapshots(), report)
    _remove_unused(ctx, live, report)
    log.info("sandboxes.kept", extra={"warned": report.warned, "removed": report.removed, **report.repairs})
    return report


def _remove_unused(ctx: Context, live: Iterable[Sandbox], report: Report) -> None:
    unused_after = timedelta(days=load_data("platform")["sandbox_unused_days"])
    sandboxes = list(live)
    days = faults.last_uses([sandbox.company_tenant_id for sandbox in sandboxes])
    for sandbox in sandboxes:
        day = days.get(sandbox.company_tenant_id)
        used_at = datetime.combine(day, time.max, UTC) if day else sandbox.created_at
        verdict = judge(sandbox, used_at, ctx.now, unused_after)
        if verdict.keep is Keep.WARN and _warn(ctx, sandbox, verdict):
            report.warned += 1
        if verdict.keep is Keep.REMOVE:
            told = _event(ctx, "sandbox.deletion_requested", sandbox)
            report.removed += repository.request_deletion(sandbox, told, ctx.now)


def _warn(ctx: Context, sandbox: Sandbox, verdict: Verdict) -> bool:
    def tell(tx: Transaction) -> None:
        account = _account(sandbox.account_id)
        if account is not None and verdict.ends_at is not None:
            accounts.request_mail(
                tx, ctx, to=account.email, template="sandbox_unused", lang=account.lang, name=account.name,
                sandbox=sandbox.name, day=verdict.ends_at.date().isoformat(),
                link=f"{settings().origin}/portal/sandboxes/{sandbox.sandbox_id}",
            )  # fmt: skip

    return rows.note_warning(sandbox, verdict.warning, ctx.now, tell)


def _account(account_id: str) -> Account | None:
    try:
        return accounts.get_account(account_id)
    except NotFoundError:
        return None


def _repair_slots(ctx: Context, live: Iterable[Sandbox], report: Report) -> None:
    slots = rows.list_slots()
    sandboxes = {sandbox.sandbox_id: sandbox for sandbox in live}
    for (tenant_id, slot), (sandbox_id, taken_at) in slots.items():
        owner = sandboxes.get(sandbox_id)
        if (owner is None or owner.slot != slot) and taken_at <= ctx.now - _YOUNG and owner is None:
            told = new_event(ctx, "sandbox.repaired", sandbox_id, tenant_id=tenant_id, name="slot_freed", before=slot)
            rows.free_slot(tenant_id, slot, sandbox_id, told)
            report.repairs["slot_freed"] += 1
    for sandbox in sandboxes.values():
        holder = slots.get((sandbox.tenant_id, sandbox.slot))
        if (holder is None or holder[0] != sandbox.sandbox_id) and _is_old(sandbox, ctx.now):
            is_done = rows.take_slot(sandbox, ctx.now, _repaired(ctx, sandbox, "slot_taken"))
            report.repairs["slot_taken" if is_done else "slot_missing"] += 1


def _repair_states(ctx: Context, live: Iterable[Sandbox], report: Report) -> None:
    """Their messages got lost: they are sent again."""
    for sandbox in live:
        if sandbox.is_settled or ctx.now < sandbox.updated_at + _STUCK_AFTER:
            continue
        rows.tell(_repaired(ctx, sandbox, "asked_again"))
        report.repairs["asked_again"] += 1
        if sandbox.status is SandboxStatus.DELETING:
            repository.request_deletion(sandbox, _event(ctx, "sandbox.deletion_requested", sandbox), ctx.now)
        elif sandbox.status is SandboxStatus.RESETTING:
            told = _event(ctx, "sandbox.reset_requested", sandbox)
            repository.request_reset(sandbox, ctx.new_id("rst"), told, ctx.now)
        else:
            repository.request_again(sandbox, _event(ctx, "sandbox.requested", sandbox), ctx.now)


def _repair_companies(ctx: Context, live: Iterable[Sandbox], dead: Iterable[Sandbox], report: Report) -> None:
    """Companies without a sandbox, sandboxes without a company, and data that outlived both."""
    wanted = {sandbox.company_tenant_id: sandbox for sandbox in live}
    buried = {sandbox.company_tenant_id: sandbox for sandbox in dead}
    standing = {company.tenant_id: company for company in accounts.list_sandboxes()}
    for sandbox in wanted.values():
        if sandbox.status is SandboxStatus.READY and sandbox.company_tenant_id not in standing:
            rows.fail(sandbox, COMPANY_GONE, ctx.now, _repaired(ctx, sandbox, "company_missing"))
            report.repairs["company_missing"] += 1
    for tenant_id, company in standing.items():
        if tenant_id not in wanted and company.created_at <= ctx.now - _YOUNG:
            owner = company.home_tenant_id or ""
            told = new_event(ctx, "sandbox.repaired", tenant_id, tenant_id=owner, name="company_removed")
            provisioning.clear_company(ctx, tenant_id, buried.get(tenant_id))
            rows.tell(told)
            report.repairs["company_removed"] += 1
    for tenant_id, sandbox in buried.items():
        if tenant_id not in standing and company_data.has_data(tenant_id):
            provisioning.clear_company(ctx, tenant_id, sandbox)
            rows.tell(_repaired(ctx, sandbox, "data_removed"))
            report.repairs["data_removed"] += 1


def _repair_snapshots(ctx: Context, snapshots: Iterable[Snapshot], report: Report) -> None:
    for snapshot in snapshots:
        if snapshot.status is SnapshotStatus.SAVING and ctx.now >= snapshot.updated_at + _STUCK_AFTER:
            snapshot_rows.save(replace(snapshot, updated_at=ctx.now))
            rows.tell(new_event(ctx, "snapshot.requested", snapshot.snapshot_id, tenant_id=snapshot.tenant_id))
            report.repairs["snapshot_asked_again"] += 1


def _is_old(sandbox: Sandbox, now: datetime) -> bool:
    return sandbox.created_at <= now - _YOUNG


def _event(ctx: Context, event_type: str, sandbox: Sandbox) -> Event:
    return new_event(
        ctx, event_type, sandbox.sandbox_id,
        tenant_id=sandbox.tenant_id, sandbox_id=sandbox.sandbox_id, name=sandbox.name,
    )  # fmt: skip


def _repaired(ctx: Context, sandbox: Sandbox, what: str) -> Event:
    return new_event(
        ctx, "sandbox.repaired", sandbox.sandbox_id,
        tenant_id=sandbox.tenant_id, name=what, before=sandbox.name,
    )  # fmt: skip
