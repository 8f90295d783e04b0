"""One row per test company that was ever used or disturbed; live companies have none and are never asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.faults.domain import Fault, FaultKind, Place, Switchboard
from chalicelib.kit import store
from chalicelib.kit.errors import UnavailableError

_TRIES = 10


class SwitchboardItem(store.Item):
    Meta = store.table("switchboards")

    tenant_id = UnicodeAttribute(hash_key=True)
    faults = store.JsonAttribute()
    used_on = UnicodeAttribute(null=True)
    version = NumberAttribute()


def find(tenant_id: str) -> Switchboard:
    item = store.find(SwitchboardItem, tenant_id)
    return _to_switchboard(item) if item else Switchboard()


def change(tenant_id: str, decide: Callable[[Switchboard], Switchboard | None]) -> Switchboard:
    """Read, decide, replace on condition; `decide` answers None when nothing is to be changed."""
    for _ in range(_TRIES):
        before = find(tenant_id)
        after = decide(before)
        if after is None:
            return before
        item = SwitchboardItem(
            tenant_id,
            faults=[_plain(fault) for fault in after.faults.values()],
            used_on=after.used_on.isoformat() if after.used_on else None,
            version=before.version + 1,
        )
        unchanged = SwitchboardItem.version == before.version if before.version else store.absent(SwitchboardItem)
        try:
            store.save(item, unchanged)
        except store.RefusedError:
            continue
        return after
    raise UnavailableError(log={"cause": "switchboard contended"})


def remove(tenant_id: str) -> None:
    store.remove(SwitchboardItem, (tenant_id,))


def list_used(tenant_ids: Iterable[str]) -> dict[str, date]:
    """The last day of use of those that were used."""
    found = map(_dated, store.get_many(SwitchboardItem, tenant_ids))
    return {tenant_id: day for tenant_id, day in found if day is not None}


def _dated(item: SwitchboardItem) -> tuple[str, date | None]:
    return item.tenant_id, _to_switchboard(item).used_on


def _to_switchboard(item: SwitchboardItem) -> Switchboard:
    faults = [_to_fault(**entry) for entry in item.faults]
    used_on = date.fromisoformat(item.used_on) if item.used_on else None
    return Switchboard({fault.kind: fault for fault in faults}, used_on, int(item.version))


def _plain(fault: Fault) -> dict[str, Any]:
    return {
        "kind": fault.kind.value,
        "since": fault.since.isoformat(),
        "until": fault.until.isoformat(),
        "place": fault.place.value,
        "left": fault.left,
        "status": fault.status,
        "seconds": fault.seconds,
        "module": fault.module,
    }


def _to_fault(*, kind: str, since: str, until: str, place: str, **others: Any) -> Fault:
    return Fault(
        kind=FaultKind(kind),
        since=datetime.fromisoformat(since),
        until=datetime.fromisoformat(until),
        place=Place(place),
        **others,
    )
