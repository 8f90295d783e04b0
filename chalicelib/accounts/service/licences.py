"""The developer licence: asked for by a company, granted, suspended and withdrawn by the operator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chalicelib.accounts import repository
from chalicelib.accounts.domain import (
    Company,
    LicenceStateError,
    LicenceStatus,
    change_licence,
    check_licence,
)
from chalicelib.accounts.service.companies import get_company, list_people
from chalicelib.accounts.service.people import request_mail
from chalicelib.accounts.service.ports import Ports
from chalicelib.config import settings
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import ConflictError
from chalicelib.kit.outbox import new_event, publish
from chalicelib.kit.pagination import Page, PageQuery
from chalicelib.kit.store import Transaction

Also = Callable[[Transaction], None]
"""Parts that a room above adds to our transaction, such as its audit row."""

_TOLD_MAX = 20  # administrators of one company who get the mail: a transaction holds a hundred parts
_TEMPLATES = {
    LicenceStatus.GRANTED: "licence_granted",
    LicenceStatus.SUSPENDED: "licence_suspended",
    LicenceStatus.WITHDRAWN: "licence_withdrawn",
}


def require_developer_licence(ctx: Context) -> Company:
    """The caller's company, read at this moment. Raises DeveloperLicenceRequiredError that says what is missing."""
    company = get_company(ctx.caller.tenant_id)
    check_licence(company)
    return company


def request_licence(ctx: Context) -> Company:
    """Ask the operator for a licence; asking again changes nothing. Raises LicenceStateError."""
    company = get_company(ctx.caller.tenant_id)
    if company.licence_state == "requested":
        return company
    if not company.can_request_licence:
        raise LicenceStateError("This company cannot ask for a developer licence now.")
    asked = replace(company, licence_requested_at=ctx.now, version=company.version + 1)
    _save(ctx, asked, "licence.requested", lambda tx: _tell_operator(tx, ctx, asked))
    return asked


def grant_licence(ctx: Context, tenant_id: str, reason: str, also: Also | None = None) -> Company:
    """Raises NotFoundError, LicenceStateError."""
    return _change(ctx, tenant_id, LicenceStatus.GRANTED, reason, also)


def suspend_licence(ctx: Context, tenant_id: str, reason: str, also: Also | None = None) -> Company:
    """Raises NotFoundError, LicenceStateError."""
    return _change(ctx, tenant_id, LicenceStatus.SUSPENDED, reason, also)


def withdraw_licence(ctx: Context, tenant_id: str, reason: str, also: Also | None = None) -> Company:
    """Raises NotFoundError, LicenceStateError."""
    return _change(ctx, tenant_id, LicenceStatus.WITHDRAWN, reason, also)


def list_developers(ctx: Context, query: PageQuery, state: str | None = None) -> Page[Company]:
    """Companies that have or asked for a licence (`requested`, `granted`, `suspended`, `withdrawn` or all)."""
    return repository.list_companies_by_licence(ctx, query, state)


def _change(ctx: Context, tenant_id: str, status: LicenceStatus, reason: str, also: Also | None) -> Company:
    changed = change_licence(get_company(tenant_id), status, reason, ctx.now)

    def add_parts(tx: Transaction) -> None:
        _tell_administrators(tx, ctx, changed)
        if Ports.also_change_licence is not None:
            Ports.also_change_licence(tx, ctx, changed)
        if also is not None:
            also(tx)

    _save(ctx, changed, f"licence.{status}", add_parts)
    return changed


def _save(ctx: Context, company: Company, event_type: str, also: Also) -> None:
    try:
        with store.transaction() as tx:
            repository.save_company(tx, company)
            publish(tx, new_event(ctx, event_type, company.tenant_id, reason=company.licence_reason))
            also(tx)
    except store.RefusedError as refused:
        raise ConflictError("Somebody else changed this company at the same moment. Look again.") from refused


def _tell_administrators(tx: Transaction, ctx: Context, company: Company) -> None:
    administrators = [account for account, member in list_people(company.tenant_id) if member.is_administrator]
    for account in administrators[:_TOLD_MAX]:
        request_mail(
            tx,
            ctx,
            to=account.email,
            template=_TEMPLATES[company.licence],
            lang=account.lang,
            name=account.name,
            company=company.name,
            reason=company.licence_reason,
            link=f"{settings().origin}/account",
        )


def _tell_operator(tx: Transaction, ctx: Context, company: Company) -> None:
    if settings().operator_email:
        link = f"{settings().origin}/operator/companies/{company.tenant_id}"
        request_mail(
            tx,
            ctx,
            to=settings().operator_email,
            template="licence_requested",
            lang="sv",
            company=company.name,
            number=company.number,
            person=ctx.caller.person,
            link=link,
        )
