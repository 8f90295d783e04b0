"""The rate limit in DynamoDB: a row of 25 slots for each client and company; one conditional write takes one."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute

from chalicelib.company_api.domain import CALLS, WINDOW_MS, Quota, RateLimitReachedError, free_slots, quota_of
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import UnavailableError

_KEPT_FOR = timedelta(hours=1)
_TRIES = 2 * CALLS
_EPOCH = datetime.fromtimestamp(0, UTC)
_REMEMBERED = 1_000
_SLOTS = [f"slot{number:02}" for number in range(CALLS)]


class _CallWindowItem(store.Item):
    Meta = store.table("call-windows")

    caller = UnicodeAttribute(hash_key=True)
    expires_at = TTLAttribute()


# Slots are attributes, not a list: an update can then name the one it takes, and the row never grows.
CallWindowItem: Any = type("CallWindowItem", (_CallWindowItem,), {name: NumberAttribute(null=True) for name in _SLOTS})

_known: dict[str, list[int]] = {}
"""The slots as seen last. Other processes only fill them, so "full" needs no call and "free" is a guess."""


def take_call(ctx: Context, tenant_id: str, client_id: str) -> Quota:
    """Exactly 25 calls in any window, whatever runs at once. Raises RateLimitReachedError; a refusal takes nothing."""
    caller, now = f"{tenant_id}:{client_id}", (ctx.now - _EPOCH) // timedelta(milliseconds=1)
    slots = _known.pop(caller, [0] * CALLS)
    for _ in range(_TRIES):
        free = free_slots(slots, now)
        if not free:
            _remember(caller, slots)
            raise _refusal(quota_of(slots, now))
        slots, taken = _take(ctx, caller, secrets.choice(free), now)
        if taken:
            _remember(caller, slots)
            return quota_of(slots, now)
    raise UnavailableError(log={"cause": "rate limit contended"})


def _take(ctx: Context, caller: str, number: int, now: int) -> tuple[list[int], bool]:
    """Try one slot; either way the row tells how all of them stand."""
    slot = getattr(CallWindowItem, _SLOTS[number])
    is_free = slot.does_not_exist() | (slot <= now - WINDOW_MS) | (slot > now + WINDOW_MS)
    actions = [slot.set(now), CallWindowItem.expires_at.set(ctx.now + _KEPT_FOR)]
    try:
        return _slots_of(store.update(CallWindowItem, (caller,), actions, is_free)), True
    except store.RefusedError as refused:
        return _slots_of(refused.parts["item"]), False


def _slots_of(item: Any) -> list[int]:
    return [int(getattr(item, name) or 0) for name in _SLOTS]


def _remember(caller: str, slots: list[int]) -> None:
    if len(_known) >= _REMEMBERED:
        _known.pop(next(iter(_known)))
    _known[caller] = slots


def _refusal(quota: Quota) -> RateLimitReachedError:
    return RateLimitReachedError(
        f"Wait {quota.reset} s.", headers={"Retry-After": str(max(1, quota.reset)), **quota.as_headers()}
    )
