"""Records in DynamoDB: a head per company and resource, and rows for what the template does not know as it is.

A row lies in the partition of its epoch, under its ordinal: page n is a range of keys, wherever it lies. A record made
with a number somebody chose has a second row that reserves the number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.company_data.domain import Head, Mark, Stored
from chalicelib.kit import store
from chalicelib.kit.errors import UnavailableError

_HEAD = "head"
_RECORD = "r#"
_NAME = "k#"
_TRIES = 60  # each refused try means that somebody else got the number


class RecordItem(store.Item):
    Meta = store.table("company-records")

    place = UnicodeAttribute(hash_key=True)
    row_id = UnicodeAttribute(range_key=True)
    template = UnicodeAttribute(null=True)
    epoch = UnicodeAttribute(null=True)
    previous = UnicodeAttribute(null=True)
    total = NumberAttribute(null=True)
    last = store.JsonAttribute(null=True)
    ordinal = NumberAttribute(null=True)
    key = UnicodeAttribute(null=True)
    state = UnicodeAttribute(null=True)
    modified = UTCDateTimeAttribute(null=True)
    version = NumberAttribute(null=True)
    values = store.JsonAttribute(null=True)


def find_head(tenant_id: str, resource: str) -> Head:
    item = store.find(RecordItem, _home(tenant_id, resource), _HEAD)
    return _to_head(item) if item else Head()


def find_heads(tenant_id: str, resources: Sequence[str]) -> dict[str, Head]:
    places = {_home(tenant_id, resource): resource for resource in resources}
    found = {places[item.place]: _to_head(item) for item in store.get_many(RecordItem, [(p, _HEAD) for p in places])}
    return {resource: found.get(resource, Head()) for resource in resources}


def list_after(tenant_id: str, resource: str, head: Head, ordinal: int, limit: int) -> list[Stored]:
    if ordinal >= head.total:
        return []
    between = RecordItem.row_id.between(_row_id(ordinal + 1), _row_id(head.total))
    with store.faults():
        place = _place(tenant_id, resource, head.epoch)
        return [_to_stored(item) for item in RecordItem.query(place, between, consistent_read=True, limit=limit)]


def put_records(tenant_id: str, resource: str, epoch: str, records: Sequence[tuple[Stored, bool]]) -> None:
    """In one transaction; those with True have their number reserved. What is there already was put by a repeat."""
    place = _place(tenant_id, resource, epoch)
    with suppress(store.RefusedError), store.transaction() as tx:
        for record, is_named in records:
            tx.add(f"record {record.ordinal}", _to_item(place, record))
            if is_named:
                tx.add(f"name {record.ordinal}", RecordItem(place, _NAME + record.key, ordinal=record.ordinal))


def find_record(tenant_id: str, resource: str, head: Head, ordinal: int) -> Stored | None:
    item = store.find(RecordItem, _place(tenant_id, resource, head.epoch), _row_id(ordinal))
    return _to_stored(item) if item else None


def find_ordinal(tenant_id: str, resource: str, head: Head, key: str) -> int | None:
    """Of a record that got its number after the template."""
    item = store.find(RecordItem, _place(tenant_id, resource, head.epoch), _NAME + key)
    return int(item.ordinal) if item else None


def list_records(tenant_id: str, resource: str, head: Head, ordinals: Sequence[int]) -> list[Stored]:
    """Stored ones between the smallest and the largest of `ordinals`, which are next to each other: one Query a MB."""
    if not ordinals:
        return []
    between = RecordItem.row_id.between(_row_id(min(ordinals)), _row_id(max(ordinals)))
    with store.faults():
        found = RecordItem.query(_place(tenant_id, resource, head.epoch), between, consistent_read=True)
        return [_to_stored(item) for item in found]


def get_records(tenant_id: str, resource: str, head: Head, ordinals: Iterable[int]) -> list[Stored]:
    """Stored ones among scattered `ordinals`."""
    place = _place(tenant_id, resource, head.epoch)
    return [_to_stored(item) for item in store.get_many(RecordItem, [(place, _row_id(n)) for n in ordinals])]


def list_marks(tenant_id: str, resource: str, head: Head) -> dict[int, Mark]:
    """State and time of every stored record, without what is in it."""
    with store.faults():
        found = RecordItem.query(
            _place(tenant_id, resource, head.epoch),
            RecordItem.row_id.startswith(_RECORD),
            attributes_to_get=["ordinal", "state", "modified"],
        )
        return {int(item.ordinal): Mark(item.state, item.modified) for item in found}


Other = tuple[str, Head, Stored]
"""A changed record of some resource, and the head it was read under."""


def add_record(
    tenant_id: str,
    resource: str,
    decide: Callable[[Head], tuple[Head, Stored, bool]],
    also: Callable[[Stored], Other] | None = None,
) -> Stored | None:
    """Give out the next number and store the record under it, in one transaction; None when its key is taken.

    `decide` makes the next head and the record out of the head it is shown, and says whether the key must be reserved.
    `also` is a record that changes with it: None as well when somebody changed that one.
    """
    for _ in range(_TRIES):
        head = find_head(tenant_id, resource)
        after, record, is_named = decide(head)
        place = _place(tenant_id, resource, head.epoch)
        try:
            with store.transaction() as tx:
                tx.put("head", _to_head_item(tenant_id, resource, after), _is_still(head))
                tx.add("record", _to_item(place, record))
                if is_named:
                    tx.add("name", RecordItem(place, _NAME + record.key, ordinal=record.ordinal))
                if also is not None:
                    _put_changed(tx, "other", tenant_id, also(record))
        except store.RefusedError as refused:
            if {"name", "other"} & refused.parts.keys() and "head" not in refused.parts:
                return None
            continue
        return record
    raise UnavailableError(log={"cause": "record number contended"})


def save_both(tenant_id: str, *changed: Other) -> bool:
    """In one transaction; False when somebody else changed one of them since it was read."""
    try:
        with store.transaction() as tx:
            for number, other in enumerate(changed):
                _put_changed(tx, f"record {number}", tenant_id, other)
    except store.RefusedError:
        return False
    return True


def save_record(tenant_id: str, resource: str, head: Head, record: Stored) -> bool:
    """False when somebody else changed it since it was read."""
    item = _to_item(_place(tenant_id, resource, head.epoch), record)
    try:
        store.save(item, _as_seen(record))
    except store.RefusedError:
        return False
    return True


def begin_epoch(tenant_id: str, heads: dict[str, Head], *, is_first: bool) -> None:
    """Give every resource another head at once; a repeat, also one that comes after the next epoch, changes nothing."""
    with suppress(store.RefusedError), store.transaction() as tx:
        for resource, head in heads.items():
            absent = RecordItem.epoch.does_not_exist()
            other = absent | ((RecordItem.epoch != head.epoch) & (RecordItem.previous != head.epoch))
            tx.put(resource, _to_head_item(tenant_id, resource, head), absent if is_first else other)


def clear(tenant_id: str, resource: str, epoch: str) -> int:
    """Remove what is stored in a partition, 25 rows a call; how many there were. It may be stopped and called again."""
    count = 0
    with store.faults(), RecordItem.batch_write() as batch:
        for item in RecordItem.query(_place(tenant_id, resource, epoch), attributes_to_get=["place", "row_id"]):
            batch.delete(item)
            count += 1
    return count


def remove_head(tenant_id: str, resource: str) -> None:
    store.remove(RecordItem, (_home(tenant_id, resource), _HEAD))


def _as_seen(record: Stored) -> Condition:
    seen = record.version - 1
    same: Condition = RecordItem.version == seen if seen else RecordItem.place.does_not_exist()
    return same


def _put_changed(tx: store.Transaction, part: str, tenant_id: str, other: Other) -> None:
    resource, head, record = other
    tx.put(part, _to_item(_place(tenant_id, resource, head.epoch), record), _as_seen(record))


def _home(tenant_id: str, resource: str) -> str:
    return f"{tenant_id}#{resource}"


def _place(tenant_id: str, resource: str, epoch: str) -> str:
    return f"{tenant_id}#{resource}#{epoch}"


def _row_id(ordinal: int) -> str:
    return f"{_RECORD}{ordinal:09}"


def _is_still(head: Head) -> Condition:
    if head == Head():
        return store.absent(RecordItem)
    same: Condition = (RecordItem.total == head.total) & (RecordItem.epoch == head.epoch)
    return same


def _to_head(item: RecordItem) -> Head:
    return Head(
        template=item.template or "",
        epoch=item.epoch or "0",
        previous=item.previous or "",
        total=int(item.total or 0),
        last=item.last,
    )


def _to_head_item(tenant_id: str, resource: str, head: Head) -> RecordItem:
    return store.to_item(RecordItem, head, place=_home(tenant_id, resource), row_id=_HEAD, last=dict(head.last))


def _to_item(place: str, record: Stored) -> RecordItem:
    return RecordItem(
        place,
        _row_id(record.ordinal),
        ordinal=record.ordinal,
        key=record.key,
        state=record.mark.state,
        modified=record.mark.modified,
        version=record.version,
        values=dict(record.values),
    )


def _to_stored(item: Any) -> Stored:
    return Stored(int(item.ordinal), item.key, Mark(item.state, item.modified), int(item.version), item.values)
