"""Access tokens of the earlier system, as keyed hashes: each can be exchanged once for a pair of ours."""

from __future__ import annotations

from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.update import Action

from chalicelib.kit import store
from chalicelib.kit.secrets import hash_secret, key_names
from chalicelib.oauth.legacy.domain import LegacyToken

_PURPOSE = "legacy-token"
_KEPT_FOR = timedelta(days=365)  # as long as any connection may last without a new consent


class LegacyTokenItem(store.Item):
    Meta = store.table("legacy-tokens")

    token_hash = UnicodeAttribute(hash_key=True)
    client_id = UnicodeAttribute()
    integration_id = UnicodeAttribute()
    tenant_id = UnicodeAttribute()
    tenant_number = NumberAttribute()
    account_id = UnicodeAttribute()
    scopes = store.WordSetAttribute()
    imported_at = UTCDateTimeAttribute()
    family_id = UnicodeAttribute(null=True)
    expires_at = TTLAttribute()


def hash_of(token: str) -> str:
    return hash_secret(token, _PURPOSE)


def add(legacy: LegacyToken) -> None:
    """Raises RefusedError (part "item") when this token was imported before."""
    item = store.to_item(LegacyTokenItem, legacy, expires_at=legacy.imported_at + _KEPT_FOR)
    store.add(item, ours=lambda standing: standing.imported_at == legacy.imported_at)


def find(token: str, now: datetime) -> LegacyToken | None:
    """Whether used or not; newest root key first."""
    for key_name in key_names():
        item = store.find(LegacyTokenItem, hash_secret(token, _PURPOSE, key_name))
        if item is not None and item.expires_at > now:
            return store.to_entity(LegacyToken, item, tenant_number=int(item.tenant_number))
    return None


def find_by_hash(token_hash: str) -> LegacyToken | None:
    item = store.find(LegacyTokenItem, token_hash)
    return store.to_entity(LegacyToken, item, tenant_number=int(item.tenant_number)) if item else None


def use(tx: store.Transaction, legacy: LegacyToken, family_id: str) -> None:
    """Part "legacy": exchanged for this family, if nobody was first."""
    unused = LegacyTokenItem.token_hash.exists() & LegacyTokenItem.family_id.does_not_exist()
    actions: list[Action] = [LegacyTokenItem.family_id.set(family_id)]
    tx.update("legacy", LegacyTokenItem, (legacy.token_hash,), actions, unused)
