"""Developers of the earlier system, moved one by one; repeating moves nobody twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from chalicelib.accounts import repository
from chalicelib.accounts.domain import Account, Company, CompanyKind, LicenceStatus, Membership, PortalRole
from chalicelib.accounts.schemas import MigrationRow
from chalicelib.accounts.service.companies import list_companies, new_number
from chalicelib.accounts.service.people import request_mail
from chalicelib.accounts.service.registration import new_live_company
from chalicelib.config import settings
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.gate import rejected
from chalicelib.kit.outbox import new_event, publish

_TRIES = 4  # a taken company number, or the same person in two imports at once


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationReport:
    """What happened to one row: created, joined, completed, unchanged or rejected."""

    email: str
    outcome: str
    account_id: str = ""
    tenant_id: str = ""
    number: int = 0
    errors: tuple[str, ...] = ()


def migrate_developer(ctx: Context, raw: Mapping[str, Any]) -> MigrationReport:
    """Move one person. Their natural key is the address; a company of several people has a `company_key`.

    A row that cannot be read is reported, never raised.
    """
    try:
        row = MigrationRow.model_validate({key: value for key, value in raw.items() if value not in {"", None}})
    except (ValidationError, TypeError) as error:
        return MigrationReport(email=str(raw.get("email") or "")[:254], outcome="rejected", errors=_faults(error))
    for attempt in range(_TRIES):
        # Ids follow from the address, so two imports at once meet each other's rows.
        once = ctx.with_operation(f"migration:{row.email}:{attempt}")
        account = _find_account(row.email)
        standing = _find_live(account) if account else None
        if account and standing:
            return _report(row, "unchanged", account.account_id, standing)
        try:
            return _move(once, row, account)
        except store.RefusedError:
            continue
    return MigrationReport(email=row.email, outcome="rejected", errors=("Try this row again.",))


def _move(ctx: Context, row: MigrationRow, account: Account | None) -> MigrationReport:
    person = account or Account(
        account_id=ctx.new_id("acc"), email=row.email, name=row.name or row.email, lang=row.lang, created_at=ctx.now
    )
    tenant_id = repository.find_migrated(row.company_key) if row.company_key else None
    company = repository.find_company(tenant_id) if tenant_id else None
    outcome = "joined" if company else "completed" if account else "created"
    here = company or _new_company(ctx, row)
    membership = Membership(
        account_id=person.account_id, tenant_id=here.tenant_id, is_administrator=company is None,
        portal_role=PortalRole.DEVELOPER if company else PortalRole.OWNER, created_at=ctx.now,
    )  # fmt: skip
    with store.transaction() as tx:
        if account is None:
            repository.add_account_parts(tx, person, "")  # no password: they choose one by mail
            request_mail(
                tx, ctx, to=person.email, template="migrated", lang=person.lang, name=person.name, company=here.name,
                link=f"{settings().origin}/forgot",
            )  # fmt: skip
        if company is None:
            repository.add_company_parts(tx, here, None)
            publish(tx, new_event(ctx, "company.created", here.tenant_id, kind=str(here.kind)))
            if row.company_key:
                repository.reserve_migrated(tx, row.company_key, here.tenant_id)
        repository.add_membership(tx, membership)
        words = ["administrator", "owner"] if company is None else ["developer"]
        publish(
            tx,
            new_event(
                ctx, "member.migrated", person.account_id, tenant_id=here.tenant_id, email=person.email, after=words
            ),
        )  # fmt: skip
    return _report(row, outcome, person.account_id, here)


def _new_company(ctx: Context, row: MigrationRow) -> Company:
    company = new_live_company(
        ctx, name=row.company_name or row.name or row.email, organization_number=row.organization_number,
        email=row.email,
    )  # fmt: skip
    if not row.licence:
        return company
    return replace(
        company,
        number=new_number(),
        licence=LicenceStatus.GRANTED,
        licence_changed_at=ctx.now,
        licence_reason="Moved from the earlier system.",
    )


def _find_account(email: str) -> Account | None:
    account_id = repository.find_account_id_by_email(email)
    return repository.find_account(account_id) if account_id else None


def _find_live(account: Account) -> Company | None:
    """The live company where the person may use the portal already."""
    for entry in list_companies(account.account_id):
        if entry.company.kind is CompanyKind.LIVE and entry.membership.portal_role is not None:
            return entry.company
    return None


def _report(row: MigrationRow, outcome: str, account_id: str, company: Company) -> MigrationReport:
    return MigrationReport(
        email=row.email, outcome=outcome, account_id=account_id, tenant_id=company.tenant_id, number=company.number
    )


def _faults(error: ValidationError | TypeError) -> tuple[str, ...]:
    if isinstance(error, TypeError):
        return ("The row cannot be read.",)
    return tuple(f"{fault['pointer'].lstrip('/')}: {fault['message']}" for fault in rejected(error).errors)
