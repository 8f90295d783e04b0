"""Rows of images, under their integration, and the shelf that counts them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.images.domain import Crop, Image, ImageKind, ImageStatus, Variant
from chalicelib.kit import store
from chalicelib.kit.outbox import Event, publish

__all__ = [
    "TABLES",
    "ImageItem",
    "ShelfItem",
    "add_check",
    "add_image",
    "find_image",
    "find_images",
    "find_keys",
    "find_shelf",
    "list_images",
    "remove_row",
    "remove_shelf",
    "save_images",
    "save_outcome",
]

_ID = re.compile(r"[a-z0-9_]{1,60}")


class ByImage(GlobalSecondaryIndex["ImageItem"]):  # type: ignore[no-untyped-call]  # PynamoDB left a hook untyped
    """To whom objects belong that no original stands beside. Not consistent: only for what is an hour old."""

    Meta = store.index("by_image", KeysOnlyProjection())

    image_id = UnicodeAttribute(hash_key=True)
    integration_id = UnicodeAttribute(range_key=True)


class ImageItem(store.Item):
    Meta = store.table("images")

    integration_id = UnicodeAttribute(hash_key=True)
    image_id = UnicodeAttribute(range_key=True)
    tenant_id = UnicodeAttribute()
    kind = store.EnumAttribute(ImageKind)
    status = store.EnumAttribute(ImageStatus)
    content_type = UnicodeAttribute()
    byte_size = NumberAttribute()
    refusal = UnicodeAttribute(default="")
    crop = store.JsonAttribute(null=True)
    turn = NumberAttribute(default=0)
    position = NumberAttribute(default=0)
    revision = NumberAttribute(default=0)
    colour = UnicodeAttribute(default="")
    width = NumberAttribute(default=0)
    height = NumberAttribute(default=0)
    variants = store.RecordsAttribute(Variant)
    replaces = store.WordSetAttribute()
    sequencer = UnicodeAttribute(default="")
    version_id = UnicodeAttribute(default="")
    created_at = UTCDateTimeAttribute()
    changed_at = UTCDateTimeAttribute(null=True)
    expires_at = TTLAttribute(null=True)
    by_image = ByImage()


class ShelfItem(store.Item):
    """Counts the tickets ever given for an integration: whoever adds an image must have seen the last one."""

    Meta = store.table("image-shelves")

    integration_id = UnicodeAttribute(hash_key=True)
    version = NumberAttribute()


TABLES = (ImageItem, ShelfItem)


def find_shelf(integration_id: str) -> int:
    item = store.find(ShelfItem, integration_id)
    return int(item.version) if item else 0


def add_image(image: Image, shelf: int) -> bool:
    """False when another image was added since `shelf` was read; what was counted then may be wrong now."""
    unseen = (ShelfItem.version == shelf) if shelf else store.absent(ShelfItem)
    try:
        with store.transaction() as tx:
            tx.add("image", _to_item(image))
            tx.put("shelf", ShelfItem(image.integration_id, version=shelf + 1), unseen)
    except store.RefusedError as refused:
        standing = refused.parts.get("image")
        return standing is not None and standing.tenant_id == image.tenant_id  # the same request again
    return True


def save_images(pairs: Iterable[tuple[Image, Image]], *events: Event) -> bool:
    """All (before, after) and what is told of it, or nothing: False when one row is no longer as it was read."""
    try:
        with store.transaction() as tx:
            for before, after in pairs:
                tx.put(after.image_id, _to_item(after), _is_still(before))
            for event in events:
                publish(tx, event)
    except store.RefusedError:
        return False
    return True


def remove_shelf(integration_id: str) -> None:
    store.remove(ShelfItem, (integration_id,))


def find_images(keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Image]:
    found = (_to_entity(item) for item in store.get_many(ImageItem, keys))
    return {(image.integration_id, image.image_id): image for image in found}


def find_image(integration_id: str, image_id: str) -> Image | None:
    if not _ID.fullmatch(integration_id) or not _ID.fullmatch(image_id):
        return None
    item = store.find(ImageItem, integration_id, image_id)
    return _to_entity(item) if item else None


def find_keys(image_ids: Iterable[str]) -> list[tuple[str, str]]:
    """Integration and image, for those that have a row."""
    with store.faults():
        found = (ImageItem.by_image.query(image_id) for image_id in image_ids)
        return [(item.integration_id, item.image_id) for items in found for item in items]


def list_images(integration_id: str) -> list[Image]:
    """All rows of one integration, by position, then oldest first: a few dozen at most, so one Query."""
    with store.faults():
        found = [_to_entity(item) for item in ImageItem.query(integration_id, consistent_read=True)]
    return sorted(found, key=lambda image: (image.position, image.created_at, image.image_id))


def save_outcome(before: Image, after: Image) -> None:
    """Store what became of an upload if the row is still as `before` was read.

    Raises RefusedError (part "item") with the row that stands instead; None there means that it was deleted.
    """
    store.save(_to_item(after), _is_still(before))


def add_check(tx: store.Transaction, image: Image) -> None:
    """The transaction is refused unless the image is still as it was read."""
    tx.check(f"image {image.image_id}", ImageItem, (image.integration_id, image.image_id), _is_still(image))


def remove_row(image: Image) -> Image:
    """Take the row away whatever became of it since it was read; answers the image that it said at last."""
    standing: Image | None = image
    while standing is not None:
        try:
            store.remove(ImageItem, (image.integration_id, image.image_id), _is_still(standing))
        except store.RefusedError as refused:
            item: ImageItem | None = refused.parts["item"]
            standing = _to_entity(item) if item else None
        else:
            break
    return standing or image


def _is_still(image: Image) -> Condition:
    is_still: Condition = (
        (ImageItem.status == image.status)
        & (ImageItem.sequencer == image.sequencer)
        & (ImageItem.revision == image.revision)
    )
    return is_still


def _to_item(image: Image) -> ImageItem:
    return store.to_item(ImageItem, image, crop=asdict(image.crop) if image.crop else None)


def _to_entity(item: ImageItem) -> Image:
    return store.to_entity(
        Image,
        item,
        crop=Crop(**item.crop) if item.crop else None,
        replaces=tuple(sorted(item.replaces)),
        byte_size=int(item.byte_size),
        turn=int(item.turn),
        position=int(item.position),
        revision=int(item.revision),
        width=int(item.width),
        height=int(item.height),
    )
