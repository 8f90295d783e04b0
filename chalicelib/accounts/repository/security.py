"""One-time codes, second factors, and changes of what an account signs in with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.accounts.domain import SecondFactor, Session
from chalicelib.accounts.repository.people import email_name
from chalicelib.accounts.repository.sessions import to_session
from chalicelib.accounts.repository.tables import (
    AccountItem,
    NameItem,
    OneTimeCodeItem,
    SecondFactorItem,
    SessionItem,
)
from chalicelib.kit import store


def put_code(
    tx: store.Transaction, code_hash: str, *, purpose: str, account_id: str, email: str, expires_at: datetime
) -> None:
    tx.add(
        "code", OneTimeCodeItem(code_hash, purpose=purpose, account_id=account_id, email=email, expires_at=expires_at)
    )


def find_code(code_hash: str, purpose: str, now: datetime) -> tuple[str, str] | None:
    """Account and address the code is for, or None when it was used, is too old or for something else."""
    item = store.find(OneTimeCodeItem, code_hash)
    if item is None or item.purpose != purpose or item.expires_at <= now:
        return None
    return item.account_id, item.email


def use_code(tx: store.Transaction, code_hash: str, now: datetime) -> None:
    """Part `code`: whoever commits first has used it."""
    tx.delete("code", OneTimeCodeItem, (code_hash,), OneTimeCodeItem.expires_at > now)


def find_password_hash(account_id: str) -> str | None:
    item = store.find(AccountItem, account_id)
    return item.password_hash if item else None


def set_password(tx: store.Transaction, account_id: str, password_hash: str, now: datetime) -> None:
    """Part `account`: the new password; sessions that began before now have ended."""
    actions: list[Any] = [AccountItem.password_hash.set(password_hash), AccountItem.signed_out_before.set(now)]
    tx.update("account", AccountItem, (account_id,), actions, AccountItem.account_id.exists())


def sign_out_before(account_id: str, now: datetime) -> None:
    store.update(AccountItem, (account_id,), [AccountItem.signed_out_before.set(now)], AccountItem.account_id.exists())


def change_email(tx: store.Transaction, account_id: str, old: str, new: str) -> None:
    """Parts `account`, `old-email`, `email`: the address moves, or nothing happens."""
    tx.update("account", AccountItem, (account_id,), [AccountItem.email.set(new)], AccountItem.email == old)
    tx.delete("old-email", NameItem, (email_name(old),), NameItem.held_by == account_id)
    tx.add("email", NameItem(email_name(new), held_by=account_id))


def list_sessions(account_id: str) -> list[Session]:
    """Through an index that may lag a moment, newest first."""
    with store.faults():
        found = [to_session(item) for item in SessionItem.by_account.query(account_id)]
    return sorted(found, key=lambda session: session.checked_at, reverse=True)


def find_second_factor(account_id: str) -> SecondFactor | None:
    item = store.find(SecondFactorItem, account_id)
    return store.to_entity(SecondFactor, item, recovery=tuple(item.recovery)) if item else None


def put_pending_factor(factor: SecondFactor) -> None:
    """Raises RefusedError when two-step sign-in is on already."""
    pending = SecondFactorItem.account_id.does_not_exist() | (SecondFactorItem.is_on == False)  # noqa: E712
    store.save(store.to_item(SecondFactorItem, factor, recovery=list(factor.recovery)), pending)


def turn_factor_on(tx: store.Transaction, factor: SecondFactor, step: int, recovery: list[str]) -> None:
    """Part `factor`, on condition that it is the pending one that was read."""
    actions: list[Any] = [
        SecondFactorItem.is_on.set(True),
        SecondFactorItem.last_step.set(step),
        SecondFactorItem.recovery.set(recovery),
    ]
    pending = (SecondFactorItem.is_on == False) & (  # noqa: E712
        SecondFactorItem.secret_encrypted == factor.secret_encrypted
    )
    tx.update("factor", SecondFactorItem, (factor.account_id,), actions, pending)


def remove_factor(tx: store.Transaction, account_id: str) -> None:
    tx.delete("factor", SecondFactorItem, (account_id,))


def use_step(account_id: str, step: int) -> bool:
    """Whether the code of this step was still unused."""
    try:
        later = SecondFactorItem.last_step < step
        store.update(SecondFactorItem, (account_id,), [SecondFactorItem.last_step.set(step)], later)
    except store.RefusedError:
        return False
    return True


def use_recovery(factor: SecondFactor, used: str) -> bool:
    """Whether the code was still unused; each is taken out with its use."""
    left = [one for one in factor.recovery if one != used]
    same = SecondFactorItem.recovery == list(factor.recovery)
    try:
        store.update(SecondFactorItem, (factor.account_id,), [SecondFactorItem.recovery.set(left)], same)
    except store.RefusedError:
        return False
    return True
