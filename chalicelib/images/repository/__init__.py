"""Rows of images and shelves, and of what listings and reviews hold."""

from chalicelib.images.repository import holds, images
from chalicelib.images.repository.holds import (
    HoldItem,
    add_hold,
    end_hold,
    find_hold,
    hold_listed,
    hold_read,
    list_held_keys,
    remove_hold,
    want_hold,
)
from chalicelib.images.repository.images import (
    ImageItem,
    ShelfItem,
    add_image,
    find_image,
    find_images,
    find_keys,
    find_shelf,
    list_images,
    remove_row,
    remove_shelf,
    save_images,
    save_outcome,
)

TABLES = (*images.TABLES, *holds.TABLES)

__all__ = [
    "TABLES",
    "HoldItem",
    "ImageItem",
    "ShelfItem",
    "add_hold",
    "add_image",
    "end_hold",
    "find_hold",
    "find_image",
    "find_images",
    "find_keys",
    "find_shelf",
    "hold_listed",
    "hold_read",
    "list_held_keys",
    "list_images",
    "remove_hold",
    "remove_row",
    "remove_shelf",
    "save_images",
    "save_outcome",
    "want_hold",
]
