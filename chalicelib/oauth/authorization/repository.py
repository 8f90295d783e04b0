"""Authorization transactions in DynamoDB: stored for ten minutes, opened by one person, decided once (D2)."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

from pynamodb.attributes import BooleanAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.update import Action

from chalicelib.activations.domain import ConsentKind
from chalicelib.kit import store
from chalicelib.oauth.authorization.domain import AuthorizationTransaction, Candidate, Decision, Outcome

_KEPT_FOR = timedelta(hours=1)  # longer than it is valid: a late press of the button is told why it does nothing
_CHALLENGE_KEPT_FOR = timedelta(days=1)
_TRANSACTION_ID = re.compile(r"atx_[a-z0-9_]{1,40}")


class AuthorizationTransactionItem(store.Item):
    Meta = store.table("authorization-transactions")

    transaction_id = UnicodeAttribute(hash_key=True)
    client_id = UnicodeAttribute()
    integration_id = UnicodeAttribute()
    integration_name = UnicodeAttribute()
    integration_version = NumberAttribute()
    owner_tenant_id = UnicodeAttribute()
    developer_name = UnicodeAttribute()
    registered_scopes = store.WordSetAttribute()
    scopes = store.WordSetAttribute()
    kind = store.EnumAttribute(ConsentKind)
    needs_administrator = BooleanAttribute()
    state = UnicodeAttribute()
    redirect_uri = UnicodeAttribute()
    redirect_uri_sent = UnicodeAttribute()
    code_challenge = UnicodeAttribute()
    account_id = UnicodeAttribute(null=True)
    candidates = store.RecordsAttribute(Candidate)
    created_at = UTCDateTimeAttribute()
    valid_until = UTCDateTimeAttribute()
    decision = store.EnumAttribute(Decision, null=True)
    decided_by = UnicodeAttribute(null=True)
    decided_at = UTCDateTimeAttribute(null=True)
    answer_encrypted = UnicodeAttribute(null=True)
    expires_at = TTLAttribute()


class ChallengeItem(store.Item):
    """A code challenge seen before: a client that sends the same one twice does not make them anew (AZ-33)."""

    Meta = store.table("code-challenges")

    challenge_hash = UnicodeAttribute(hash_key=True)
    expires_at = TTLAttribute()


def add(transaction: AuthorizationTransaction) -> bool:
    """Store a new transaction; True when its code challenge was used in another one."""
    item = _to_item(transaction)
    if not transaction.code_challenge:
        store.save(item)
        return False
    seen = ChallengeItem(_challenge_hash(transaction), expires_at=transaction.created_at + _CHALLENGE_KEPT_FOR)
    try:
        with store.transaction() as tx:
            tx.put("transaction", item)
            tx.add("challenge", seen)
    except store.RefusedError:
        store.save(item)
        return True
    return False


def save_opened(transaction: AuthorizationTransaction) -> None:
    """Replace the row that nobody, or this person, has opened. Raises RefusedError when it is another's or decided."""
    item = AuthorizationTransactionItem
    free = item.account_id.does_not_exist() | (item.account_id == transaction.account_id)
    store.save(_to_item(transaction), item.transaction_id.exists() & item.decision.does_not_exist() & free)


def find(transaction_id: str) -> AuthorizationTransaction | None:
    """Strongly consistent; expired ones too, until they are removed."""
    if not _TRANSACTION_ID.fullmatch(transaction_id):
        return None
    item = store.find(AuthorizationTransactionItem, transaction_id)
    return store.to_entity(AuthorizationTransaction, item) if item else None


def decide(tx: store.Transaction, transaction: AuthorizationTransaction, outcome: Outcome) -> None:
    """Part "transaction": refused when it is decided already."""
    item = AuthorizationTransactionItem
    actions: list[Action] = [
        item.decision.set(outcome.decision),
        item.decided_by.set(outcome.decided_by),
        item.decided_at.set(outcome.decided_at),
        item.answer_encrypted.set(outcome.answer_encrypted),
    ]
    undecided = item.decision.does_not_exist() & (item.account_id == transaction.account_id)
    tx.update("transaction", item, (transaction.transaction_id,), actions, undecided)


def _to_item(transaction: AuthorizationTransaction) -> AuthorizationTransactionItem:
    kept_until = transaction.valid_until + _KEPT_FOR
    return store.to_item(AuthorizationTransactionItem, transaction, expires_at=kept_until)


def _challenge_hash(transaction: AuthorizationTransaction) -> str:
    return hashlib.sha256(f"{transaction.client_id} {transaction.code_challenge}".encode()).hexdigest()
