"""From an upload's event to its final state; loads no other room, because the image function runs it alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from chalicelib.config import settings
from chalicelib.images import repository
from chalicelib.images.domain import (
    KINDS,
    RECORD_LIFETIME,
    Image,
    ImageStatus,
    UnusableImageError,
    Variant,
    original_key,
    parse_original_key,
    variant_key,
)
from chalicelib.kit.context import Context
from chalicelib.kit.log import log
from chalicelib.kit.store import RefusedError

if TYPE_CHECKING:
    from chalicelib.images.render import Rendered, RenderedVariant

__all__ = ["Upload", "parse_uploads", "process_upload", "remove_all_images"]

_SEQUENCER_LENGTH = 40
_HASH_LENGTH = 16
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Upload:
    """One object that arrived. Uploads under one ticket are ordered by `sequencer`."""

    integration_id: str
    image_id: str
    sequencer: str
    version_id: str = ""


def parse_uploads(notification: Any) -> list[Upload]:
    """The originals that an S3 notification tells of; test events, other buckets and other keys are left out."""
    records = notification.get("Records", ()) if isinstance(notification, Mapping) else ()
    return [upload for record in records if (upload := _parse_record(record)) is not None]


def process_upload(ctx: Context, upload: Upload) -> None:
    """Idempotent: the same event again, late, early or twice at once leaves one set of variants and one row.

    Raises UnavailableError when AWS could not be asked; the event then comes again.
    """
    from chalicelib.images.render import render  # Pillow is in the layer of the image function only

    image = repository.find_image(upload.integration_id, upload.image_id)
    if image is None or not image.is_current(ctx.now):
        repository.remove_objects(
            original=original_key(upload.integration_id, upload.image_id)
        )  # deleted or abandoned meanwhile: nothing comes back
        return
    if image.sequencer >= upload.sequencer:
        log.info("image.seen_before", extra={"image_id": image.image_id})
        return
    try:
        data = repository.read_original(image.original_key, KINDS[image.kind].max_bytes)
        if data is None:
            log.info("image.original_gone", extra={"image_id": image.image_id})
            return
        rendered = render(data, KINDS[image.kind], image.crop)
    except UnusableImageError as refusal:
        _reject(ctx, image, upload, refusal.reason)
        return
    _accept(image, upload, rendered)


def remove_all_images(integration_id: str) -> None:
    """Everything of an integration that no longer exists. Idempotent."""
    for image in repository.list_images(integration_id):
        repository.remove_image(image)


def _parse_record(record: Any) -> Upload | None:
    # AWS "Event message structure": keys are URL-encoded once, a space as "+"; unknown shapes are not ours.
    try:
        bucket, thing = record["s3"]["bucket"]["name"], record["s3"]["object"]
        found = parse_original_key(unquote_plus(str(thing["key"]), errors="strict"))
        sequencer = str(thing.get("sequencer") or "").ljust(_SEQUENCER_LENGTH, "0")
    except (AttributeError, KeyError, TypeError, UnicodeDecodeError):
        return None
    if bucket != settings().uploads_bucket or found is None:
        log.info("image.foreign_object")
        return None
    return Upload(*found, sequencer, str(thing.get("versionId") or ""))


def _accept(image: Image, upload: Upload, rendered: Rendered) -> None:
    made = [(_variant(image, entry), entry.data) for entry in rendered.variants]
    for variant, data in made:
        repository.write_variant(variant, data)
    after = replace(
        image,
        status=ImageStatus.READY,
        refusal="",
        variants=tuple(variant for variant, _ in made),
        width=rendered.width,
        height=rendered.height,
        sequencer=upload.sequencer,
        version_id=upload.version_id,
        replaces=(),
        expires_at=None,
    )
    if not _store(image, after):
        return
    _remove_variants(image.variants, after.variants)
    for image_id in image.replaces:
        replaced = repository.find_image(image.integration_id, image_id)
        if replaced is not None:
            repository.remove_image(replaced)
    log.info("image.ready", extra={"image_id": image.image_id, "kind": image.kind})


def _reject(ctx: Context, image: Image, upload: Upload, reason: str) -> None:
    if image.status is ImageStatus.READY:
        return  # a second, unusable upload under a used ticket does not take away what is shown
    after = replace(
        image,
        status=ImageStatus.REJECTED,
        refusal=reason,
        sequencer=upload.sequencer,
        expires_at=ctx.now + RECORD_LIFETIME,
    )
    if _store(image, after):
        repository.remove_objects(original=image.original_key)
        log.info("image.rejected", extra={"image_id": image.image_id, "reason": reason})


def _store(before: Image, after: Image) -> bool:
    """The one row write. When it is refused: a deleted image stays deleted, a newer upload stays."""
    for _ in range(_ROUNDS):
        try:
            repository.save_outcome(before, after)
        except RefusedError:
            standing = repository.find_image(after.integration_id, after.image_id)
            if standing is None:
                repository.remove_objects(after.variants, after.original_key)
                return False
            if standing.sequencer >= after.sequencer:
                _remove_variants(after.variants, standing.variants)
                return False
            before = standing  # an older upload was finished meanwhile: replace that one
        else:
            return True
    raise RuntimeError("the row changed three times while one image was made")


def _remove_variants(old: tuple[Variant, ...], kept: tuple[Variant, ...]) -> None:
    keys = {variant.key for variant in kept}
    repository.remove_objects([variant for variant in old if variant.key not in keys])


def _variant(image: Image, entry: RenderedVariant) -> Variant:
    digest = hashlib.sha256(entry.data).hexdigest()[:_HASH_LENGTH]
    return Variant(
        width=entry.width,
        height=entry.height,
        content_type=entry.content_type,
        byte_size=len(entry.data),
        key=variant_key(image.image_id, digest, entry.width, entry.content_type),
    )
