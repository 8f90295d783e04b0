"""What was left lying: uploads nobody finished, objects no row names. No answer waits for this."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chalicelib.config import settings
from chalicelib.images import objects, repository
from chalicelib.images.domain import (
    NOT_DRAWN,
    NOT_REMADE,
    ORPHAN_AGE,
    REDRIVE_LIFETIME,
    Image,
    ImageStatus,
    parse_original_key,
    parse_variant_key,
    variant_folder,
)
from chalicelib.images.removal import remove_image
from chalicelib.kit.context import Context
from chalicelib.kit.log import log
from chalicelib.kit.store import RefusedError

__all__ = ["remove_orphans"]

Key = tuple[str, str]


def remove_orphans(ctx: Context) -> int:
    """Answers how many objects went.

    Both buckets are listed first, then the rows are read, then what listings and reviews hold: what is young, or named
    by then, or belongs to an image that is being made, stays.
    """
    before = ctx.now - ORPHAN_AGE
    variants = list(objects.list_old_objects(settings().images_bucket, "images/", before))
    uploads = objects.list_old_objects(settings().uploads_bucket, "originals/", before)
    originals = {key: found for key in uploads if (found := parse_original_key(key))}
    known = {image_id for _, image_id in originals.values()}
    alone = {image_id for key in variants if (image_id := parse_variant_key(key)) and image_id not in known}
    rows = _current_rows(ctx, [*originals.values(), *repository.find_keys(alone)])
    for named in set(originals.values()) & rows.keys():
        rows[named] = _with_an_end(ctx, rows[named])
    needed = {named for named, image in rows.items() if not image.is_refused}
    lost = [key for key, named in originals.items() if named not in needed]
    kept = {variant.key for image in rows.values() for variant in image.variants}
    unfinished = tuple(variant_folder(image.image_id) for image in rows.values() if image.may_be_in_work)
    unnamed = {key for key in variants if key not in kept and not key.startswith(unfinished)}
    if unnamed:
        unnamed.difference_update(
            repository.list_held_keys()
        )  # read last: what is held was named by its row when it was
    objects.remove_variants(unnamed)
    for key in lost:
        objects.remove_original(key)
    log.info("images.cleaned", extra={"variants": len(unnamed), "originals": len(lost)})
    return len(unnamed) + len(lost)


def _with_an_end(ctx: Context, image: Image) -> Image:
    """What no event finished in an hour is told to its owner; the original stays, and a redrive makes it ready."""
    if image.status is ImageStatus.AWAITING_UPLOAD:
        expires_at = ctx.now + REDRIVE_LIFETIME
        after = replace(image, status=ImageStatus.REJECTED, refusal=NOT_DRAWN, expires_at=expires_at)
    elif image.status is ImageStatus.PROCESSING and (image.changed_at or image.created_at) < ctx.now - ORPHAN_AGE:
        after = replace(image, status=ImageStatus.READY, refusal=NOT_REMADE)
    else:
        return image
    try:
        repository.save_outcome(image, after)
    except RefusedError:
        return image  # something happened to it meanwhile
    log.error("image.not_drawn", extra={"image_id": image.image_id, "refusal": after.refusal})
    return after


def _current_rows(ctx: Context, keys: Iterable[Key]) -> dict[Key, Image]:
    rows = repository.find_images(keys)
    for key, image in list(rows.items()):
        if not image.is_current(ctx.now):
            remove_image(image)
            del rows[key]
    return rows
