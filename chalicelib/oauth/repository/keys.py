"""The ring of signing keys: one row, so that reading it is one call and rotating it one conditional write."""

from __future__ import annotations

from dataclasses import dataclass

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.kit import store
from chalicelib.oauth.key_ring import SigningKey

_PURPOSE = "access-token"  # one key per purpose (RFC 8725 §3.12)


class SigningKeyItem(store.Item):
    Meta = store.table("signing-keys")

    purpose = UnicodeAttribute(hash_key=True)
    version = NumberAttribute()
    keys = store.RecordsAttribute(SigningKey)


@dataclass(frozen=True, slots=True)
class StoredRing:
    version: int
    keys: tuple[SigningKey, ...]


def load_ring() -> StoredRing:
    """Version 0 and no keys before the first rotation."""
    item = store.find(SigningKeyItem, _PURPOSE)
    return StoredRing(int(item.version), item.keys) if item else StoredRing(0, ())


def save_ring(before: StoredRing, keys: tuple[SigningKey, ...]) -> bool:
    """Whether this ring is now the one; False when another rotation was first, or said the same just before."""
    item = SigningKeyItem(_PURPOSE, version=before.version + 1, keys=keys)
    unchanged = SigningKeyItem.version == before.version if before.version else store.absent(SigningKeyItem)
    try:
        store.save(item, unchanged)
    except store.RefusedError as refused:
        standing = refused.parts["item"]
        return standing is not None and standing.keys == keys
    return True
