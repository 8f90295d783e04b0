"""Rows of images (under their integration) and the objects that belong to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.config import settings
from chalicelib.images.domain import Crop, Image, ImageKind, ImageStatus, UnusableImageError, Variant
from chalicelib.kit import store
from chalicelib.kit.aws import client
from chalicelib.kit.errors import UnavailableError

__all__ = [
    "ImageItem",
    "add_image",
    "find_image",
    "list_images",
    "new_upload_form",
    "read_original",
    "remove_image",
    "remove_objects",
    "save_outcome",
    "write_variant",
]

_ID = re.compile(r"[a-z0-9_]{1,60}")
_FOREVER = "public, max-age=31536000, immutable"  # the name follows from the content


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
    width = NumberAttribute(default=0)
    height = NumberAttribute(default=0)
    variants = store.RecordsAttribute(Variant)
    replaces = store.WordSetAttribute()
    sequencer = UnicodeAttribute(default="")
    version_id = UnicodeAttribute(default="")
    created_at = UTCDateTimeAttribute()
    expires_at = TTLAttribute(null=True)


def add_image(image: Image) -> None:
    store.add(_to_item(image), ours=lambda standing: standing.tenant_id == image.tenant_id)


def find_image(integration_id: str, image_id: str) -> Image | None:
    if not _ID.fullmatch(integration_id) or not _ID.fullmatch(image_id):
        return None
    item = store.find(ImageItem, integration_id, image_id)
    return _to_entity(item) if item else None


def list_images(integration_id: str) -> list[Image]:
    """All rows of one integration, oldest first: a few dozen at most, so one Query."""
    with store.faults():
        found = [_to_entity(item) for item in ImageItem.query(integration_id, consistent_read=True)]
    return sorted(found, key=lambda image: (image.created_at, image.image_id))


def save_outcome(before: Image, after: Image) -> None:
    """Store what became of an upload if the row is still as `before` was read.

    Raises RefusedError (part "item") with the row that stands instead; None there means that it was deleted.
    """
    store.save(_to_item(after), _is_still(before))


def remove_image(image: Image) -> None:
    """Take the row away first, so that a late event finds nothing to bring back; then the objects it named at last."""
    standing: Image | None = image
    while standing is not None:
        try:
            store.remove(ImageItem, (image.integration_id, image.image_id), _is_still(standing))
        except store.RefusedError as refused:
            item: ImageItem | None = refused.parts["item"]
            standing = _to_entity(item) if item else None
        else:
            break
    remove_objects((standing or image).variants, image.original_key)


def remove_objects(variants: Iterable[Variant] = (), original: str = "") -> None:
    """Deleting what is gone is no error: S3 answers the same."""
    keys = [variant.key for variant in variants]
    with _faults():
        if keys:
            gone = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
            client("s3").delete_objects(Bucket=settings().images_bucket, Delete=gone)
        if original:
            client("s3").delete_object(Bucket=settings().uploads_bucket, Key=original)


def read_original(key: str, max_bytes: int) -> bytes | None:
    """The uploaded bytes: one GET. None when the object is gone; raises UnusableImageError when it is too large."""
    try:
        answer = client("s3").get_object(Bucket=settings().uploads_bucket, Key=key)
        if answer["ContentLength"] > max_bytes:
            answer["Body"].close()
            raise UnusableImageError("too-many-bytes")
        data: bytes = answer["Body"].read()
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in {"NoSuchKey", "404"}:
            return None
        raise UnavailableError(log={"cause": "original cannot be read"}) from error
    except (BotoCoreError, OSError) as error:
        raise UnavailableError(log={"cause": "original cannot be read"}) from error
    return data


def write_variant(variant: Variant, data: bytes) -> None:
    name = variant.key.rpartition("/")[2]
    with _faults():
        client("s3").put_object(
            Bucket=settings().images_bucket,
            Key=variant.key,
            Body=data,
            ContentType=variant.content_type,
            CacheControl=_FOREVER,
            ContentDisposition=f'inline; filename="{name}"',
        )


def new_upload_form(image: Image, lifetime: timedelta) -> Mapping[str, str]:
    """Fields of a presigned POST for exactly this key, content type and number of bytes (D14)."""
    with _faults():
        signed = client("s3").generate_presigned_post(
            Bucket=settings().uploads_bucket,
            Key=image.original_key,
            Fields={"Content-Type": image.content_type},
            Conditions=[
                {"Content-Type": image.content_type},
                ["content-length-range", image.byte_size, image.byte_size],
            ],
            ExpiresIn=int(lifetime.total_seconds()),
        )
    fields: dict[str, str] = signed["fields"]
    return fields


def _is_still(image: Image) -> Condition:
    is_still: Condition = (ImageItem.status == image.status) & (ImageItem.sequencer == image.sequencer)
    return is_still


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise UnavailableError(log={"cause": type(error).__name__}) from error


def _to_item(image: Image) -> ImageItem:
    return store.to_item(ImageItem, image, crop=asdict(image.crop) if image.crop else None)


def _to_entity(item: ImageItem) -> Image:
    return store.to_entity(
        Image,
        item,
        crop=Crop(**item.crop) if item.crop else None,
        replaces=tuple(sorted(item.replaces)),
        byte_size=int(item.byte_size),
        width=int(item.width),
        height=int(item.height),
    )
