"""Pictures that a listing or a review shows: rows of their own, so that a changed or deleted image takes nothing away.

A hold is made in the transaction of the review's step, on condition that the images are still as they were read.
Whoever removes sizes changes the image's row first and reads the hold after it: one of the two always sees the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from pynamodb.attributes import Attribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from chalicelib.images.domain import Hold, Image, ImageKind, Picture, Variant
from chalicelib.images.repository.images import add_check
from chalicelib.kit import store, together
from chalicelib.kit.ahead import Row, Wanted

__all__ = [
    "TABLES",
    "HoldItem",
    "add_hold",
    "end_hold",
    "find_hold",
    "hold_listed",
    "hold_read",
    "list_held_keys",
    "remove_hold",
    "want_hold",
]

_SHELVES = 8  # enough that none is hot, few enough to be read one after the other


class _PicturesAttribute(Attribute[tuple[Picture, ...]]):
    attr_type = "S"

    def serialize(self, value: Iterable[Picture]) -> str:
        return json.dumps([asdict(picture) for picture in value], separators=(",", ":"))

    def deserialize(self, value: str) -> tuple[Picture, ...]:
        return tuple(_picture(entry) for entry in json.loads(value))


class HoldItem(store.Item):
    """On one of a few shelves, by the id's last letter: the clean-up reads all of them without a scan."""

    Meta = store.table("image-holds")

    shelf = UnicodeAttribute(hash_key=True)
    integration_id = UnicodeAttribute(range_key=True)
    listed = _PicturesAttribute(null=True)
    reviewed = _PicturesAttribute(null=True)


def add_hold(tx: store.Transaction, integration_id: str, images: Sequence[Image]) -> None:
    """These are under review. The transaction is refused when one of them is another one by then."""
    for image in images:
        add_check(tx, image)
    pictures = tuple(image.picture for image in images)
    tx.update("hold", HoldItem, _key(integration_id), [HoldItem.reviewed.set(pictures)])


def hold_listed(tx: store.Transaction, integration_id: str) -> None:
    """What is under review is approved: from now on customers see it."""
    approved = HoldItem.listed.set(HoldItem.reviewed | ())  # `|` is if_not_exists: evaluated before anything is set
    tx.update("hold", HoldItem, _key(integration_id), [approved, HoldItem.reviewed.set(())])


def end_hold(tx: store.Transaction, integration_id: str, *, is_listed: bool) -> None:
    """The review ended; the listing too unless `is_listed`. What nothing names any more the clean-up takes."""
    ended: list[Action] = [HoldItem.reviewed.set(())]
    if not is_listed:
        ended.append(HoldItem.listed.set(()))
    tx.update("hold", HoldItem, _key(integration_id), ended)


def find_hold(integration_id: str) -> Hold:
    """One call, strongly consistent."""
    item = store.find(HoldItem, *_key(integration_id))
    return _to_hold(item) if item else Hold()


def want_hold(integration_id: str) -> together.Wanted[Hold]:
    return together.Wanted(HoldItem, _key(integration_id), _to_hold)


def _to_hold(item: HoldItem) -> Hold:
    return Hold(item.listed or (), item.reviewed or ())


def hold_read(integration_id: str) -> Wanted:
    """What `find_hold` will ask for."""
    return Row(HoldItem, *_key(integration_id))


def remove_hold(integration_id: str) -> None:
    store.remove(HoldItem, _key(integration_id))


def list_held_keys() -> Iterator[str]:
    """Of every integration, strongly consistent: one Query a shelf and megabyte."""
    with store.faults():
        for shelf in range(_SHELVES):
            for item in HoldItem.query(str(shelf), consistent_read=True):
                yield from Hold(item.listed or (), item.reviewed or ()).keys


TABLES = (HoldItem,)


def _key(integration_id: str) -> tuple[str, str]:
    return str(sum(integration_id[-1:].encode()) % _SHELVES), integration_id


def _picture(entry: dict[str, Any]) -> Picture:
    variants = tuple(Variant(**one) for one in entry.pop("variants"))
    return Picture(**entry | {"kind": ImageKind(entry["kind"])}, variants=variants)
