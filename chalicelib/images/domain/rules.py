"""The published rules: which kinds there are, what each may be, and why a file is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from chalicelib.kit.errors import RejectedError
from chalicelib.kit.i18n import mark

__all__ = [
    "KINDS",
    "KIND_LABELS",
    "MAX_PIXELS",
    "MAX_WAITING",
    "ORPHAN_AGE",
    "RECORD_LIFETIME",
    "REDRIVE_LIFETIME",
    "REFUSALS",
    "TICKET_LIFETIME",
    "Crop",
    "ImageKind",
    "ImageRules",
    "UnusableImageError",
    "check_ticket",
    "largest_selection",
    "turned_size",
]

TICKET_LIFETIME = timedelta(minutes=5)
ORPHAN_AGE = timedelta(hours=1)  # longer than any retry of a render: what no row names by then, no row will
REDRIVE_LIFETIME = timedelta(days=14)  # as long as its message waits in the dead letter queue
RECORD_LIFETIME = timedelta(hours=24)  # an abandoned or rejected upload is remembered this long
MAX_PIXELS = 25_000_000  # D15: decoded this is 75 MB, what the image function is sized for
MAX_WAITING = 20  # tickets of one integration that nobody used yet


class ImageKind(StrEnum):
    LOGO = "logo"
    ICON = "icon"
    COVER = "cover"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRules:
    """The published rules of one kind. Every `width` is made unless it is wider than the selection."""

    limit: int
    max_bytes: int
    max_side: int
    min_width: int
    min_height: int
    shape: tuple[int, int]
    widths: tuple[int, ...]
    content_types: tuple[str, ...] = ("image/png", "image/jpeg", "image/webp", "image/gif")

    def height(self, width: int) -> int:
        return round(width * self.shape[1] / self.shape[0])


KINDS: Mapping[ImageKind, ImageRules] = {
    ImageKind.LOGO: ImageRules(
        limit=1, max_bytes=5_000_000, max_side=4_096, min_width=128, min_height=128, shape=(1, 1),
        widths=(512, 256, 128, 64),
    ),
    ImageKind.ICON: ImageRules(
        limit=1, max_bytes=2_000_000, max_side=4_096, min_width=64, min_height=64, shape=(1, 1),
        widths=(128, 64, 32),
    ),
    ImageKind.COVER: ImageRules(
        limit=10, max_bytes=10_000_000, max_side=8_192, min_width=640, min_height=360, shape=(16, 9),
        widths=(1280, 640, 320),
    ),
}  # fmt: skip

KIND_LABELS: Mapping[ImageKind, str] = {
    ImageKind.LOGO: mark("Logo"),
    ImageKind.ICON: mark("Icon"),
    ImageKind.COVER: mark("Cover"),
}

REFUSALS: Mapping[str, str] = {
    "format": mark("The file is not a PNG, JPEG, WebP or GIF image."),
    "damaged": mark("The image is damaged or incomplete. Save it again and upload the new file."),
    "too-many-bytes": mark("The file is larger than the ticket allows."),
    "too-large": mark("The image has too many pixels. Make it smaller and upload it again."),
    "too-small": mark("The image, or the part you selected, has too few pixels."),
    "missing": mark("The uploaded file is gone. Upload it again."),
    "not-drawn": mark(
        "A fault of ours stopped this image. It is tried again when that is mended; or upload it once more."
    ),
    "not-remade": mark("The part you chose could not be drawn. The image is shown as it was: choose the part again."),
    "several-pictures": mark("The file holds several pictures. Save one of them as an ordinary JPEG."),
}


class UnusableImageError(Exception):
    """The original can never become an image of this kind; `reason` is a key of `REFUSALS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Crop:
    """The selection, in pixels of the upright original after its `turn`."""

    x: int
    y: int
    width: int
    height: int


def check_ticket(kind: ImageKind, content_type: str, byte_size: int) -> None:
    """Raises RejectedError for what the published rules of the kind exclude before a byte is sent."""
    rules = KINDS[kind]
    if content_type not in rules.content_types:
        raise RejectedError.field("/content_type", f"Use one of {', '.join(rules.content_types)}.")
    if not 1 <= byte_size <= rules.max_bytes:
        raise RejectedError.field("/byte_size", f"A {kind} has at most {rules.max_bytes:,} bytes.")


def turned_size(size: tuple[int, int], turn: int) -> tuple[int, int]:
    return size[::-1] if turn % 180 else size


def largest_selection(size: tuple[int, int], rules: ImageRules, crop: Crop | None) -> Crop | None:
    """The chosen part, cut down to the picture and to the kind's shape around its centre; None if it is too small."""
    area = crop or Crop(0, 0, *size)
    left, top = max(0, area.x), max(0, area.y)
    width, height = min(area.x + area.width, size[0]) - left, min(area.y + area.height, size[1]) - top
    across, down = rules.shape
    kept_width, kept_height = min(width, height * across // down), min(height, width * down // across)
    if kept_width < rules.min_width or kept_height < rules.min_height:
        return None
    return Crop(left + (width - kept_width) // 2, top + (height - kept_height) // 2, kept_width, kept_height)
