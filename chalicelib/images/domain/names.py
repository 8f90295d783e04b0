"""Names of objects: originals under their integration, variants in a folder that nobody can guess."""

from __future__ import annotations

import re

__all__ = ["original_key", "parse_original_key", "parse_variant_key", "variant_folder", "variant_key"]

_PART = r"[a-z0-9_]{1,60}"
_VARIANT = re.compile(r"images/([a-z0-9]{1,60})/[a-z0-9.-]{1,60}")
_ORIGINAL = re.compile(rf"originals/({_PART})/({_PART})")


def original_key(integration_id: str, image_id: str) -> str:
    return f"originals/{integration_id}/{image_id}"


def parse_original_key(key: str) -> tuple[str, str] | None:
    """Integration and image of an original's key; None for every other key.

    >>> parse_original_key("originals/int_1/img_2"), parse_original_key("images/x/y.webp")
    (('int_1', 'img_2'), None)
    """
    found = _ORIGINAL.fullmatch(key)
    return (found[1], found[2]) if found else None


def variant_folder(image_id: str) -> str:
    """Unguessable, so hidden integrations' images cannot be found by trying."""
    return f"images/{image_id.rpartition('_')[2]}/"


def parse_variant_key(key: str) -> str | None:
    """The image of a variant's key; None for every other key."""
    found = _VARIANT.fullmatch(key)
    return f"img_{found[1]}" if found else None


def variant_key(image_id: str, digest: str, width: int, content_type: str) -> str:
    extension = {"image/webp": "webp", "image/jpeg": "jpg", "image/png": "png"}[content_type]
    return f"{variant_folder(image_id)}{digest}-{width}.{extension}"
