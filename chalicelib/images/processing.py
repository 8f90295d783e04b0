"""From an upload's event to its final state; loads no other room, because the image function runs it alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from chalicelib.config import settings
from chalicelib.images import objects, repository
from chalicelib.images.domain import (
    KINDS,
    NOT_REMADE,
    RECORD_LIFETIME,
    Image,
    ImageStatus,
    UnusableImageError,
    Variant,
    original_key,
    parse_original_key,
    variant_key,
)
from chalicelib.images.removal import remove_image, remove_sizes
from chalicelib.kit.context import Context
from chalicelib.kit.log import log
from chalicelib.kit.store import RefusedError

if TYPE_CHECKING:
    from chalicelib.images.render import Rendered, RenderedVariant

__all__ = ["Upload", "parse_uploads", "process_selection", "process_upload"]

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
    image = repository.find_image(upload.integration_id, upload.image_id)
    if image is None or not image.is_current(ctx.now):
        key = original_key(upload.integration_id, upload.image_id)
        objects.remove_original(key, upload.version_id)  # deleted or abandoned meanwhile: nothing comes back
        return
    if image.sequencer >= upload.sequencer:
        log.info("image.seen_before", extra={"image_id": image.image_id})
        return
    arrived = replace(image, sequencer=upload.sequencer, version_id=upload.version_id)
    try:
        rendered = _render(arrived)
    except UnusableImageError as refusal:
        _reject(ctx, image, arrived, refusal.reason)
        return
    if _accept(image, arrived, rendered):
        _remove_replaced(image)


def process_selection(integration_id: str, image_id: str) -> None:
    """Make the sizes again from the stored original, by the row's present selection. Idempotent, in any order."""
    image = repository.find_image(integration_id, image_id)
    if image is None or not image.is_to_remake:
        return  # deleted, or an event of another selection did this already
    try:
        rendered = _render(image)
    except UnusableImageError as refusal:
        log.warning("image.not_remade", extra={"image_id": image_id, "reason": refusal.reason})
        _store(image, replace(image, status=ImageStatus.READY, refusal=NOT_REMADE))  # the sizes there are stay
        return
    _accept(image, image, rendered)


def _render(image: Image) -> Rendered:
    from chalicelib.images.render import render  # Pillow is in the layer of the functions that draw

    rules = KINDS[image.kind]
    data = objects.read_original(image.original_key, rules.max_bytes, image.version_id)
    if data is None:
        raise UnusableImageError("missing")
    return render(data, rules, image.crop, image.turn)


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


def _accept(before: Image, image: Image, rendered: Rendered) -> bool:
    made = [(_variant(image, entry), entry.data) for entry in rendered.variants]
    for variant, data in made:
        objects.write_variant(variant, data)
    after = replace(
        image,
        status=ImageStatus.READY,
        refusal="",
        variants=tuple(variant for variant, _ in made),
        width=rendered.width,
        height=rendered.height,
        colour=rendered.colour,
        replaces=(),
        expires_at=None,
    )
    if not _store(before, after):
        return False
    log.info("image.ready", extra={"image_id": image.image_id, "kind": image.kind})
    return True


def _remove_replaced(image: Image) -> None:
    for image_id in image.replaces:
        replaced = repository.find_image(image.integration_id, image_id)
        if replaced is not None:
            remove_image(replaced)


def _reject(ctx: Context, before: Image, arrived: Image, reason: str) -> None:
    """A second, unusable upload under a used ticket does not take away what is shown."""
    if not before.is_shown:
        after = replace(arrived, status=ImageStatus.REJECTED, refusal=reason, expires_at=ctx.now + RECORD_LIFETIME)
        if not _store(before, after):
            return
        log.info("image.rejected", extra={"image_id": before.image_id, "reason": reason})
    objects.remove_original(arrived.original_key, arrived.version_id)


def _store(before: Image, after: Image) -> bool:
    """The one row write. When it is refused: deleted stays deleted, a newer upload and a newer selection stay."""
    for _ in range(_ROUNDS):
        try:
            repository.save_outcome(before, after)
        except RefusedError:
            standing = repository.find_image(after.integration_id, after.image_id)
            if standing is None:
                _remove_variants(after.variants)
                objects.remove_original(after.original_key, after.version_id)
                return False
            if not _goes_before(after, standing):
                _remove_variants(after.variants, standing.variants)
                return False
            before = standing  # an older upload was finished or the covers were put in order meanwhile
            after = replace(after, position=standing.position, revision=standing.revision)
        else:
            remove_sizes(after.integration_id, set(before.variants) - set(after.variants))
            return True
    raise RuntimeError("the row changed three times while one image was made")


def _goes_before(made: Image, standing: Image) -> bool:
    """Raises RuntimeError when a new upload was drawn by an old selection: the event comes again and draws anew."""
    is_same = (made.crop, made.turn) == (standing.crop, standing.turn)
    if made.sequencer == standing.sequencer:
        return is_same and standing.is_to_remake
    if made.sequencer > standing.sequencer and not is_same:
        raise RuntimeError("the selection changed while a new upload was made")
    return made.sequencer > standing.sequencer


def _remove_variants(old: tuple[Variant, ...], kept: tuple[Variant, ...] = ()) -> None:
    keys = {variant.key for variant in kept}
    gone = [variant.key for variant in old if variant.key not in keys]
    objects.remove_variants(gone)


def _variant(image: Image, entry: RenderedVariant) -> Variant:
    """Upload and revision are part of the name: two attempts never share an object that one of them may remove."""
    attempt = f"{image.sequencer}/{image.revision}/".encode()
    digest = hashlib.sha256(attempt + entry.data).hexdigest()[:_HASH_LENGTH]
    return Variant(
        width=entry.width,
        height=entry.height,
        content_type=entry.content_type,
        byte_size=len(entry.data),
        key=variant_key(image.image_id, digest, entry.width, entry.content_type),
    )
