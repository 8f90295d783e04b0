"""The people of a test company: accounts without an address reserved and without a password, so nobody signs in."""

from __future__ import annotations

from chalicelib.accounts.domain import Account, Company, CompanyKind, Membership
from chalicelib.accounts.repository.companies import to_company
from chalicelib.accounts.repository.tables import AccountItem, CompanyItem, MembershipItem, SessionItem
from chalicelib.kit import store

_NO_PASSWORD = ""  # the hash of nothing: the sign-in finds an account by its address, and this one has none


def put_person(account: Account, membership: Membership) -> None:
    """Both rows, again and again the same."""
    with store.transaction() as tx:
        tx.put("account", store.to_item(AccountItem, account, password_hash=_NO_PASSWORD))
        tx.put("membership", store.to_item(MembershipItem, membership))


def remove_person(account_id: str, tenant_id: str) -> None:
    with store.faults():
        sessions = [item.session_key for item in SessionItem.by_account.query(account_id)]
    for session_key in sessions:
        store.remove(SessionItem, (session_key,))
    with store.transaction() as tx:
        tx.delete("account", AccountItem, (account_id,))
        tx.delete("membership", MembershipItem, (account_id, tenant_id))


def list_sandbox_companies() -> list[Company]:
    """Every test company there is: for the nightly round, which looks at all of them, and nobody else."""
    with store.faults():
        return [to_company(item) for item in CompanyItem.scan(CompanyItem.kind == CompanyKind.SANDBOX)]


def rename_sandbox(tx: store.Transaction, tenant_id: str, name: str) -> None:
    """Part "company": refused when there is no such test company (yet)."""
    is_ours = CompanyItem.kind == CompanyKind.SANDBOX
    tx.update("company", CompanyItem, (tenant_id,), [CompanyItem.name.set(name), CompanyItem.version.add(1)], is_ours)
