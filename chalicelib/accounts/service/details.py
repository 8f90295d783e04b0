"""What a company says of itself: address, telephone, VAT number, website; invoices and the company API read it."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.accounts import repository
from chalicelib.accounts.domain import Company
from chalicelib.accounts.schemas import CompanyDetails
from chalicelib.accounts.service.companies import get_company
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import ConflictError
from chalicelib.kit.outbox import new_event, publish

__all__ = ["change_details"]


def change_details(ctx: Context, command: CompanyDetails) -> Company:
    """The caller's company with these details; what is as it was writes nothing. One read, one transaction.

    Raises ConflictError when somebody changed the company since `command.version` was shown.
    """
    company = get_company(ctx.caller.tenant_id)
    wanted = command.model_dump(exclude={"version"})
    changed = sorted(name for name, value in wanted.items() if getattr(company, name) != value)
    if not changed:
        return company
    if command.version != company.version:
        raise ConflictError("Somebody else changed these details at the same moment. Look again.")
    after = replace(company, **wanted, version=company.version + 1)
    try:
        with store.transaction() as tx:
            repository.save_company(tx, after)
            told = {"tenant_id": after.tenant_id, "company": after.name, "changed": changed}
            publish(tx, new_event(ctx, "account.company_changed", ctx.caller.account_id, **told))
    except store.RefusedError as refused:
        raise ConflictError("Somebody else changed these details at the same moment. Look again.") from refused
    return after
