"""Companies, their public numbers, and who belongs to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.accounts.domain import Company, LicenceStatus, Membership
from chalicelib.accounts.repository.tables import CompanyItem, MembershipItem, NameItem
from chalicelib.kit import store
from chalicelib.kit.ahead import Row, Wanted
from chalicelib.kit.context import Context
from chalicelib.kit.outbox import Event, publish
from chalicelib.kit.pagination import Page, PageQuery, fetch_page

_DEVELOPERS = "developers"
# What waits for the operator stands first, and what has waited longest first of all.
_ORDER = {"requested": "1-requested", "granted": "2-granted", "suspended": "3-suspended", "withdrawn": "4-withdrawn"}
_MEMBERS_MAX = 100  # also what one transaction holds
_OTHER_PARTS = 3


def find_company(tenant_id: str) -> Company | None:
    item = store.find(CompanyItem, tenant_id) if tenant_id else None
    return to_company(item) if item else None


def company_read(tenant_id: str) -> Wanted:
    """What `find_company` will ask for."""
    return Row(CompanyItem, tenant_id)


def find_tenant_id_by_number(number: int) -> str | None:
    row = store.find(NameItem, _number_name(number))
    return row.held_by if row else None


def add_company_parts(tx: store.Transaction, company: Company, membership: Membership | None) -> None:
    """Parts `company`, `number`, `membership` of the caller's transaction."""
    tx.add("company", _to_item(company))
    tx.add("number", NameItem(_number_name(company.number), held_by=company.tenant_id))
    if membership is not None:
        put_membership(tx, membership)


def save_company(tx: store.Transaction, company: Company) -> None:
    """Part `company`, on condition that nobody changed it since it was read."""
    tx.put("company", _to_item(company), CompanyItem.version == company.version - 1)


def remove_company(company: Company, event: Event, people: Sequence[str] = ()) -> None:
    """The company, its number and every membership in it, told once; what is gone already is no error.

    `people` are members the index may not know yet.
    """
    listed = [member.account_id for member in list_members(company.tenant_id)]
    members = list(dict.fromkeys([*people, *listed]))
    with store.transaction() as tx:
        tx.delete("company", CompanyItem, (company.tenant_id,))
        tx.delete(
            "number",
            NameItem,
            (_number_name(company.number),),
            NameItem.name.does_not_exist() | (NameItem.held_by == company.tenant_id),
        )
        publish(tx, event)
        for count, member in enumerate(members[: _MEMBERS_MAX - _OTHER_PARTS]):
            tx.delete(f"member-{count}", MembershipItem, (member, company.tenant_id))


def list_companies_by_licence(ctx: Context, query: PageQuery, state: str | None) -> Page[Company]:
    """One Query: companies that have or asked for a licence, all or those in one state."""
    condition = CompanyItem.licence_key.startswith(f"{_ORDER[state]}#") if state else None

    def run(**page: Any) -> Any:
        return CompanyItem.by_licence.query(_DEVELOPERS, condition, **page)

    return fetch_page(ctx, f"developers:{state or 'all'}", query, run).map(to_company)


def put_membership(tx: store.Transaction, membership: Membership) -> None:
    tx.put("membership", store.to_item(MembershipItem, membership))


def find_membership(account_id: str, tenant_id: str) -> Membership | None:
    item = store.find(MembershipItem, account_id, tenant_id) if account_id and tenant_id else None
    return store.to_entity(Membership, item) if item else None


def list_memberships(account_id: str) -> list[Membership]:
    """A person's memberships, oldest first."""
    with store.faults():
        found = [store.to_entity(Membership, item) for item in MembershipItem.query(account_id, consistent_read=True)]
    return sorted(found, key=lambda membership: membership.created_at)


def list_members(tenant_id: str) -> list[Membership]:
    """The people of a company, oldest first, through an index that may lag a moment; at most a hundred."""
    with store.faults():
        found = MembershipItem.by_company.query(tenant_id, limit=_MEMBERS_MAX)
        return sorted(
            (store.to_entity(Membership, item) for item in found), key=lambda membership: membership.created_at
        )


def find_companies(tenant_ids: list[str]) -> dict[str, Company]:
    found = map(to_company, store.get_many(CompanyItem, tenant_ids))
    return {company.tenant_id: company for company in found}


def _number_name(number: int) -> str:
    return f"company:{number}"


def _to_item(company: Company) -> CompanyItem:
    state = company.licence_state
    return store.to_item(
        CompanyItem,
        company,
        modules=sorted(company.modules),
        licence_list=_DEVELOPERS if state else None,
        licence_key=f"{_ORDER[state]}#{_sortable(_state_since(company))}#{company.tenant_id}" if state else None,
    )


def _state_since(company: Company) -> datetime:
    if company.licence_requested_at and company.licence in {LicenceStatus.NONE, LicenceStatus.WITHDRAWN}:
        return company.licence_requested_at
    return company.licence_changed_at or company.created_at


def _sortable(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def to_company(item: CompanyItem) -> Company:
    said = {"vat_number": item.vat_number or "", "website": item.website or ""}
    return store.to_entity(Company, item, modules=frozenset(item.modules), **said)


def find_migrated(company_key: str) -> str | None:
    """The company made for a company of the earlier system."""
    row = store.find(NameItem, _migrated_name(company_key))
    return row.held_by if row else None


def reserve_migrated(tx: store.Transaction, company_key: str, tenant_id: str) -> None:
    tx.add("migrated", NameItem(_migrated_name(company_key), held_by=tenant_id))


def _migrated_name(company_key: str) -> str:
    return f"migrated:{company_key}"
