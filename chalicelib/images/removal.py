"""Taking images away: the row first, so that a late event finds nothing to bring back; then the objects."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.images import objects, repository
from chalicelib.images.domain import Image, Variant

__all__ = ["remove_all_images", "remove_image", "remove_sizes"]


def remove_image(image: Image, *, is_forced: bool = False) -> None:
    """Row, sizes and original. Sizes that a listing or a review shows stay until it does not, unless forced."""
    last = repository.remove_row(image)
    if is_forced:
        objects.remove_variants(variant.key for variant in last.variants)
    else:
        remove_sizes(last.integration_id, last.variants)
    objects.remove_original(last.original_key, last.version_id)
    objects.remove_original(last.original_key)


def remove_sizes(integration_id: str, variants: Iterable[Variant]) -> None:
    """Of sizes that their row no longer names, those that nobody holds; the clean-up takes the others in time."""
    keys = [variant.key for variant in variants]
    if keys:
        held = repository.find_hold(integration_id).keys
        objects.remove_variants(key for key in keys if key not in held)


def remove_all_images(integration_id: str) -> None:
    """Everything of an integration that no longer exists. Idempotent."""
    held = repository.find_hold(integration_id).keys
    for image in repository.list_images(integration_id):
        remove_image(image, is_forced=True)
    objects.remove_variants(held)
    repository.remove_hold(integration_id)
    repository.remove_shelf(integration_id)
