"""Accounts, sign-ups that wait for their code, and marks of mail already sent."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from datetime import datetime, timedelta
from typing import cast

from chalicelib.accounts.domain import CODE_LIFETIME, Account, SignUp
from chalicelib.accounts.repository.tables import AccountItem, NameItem, SentMailItem, SignUpItem
from chalicelib.kit import store

MARK_LIFETIME = timedelta(days=14)  # SQS keeps a message at most this long (D9)
_USED_KEPT = timedelta(days=7)  # so that a second click on a link says "used", not "unknown"


def find_account(account_id: str) -> Account | None:
    item = store.find(AccountItem, account_id) if account_id else None
    return store.to_entity(Account, item) if item else None


def find_accounts(account_ids: list[str]) -> dict[str, Account]:
    found = (store.to_entity(Account, item) for item in store.get_many(AccountItem, account_ids))
    return {account.account_id: account for account in found}


def find_account_id_by_email(email: str) -> str | None:
    row = store.find(NameItem, email_name(email))
    return row.held_by if row else None


def find_login(email: str) -> tuple[Account, str] | None:
    """The account of an address with its password hash: for the sign-in and nobody else."""
    account_id = find_account_id_by_email(email)
    item = store.find(AccountItem, account_id) if account_id else None
    return (store.to_entity(Account, item), item.password_hash) if item else None


def add_account_parts(tx: store.Transaction, account: Account, password_hash: str) -> None:
    """Parts `account` and `email` of the caller's transaction."""
    tx.add("account", store.to_item(AccountItem, account, password_hash=password_hash))
    tx.add("email", NameItem(email_name(account.email), held_by=account.account_id))


def find_account_id_by_identity(issuer: str, subject: str) -> str | None:
    """The account that signs in as this person of another login."""
    row = store.find(NameItem, _identity_name(issuer, subject))
    return row.held_by if row else None


def add_identity_parts(tx: store.Transaction, account_id: str, issuer: str, subject: str) -> None:
    """Parts `identity` and `identity-of`: one person there is one account here, and one account one person there."""
    tx.add("identity", NameItem(_identity_name(issuer, subject), held_by=account_id))
    tx.add("identity-of", NameItem(_identity_name(issuer, f"of {account_id}"), held_by=subject))


def save_last_tenant(account_id: str, tenant_id: str) -> None:
    store.update(
        AccountItem, (account_id,), [AccountItem.last_tenant_id.set(tenant_id)], AccountItem.account_id.exists()
    )


def put_sign_up(tx: store.Transaction, code_hash: str, sign_up: SignUp, now: datetime) -> None:
    tx.put("sign-up", store.to_item(SignUpItem, sign_up, code_hash=code_hash, expires_at=now + CODE_LIFETIME))


def find_sign_up(code_hash: str, now: datetime) -> tuple[SignUp, bool] | None:
    """The sign-up and whether its code was used, or None when there is none that is still valid."""
    item = store.find(SignUpItem, code_hash)
    if item is None:
        return None
    used_at = cast("datetime | None", item.used_at)
    if used_at is None and item.expires_at <= now:
        return None
    values = {field.name: getattr(item, field.name) for field in fields(SignUp)}
    return SignUp(**values), used_at is not None


def use_sign_up(tx: store.Transaction, code_hash: str, now: datetime) -> None:
    """Part `code`: whoever commits first has used it. The password hash is not kept a moment longer."""
    tx.update(
        "code",
        SignUpItem,
        (code_hash,),
        [
            SignUpItem.used_at.set(now),
            SignUpItem.password_hash.set(""),
            SignUpItem.expires_at.set(now + _USED_KEPT),
        ],
        SignUpItem.used_at.does_not_exist() & (SignUpItem.expires_at > now),
    )


def is_mail_sent(event_id: str) -> bool:
    return store.find(SentMailItem, event_id) is not None


def mark_mail_sent(event_id: str, now: datetime) -> None:
    store.save(SentMailItem(event_id, expires_at=now + MARK_LIFETIME))


def email_name(email: str) -> str:
    return f"email:{email}"


def _identity_name(issuer: str, whose: str) -> str:
    # Hashed: somebody else's login chooses how long and how odd its names are.
    return "identity:" + hashlib.sha256(f"{issuer}\n{whose}".encode()).hexdigest()
