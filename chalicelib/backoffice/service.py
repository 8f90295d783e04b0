"""What staff do: look companies up, grant, suspend and withdraw licences, and see who did so before."""

from __future__ import annotations

from chalicelib.accounts import service as accounts
from chalicelib.accounts.domain import Account, Company, Membership, parse_email
from chalicelib.backoffice import repository
from chalicelib.backoffice.domain import AuditEntry, new_audit_entry
from chalicelib.backoffice.schemas import CompanyQuery, LicenceChange
from chalicelib.integrations import service as integrations
from chalicelib.integrations.domain import Integration
from chalicelib.kit.context import Context
from chalicelib.kit.pagination import Page, PageQuery
from chalicelib.kit.store import Transaction

_NUMBER_DIGITS = 7
_CHANGES = {
    "grant": accounts.grant_licence,
    "suspend": accounts.suspend_licence,
    "withdraw": accounts.withdraw_licence,
}


def list_companies(ctx: Context, query: CompanyQuery) -> Page[Company]:
    """Companies that have or asked for a licence: one Query a page."""
    return accounts.list_developers(ctx, PageQuery(limit=query.limit, cursor=query.cursor), query.state)


def search_companies(text: str) -> list[Company]:
    """Any company by its exact number, id, or the address of a person in it."""
    text = text.strip()
    if text.isdecimal() and len(text) == _NUMBER_DIGITS:
        found = accounts.find_company_by_number(int(text))
        return [found] if found else []
    try:
        account = accounts.find_account_by_email(parse_email(text))
    except ValueError:
        return []
    return [entry.company for entry in accounts.list_companies(account.account_id)] if account else []


def get_company(tenant_id: str) -> Company:
    """Raises NotFoundError."""
    return accounts.get_company(tenant_id)


def list_people(tenant_id: str) -> list[tuple[Account, Membership]]:
    return accounts.list_people(tenant_id)


def change_licence(ctx: Context, tenant_id: str, command: LicenceChange) -> Company:
    """One transaction: the licence, its event, mails to the administrators, and the audit row.

    Raises NotFoundError, LicenceStateError, ConflictError.
    """
    entry = new_audit_entry(ctx, tenant_id=tenant_id, action=f"licence.{command.action}", reason=command.reason)
    change = _CHANGES[command.action]
    return change(ctx, tenant_id, command.reason, also=lambda tx: repository.add_entry(tx, entry))


def add_audit(tx: Transaction, ctx: Context, tenant_id: str, action: str, reason: str, subject: str) -> None:
    """One row of the log in somebody else's transaction: what rooms below are handed by the registry."""
    entry = new_audit_entry(ctx, tenant_id=tenant_id, action=action, reason=reason, subject=subject)
    repository.add_entry(tx, entry)


def list_audit(ctx: Context, tenant_id: str, query: PageQuery) -> Page[AuditEntry]:
    """What was done to a company, newest first. Raises NotFoundError."""
    accounts.get_company(tenant_id)
    return repository.list_entries(ctx, tenant_id, query)


def list_integrations(ctx: Context, query: PageQuery) -> Page[Integration]:
    """Every developer's integrations, newest first."""
    return integrations.list_all(ctx, query)
