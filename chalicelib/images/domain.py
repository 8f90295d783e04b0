"""What an image may be, which sizes are made of it, and which states an upload passes through."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.kit.errors import ConflictError, LimitReachedError, RejectedError
from chalicelib.kit.i18n import mark

__all__ = [
    "KINDS",
    "MAX_PIXELS",
    "ORPHAN_AGE",
    "RECORD_LIFETIME",
    "REFUSALS",
    "TICKET_LIFETIME",
    "Crop",
    "Image",
    "ImageKind",
    "ImageLimitReachedError",
    "ImageNotReadyError",
    "ImageRules",
    "ImageStatus",
    "Ticket",
    "UnusableImageError",
    "Variant",
    "check_selection",
    "check_ticket",
    "largest_selection",
    "original_key",
    "parse_original_key",
    "parse_variant_key",
    "turned_size",
    "variant_folder",
    "variant_key",
]

TICKET_LIFETIME = timedelta(minutes=5)
ORPHAN_AGE = timedelta(hours=1)  # longer than any retry of a render: what no row names by then, no row will
RECORD_LIFETIME = timedelta(hours=24)  # an abandoned or rejected upload is remembered this long
MAX_PIXELS = 25_000_000  # D15: decoded this is 75 MB, what the image function is sized for
MAX_WAITING = 20  # tickets of one integration that nobody used yet

_HEAD_WIDTH = 128

_PART = r"[a-z0-9_]{1,60}"
_VARIANT = re.compile(r"images/([a-z0-9]{1,60})/[a-z0-9.-]{1,60}")
_ORIGINAL = re.compile(rf"originals/({_PART})/({_PART})")


class ImageStatus(StrEnum):
    """`ready` and `rejected` are final for an upload; `processing` while variants of a stored original are remade."""

    AWAITING_UPLOAD = "awaiting_upload"
    PROCESSING = "processing"
    READY = "ready"
    REJECTED = "rejected"


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

REFUSALS: Mapping[str, str] = {
    "format": mark("The file is not a PNG, JPEG, WebP or GIF image."),
    "damaged": mark("The image is damaged or incomplete. Save it again and upload the new file."),
    "too-many-bytes": mark("The file is larger than the ticket allows."),
    "too-large": mark("The image has too many pixels. Make it smaller and upload it again."),
    "too-small": mark("The image, or the part you selected, has too few pixels."),
    "missing": mark("The uploaded file is gone. Upload it again."),
    "several-pictures": mark("The file holds several pictures. Save one of them as an ordinary JPEG."),
}


class UnusableImageError(Exception):
    """The original can never become an image of this kind; `reason` is a key of `REFUSALS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ImageLimitReachedError(LimitReachedError):
    title = "No more images of this kind can be uploaded now"


class ImageNotReadyError(ConflictError):
    title = "The image has no stored original to select from"


@dataclass(frozen=True, slots=True)
class Crop:
    """The selection, in pixels of the upright original after its `turn`."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Variant:
    """One size in one format; its name follows from its content, so it never changes under its address."""

    width: int
    height: int
    content_type: str
    byte_size: int
    key: str

    @property
    def url(self) -> str:
        return f"/{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An upload and what became of it. `sequencer` orders the uploads under one ticket (S3's own word).

    `revision` counts what people changed, `turn` is degrees clockwise, `width` and `height` are after the turn.
    """

    integration_id: str
    image_id: str
    tenant_id: str
    kind: ImageKind
    content_type: str
    byte_size: int
    created_at: datetime
    status: ImageStatus = ImageStatus.AWAITING_UPLOAD
    refusal: str = ""
    crop: Crop | None = None
    turn: int = 0
    position: int = 0
    revision: int = 0
    colour: str = ""
    width: int = 0
    height: int = 0
    variants: tuple[Variant, ...] = ()
    replaces: tuple[str, ...] = ()
    sequencer: str = ""
    version_id: str = ""
    expires_at: datetime | None = None

    @property
    def original_key(self) -> str:
        return original_key(self.integration_id, self.image_id)

    @property
    def reason(self) -> str:
        """Why it was rejected, as a sentence; nothing otherwise."""
        return REFUSALS.get(self.refusal, "")

    @property
    def is_shown(self) -> bool:
        """While sizes are remade the old ones stand: an image never disappears for a moment."""
        return self.status in {ImageStatus.READY, ImageStatus.PROCESSING} and bool(self.variants)

    @property
    def url(self) -> str:
        """The largest size in the format that every client reads, or nothing before it is ready."""
        plain = [variant for variant in self.variants if variant.content_type != "image/webp"]
        return max(plain, key=lambda variant: variant.width).url if plain else ""

    @property
    def head_url(self) -> str:
        """Twice the width of the logo in a page's head, or the next best."""
        plain = [variant for variant in self.variants if variant.content_type != "image/webp"]
        return min(plain, key=lambda variant: abs(variant.width - _HEAD_WIDTH)).url if plain else ""

    @property
    def widths(self) -> list[int]:
        return sorted({variant.width for variant in self.variants})

    @property
    def preview_height(self) -> int:
        """Beside a width of 64 pixels, so that a page does not jump when the picture arrives."""
        return KINDS[self.kind].height(64)

    @property
    def webp_srcset(self) -> str:
        return self._srcset(webp=True)

    @property
    def srcset(self) -> str:
        return self._srcset(webp=False)

    def _srcset(self, *, webp: bool) -> str:
        chosen = [variant for variant in self.variants if (variant.content_type == "image/webp") is webp]
        return ", ".join(f"{variant.url} {variant.width}w" for variant in chosen)

    @property
    def sources(self) -> list[dict[str, str]]:
        """For a `picture` element: one srcset a format, the better format first."""
        plain = next((one.content_type for one in self.variants if one.content_type != "image/webp"), "")
        formats = {"image/webp": self.webp_srcset, plain: self.srcset}
        return [{"content_type": name, "srcset": text} for name, text in formats.items() if text]

    def is_current(self, now: datetime) -> bool:
        """Rows past their time are gone, whether or not DynamoDB has removed them yet."""
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True)
class Ticket:
    """Permission to post exactly one file: this key, type and size, for five minutes."""

    image: Image
    url: str
    fields: Mapping[str, str]
    expires_at: datetime

    @property
    def href(self) -> str:
        """Where the upload's state can be asked for."""
        return f"/integrations/{self.image.integration_id}/images/{self.image.image_id}"


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


def check_selection(image: Image, crop: Crop | None, turn: int) -> None:
    """Raises RejectedError for a selection from the stored original that no size can be made of."""
    rules = KINDS[image.kind]
    size = turned_size((image.width, image.height), turn - image.turn)
    if largest_selection(size, rules, crop) is None:
        least = f"{rules.min_width} by {rules.min_height}"
        raise RejectedError.field("/crop", f"Select at least {least} pixels of the {size[0]} by {size[1]}.")


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
