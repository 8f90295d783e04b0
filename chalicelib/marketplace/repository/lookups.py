"""Counters of client ids looked up, one row per person or address and window."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from chalicelib.kit import store
from chalicelib.kit.secrets import derive_key


class LookupItem(store.Item):
    Meta = store.table("lookups")

    whose = UnicodeAttribute(hash_key=True)
    tries = NumberAttribute()
    expires_at = TTLAttribute()


def take_lookup(limits: Mapping[str, int], now: datetime, window: timedelta) -> int:
    """Count one look-up for each of `limits`, or none; the seconds to wait when one of them is used up."""
    seconds = int(window.total_seconds())
    number, elapsed = divmod(int(now.timestamp()), seconds)
    try:
        with store.transaction() as tx:
            for whose, limit in limits.items():
                key = f"{_hashed(whose)}#{number}"
                actions: list[Action] = [LookupItem.tries.add(1), LookupItem.expires_at.set(now + 2 * window)]
                free = LookupItem.tries.does_not_exist() | (LookupItem.tries < limit)
                tx.update(whose, LookupItem, (key,), actions, free)
    except store.RefusedError:
        return seconds - elapsed
    return 0


def _hashed(whose: str) -> str:
    # A table of who asked from which address is nobody's business.
    return hmac.digest(derive_key("lookup"), whose.encode(), hashlib.sha256).hex()
