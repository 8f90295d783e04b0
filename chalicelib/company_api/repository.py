"""The rate limit in DynamoDB: a row of 25 slots for each client and company; one conditional write takes one.

The same write counts the call for its scope (decision 0034), so that knowing what is used costs no call of its own.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.expressions.operand import Path

from chalicelib.company_api.domain import CALLS, WINDOW_MS, Quota, RateLimitReachedError, free_slots, quota_of
from chalicelib.kit import store
from chalicelib.kit.context import Context
from chalicelib.kit.errors import UnavailableError
from chalicelib.kit.log import log
from chalicelib.kit.reads import at_once

_KEPT_FOR = timedelta(days=45)  # longer than the days of a receipt
_COUNT = re.compile(r"n([0-9]{8})_(\w+)")
_USED = "used_"
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


class ScopeDayItem(store.Item):
    """How often each scope was used on a day that is over (UTC)."""

    Meta = store.table("scope-days")

    caller = UnicodeAttribute(hash_key=True)
    day = UnicodeAttribute(range_key=True)
    calls = store.JsonAttribute()
    expires_at = TTLAttribute()


def take_call(ctx: Context, tenant_id: str, client_id: str, scope: str) -> Quota:
    """Exactly 25 calls in any window, whatever runs at once. Raises RateLimitReachedError; a refusal takes nothing."""
    caller, now = f"{tenant_id}:{client_id}", (ctx.now - _EPOCH) // timedelta(milliseconds=1)
    slots = _known.pop(caller, [0] * CALLS)
    for _ in range(_TRIES):
        free = free_slots(slots, now)
        if not free:
            _remember(caller, slots)
            raise _refusal(quota_of(slots, now))
        slots, taken = _take(ctx, caller, scope, secrets.choice(free), now)
        if taken:
            _remember(caller, slots)
            return quota_of(slots, now)
    raise UnavailableError(log={"cause": "rate limit contended"})


def find_uses(tenant_id: str, client_id: str, since: datetime) -> tuple[Mapping[str, datetime], Mapping[str, int]]:
    """When each scope was used last, and how often from that day on: two calls side by side."""
    caller = f"{tenant_id}:{client_id}"
    row, past = at_once(partial(find_window, caller), partial(_list_days, caller, _day(since)))
    used = {
        name.removeprefix(_USED): _EPOCH + timedelta(milliseconds=int(value["N"]))
        for name, value in row.items()
        if name.startswith(_USED)
    }
    calls: dict[str, int] = {}
    days = [counts for day, counts in _counts_of(row).items() if day >= _day(since)]
    for counts in days + past:
        for scope, count in counts.items():
            calls[scope] = calls.get(scope, 0) + count
    return used, calls


def _list_days(caller: str, since: str) -> list[dict[str, int]]:
    with store.faults():
        return [item.calls for item in ScopeDayItem.query(caller, ScopeDayItem.day >= since)]


def find_window(caller: str) -> dict[str, Any]:
    """The row in wire form; {} when there is none."""
    key = {"Key": {"caller": {"S": caller}}, "ConsistentRead": True}
    answer = store._dispatch("GetItem", CallWindowItem, key)  # noqa: SLF001 - attributes with names made at run time
    row: dict[str, Any] = answer.get("Item") or {}
    return row


def _take(ctx: Context, caller: str, scope: str, number: int, now: int) -> tuple[list[int], bool]:
    """Try one slot; either way the row tells how all of them stand."""
    today = _day(ctx.now)
    request = {
        "Key": {"caller": {"S": caller}},
        "UpdateExpression": "SET #slot = :now, #used = :now, expires_at = :kept ADD #count :one",
        "ConditionExpression": "attribute_not_exists(#slot) OR #slot <= :rested OR #slot > :ahead",
        "ExpressionAttributeNames": {"#slot": _SLOTS[number], "#used": _USED + scope, "#count": f"n{today}_{scope}"},
        "ExpressionAttributeValues": {
            ":now": {"N": str(now)},
            ":rested": {"N": str(now - WINDOW_MS)},
            ":ahead": {"N": str(now + WINDOW_MS)},
            ":kept": {"N": str(int((ctx.now + _KEPT_FOR).timestamp()))},
            ":one": {"N": "1"},
        },
    }
    try:
        row = store.update_written(CallWindowItem, request)
    except store.RefusedError as refused:
        return _slots_of(refused.parts["item"]), False
    for day, counts in _counts_of(row).items():
        if day != today:
            _put_away(ctx, caller, day, counts)
    return [int(row[name]["N"]) if name in row else 0 for name in _SLOTS], True


def _put_away(ctx: Context, caller: str, day: str, counts: Mapping[str, int]) -> None:
    """A day that is over gets a row of its own, so that the window's row never grows: one write more a day.

    Never in the way of the call. Of calls that straggle in after it a few may be lost.
    """
    leave: list[Any] = [Path(f"n{day}_{scope}").remove() for scope in counts]
    try:
        with store.transaction() as tx:
            tx.add("day", ScopeDayItem(caller, day, calls=dict(counts), expires_at=ctx.now + _KEPT_FOR))
            tx.update("window", CallWindowItem, (caller,), leave)
    except store.RefusedError:
        store.update(CallWindowItem, (caller,), leave)
    except UnavailableError:
        log.warning("company_api.uses_not_put_away", extra={"day": day})


def _counts_of(row: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Counts by day and scope."""
    found: dict[str, dict[str, int]] = {}
    for name, value in row.items():
        count = _COUNT.fullmatch(name)
        if count:
            found.setdefault(count[1], {})[count[2]] = int(value["N"])
    return found


def _day(moment: datetime) -> str:
    return f"{moment:%Y%m%d}"


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
