"""Companies and memberships: looked up, added, removed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chalicelib.accounts import repository
from chalicelib.accounts.domain import (
    NUMBERS,
    Account,
    Company,
    CompanyKind,
    CompanyNotRemovableError,
    Membership,
    PortalRole,
    Precondition,
    list_preconditions,
)
from chalicelib.kit import store
from chalicelib.kit.ahead import Wanted
from chalicelib.kit.context import Context
from chalicelib.kit.errors import NotFoundError, UnavailableError
from chalicelib.kit.outbox import new_event, publish

_NUMBER_TRIES = 5  # of nine million numbers: even half full, all five are taken once in thirty


@dataclass(frozen=True, slots=True)
class CompanyMembership:
    company: Company
    membership: Membership


def get_company(tenant_id: str) -> Company:
    """Raises NotFoundError."""
    company = repository.find_company(tenant_id)
    if company is None:
        raise NotFoundError("There is no such company.")
    return company


def company_read(tenant_id: str) -> Wanted:
    """For `kit.reads`: what `get_company` will ask for."""
    return repository.company_read(tenant_id)


def find_companies(tenant_ids: list[str]) -> dict[str, Company]:
    """Those that exist, by id: one call for each hundred."""
    return repository.find_companies(tenant_ids)


def find_accounts(account_ids: list[str]) -> dict[str, Account]:
    """Those that exist, by id: one call for each hundred."""
    return repository.find_accounts(account_ids)


def find_company_by_number(number: int) -> Company | None:
    tenant_id = repository.find_tenant_id_by_number(number)
    return repository.find_company(tenant_id) if tenant_id else None


def find_membership(account_id: str, tenant_id: str) -> Membership | None:
    return repository.find_membership(account_id, tenant_id)


def list_memberships(account_id: str) -> list[Membership]:
    """Oldest first."""
    return repository.list_memberships(account_id)


def list_companies(account_id: str) -> list[CompanyMembership]:
    """A person's companies with what they are there, oldest membership first: two calls."""
    memberships = repository.list_memberships(account_id)
    companies = repository.find_companies([membership.tenant_id for membership in memberships])
    return [
        CompanyMembership(companies[membership.tenant_id], membership)
        for membership in memberships
        if membership.tenant_id in companies
    ]


def list_people(tenant_id: str) -> list[tuple[Account, Membership]]:
    """The people of a company, oldest first: two calls."""
    members = repository.list_members(tenant_id)
    accounts = repository.find_accounts([member.account_id for member in members])
    return [(accounts[member.account_id], member) for member in members if member.account_id in accounts]


def get_current_company(ctx: Context) -> Company:
    return get_company(ctx.caller.tenant_id)


def list_current_preconditions(ctx: Context) -> list[Precondition]:
    """The checklist of the caller in the company they are working in."""
    return list_preconditions(get_current_company(ctx), ctx.caller.roles)


def home_path(ctx: Context) -> str:
    """Where the start page leads a signed-in person: to their work."""
    roles = ctx.caller.roles
    if "operator" in roles:
        return "/operator"
    return "/portal" if roles & {"developer", "viewer"} else "/my-integrations"


def new_number() -> int:
    """A number to try: who writes the company's row learns whether it was free."""
    return secrets.choice(NUMBERS)


def add_company(ctx: Context, company: Company, administrator: str, portal_role: PortalRole | None = None) -> Company:
    """The company with its administrator, once: a second call with its `tenant_id` returns what stands.

    A number that is taken is replaced by a free one, so read it from the answer.
    """
    membership = Membership(
        account_id=administrator,
        tenant_id=company.tenant_id,
        is_administrator=True,
        portal_role=portal_role,
        created_at=ctx.now,
    )
    for _ in range(_NUMBER_TRIES):
        company = company if company.number in NUMBERS else replace(company, number=new_number())
        try:
            with store.transaction() as tx:
                repository.add_company_parts(tx, company, membership)
                publish(tx, new_event(ctx, "company.created", company.tenant_id, kind=str(company.kind)))
        except store.RefusedError as refused:
            if "company" in refused.parts:
                return get_company(company.tenant_id)
            company = replace(company, number=0)
        else:
            return company
    raise UnavailableError(log={"cause": "no free company number"})


def remove_company(ctx: Context, tenant_id: str, people: Sequence[str] = ()) -> None:
    """Remove a sandbox with its memberships; what is gone already is fine. Raises CompanyNotRemovableError.

    `people` are account ids known to belong to it: the list of members may lag behind a company made just now.
    """
    company = repository.find_company(tenant_id)
    if company is None:
        return
    if company.kind is not CompanyKind.SANDBOX:
        raise CompanyNotRemovableError("Live companies stay.")
    event = new_event(ctx, "company.removed", tenant_id, kind=str(company.kind))
    repository.remove_company(company, event, people)
