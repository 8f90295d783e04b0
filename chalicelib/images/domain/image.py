"""An upload, the states it passes through, and what may be shown of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.images.domain.names import original_key
from chalicelib.images.domain.rules import KINDS, REFUSALS, Crop, ImageKind, largest_selection, turned_size
from chalicelib.kit.errors import ConflictError, LimitReachedError, RejectedError

__all__ = [
    "NOT_DRAWN",
    "NOT_REMADE",
    "Hold",
    "Image",
    "ImageLimitReachedError",
    "ImageNotReadyError",
    "ImageStatus",
    "Original",
    "Picture",
    "Ticket",
    "Variant",
    "check_selection",
]

NOT_DRAWN = "not-drawn"
NOT_REMADE = "not-remade"
_HEAD_WIDTH = 128


class ImageStatus(StrEnum):
    """`ready` and `rejected` are final for an upload; `processing` while variants of a stored original are remade."""

    AWAITING_UPLOAD = "awaiting_upload"
    PROCESSING = "processing"
    READY = "ready"
    REJECTED = "rejected"


class ImageLimitReachedError(LimitReachedError):
    title = "No more images of this kind can be uploaded now"


class ImageNotReadyError(ConflictError):
    title = "The image has no stored original to select from"


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
class Picture:
    """What is shown of an image: its sizes, and the average colour to show until they arrive."""

    image_id: str
    kind: ImageKind
    colour: str = ""
    variants: tuple[Variant, ...] = ()

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Image(Picture):
    """An upload and what became of it. `sequencer` orders the uploads under one ticket (S3's own word).

    `revision` counts what people changed, the selection at `changed_at`; `turn` is degrees clockwise, `width` and
    `height` are after the turn.
    """

    integration_id: str
    tenant_id: str
    content_type: str
    byte_size: int
    created_at: datetime
    status: ImageStatus = ImageStatus.AWAITING_UPLOAD
    refusal: str = ""
    crop: Crop | None = None
    turn: int = 0
    position: int = 0
    revision: int = 0
    width: int = 0
    height: int = 0
    replaces: tuple[str, ...] = ()
    changed_at: datetime | None = None
    sequencer: str = ""
    version_id: str = ""
    expires_at: datetime | None = None

    @property
    def original_key(self) -> str:
        return original_key(self.integration_id, self.image_id)

    @property
    def is_refused(self) -> bool:
        """For good: what only a fault of ours stopped may still become ready."""
        return self.status is ImageStatus.REJECTED and self.refusal != NOT_DRAWN

    @property
    def is_to_remake(self) -> bool:
        """The sizes that stand are not those of the selection."""
        return self.status is ImageStatus.PROCESSING or self.refusal == NOT_REMADE

    @property
    def may_be_in_work(self) -> bool:
        """An attempt may be writing sizes that the row does not name yet."""
        waits = self.status in {ImageStatus.AWAITING_UPLOAD, ImageStatus.PROCESSING}
        return waits or self.refusal in {NOT_DRAWN, NOT_REMADE}

    @property
    def reason(self) -> str:
        """What went wrong, as a sentence; nothing otherwise."""
        return REFUSALS.get(self.refusal, "")

    @property
    def is_shown(self) -> bool:
        """While sizes are remade the old ones stand: an image never disappears for a moment."""
        return self.status in {ImageStatus.READY, ImageStatus.PROCESSING} and bool(self.variants)

    @property
    def picture(self) -> Picture:
        """What is shown of it, without what only its owner may know."""
        return Picture(image_id=self.image_id, kind=self.kind, colour=self.colour, variants=self.variants)

    def is_current(self, now: datetime) -> bool:
        """Rows past their time are gone, whether or not DynamoDB has removed them yet."""
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True)
class Hold:
    """Pictures that stand although their images may have changed: `listed` for customers, `reviewed` for a reviewer."""

    listed: tuple[Picture, ...] = ()
    reviewed: tuple[Picture, ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(one.key for picture in (*self.listed, *self.reviewed) for one in picture.variants)


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


@dataclass(frozen=True, slots=True)
class Original:
    """Permission to read the stored original, for five minutes."""

    url: str
    content_type: str
    expires_at: datetime


def check_selection(image: Image, crop: Crop | None, turn: int) -> None:
    """Raises RejectedError for a selection from the stored original that no size can be made of."""
    rules = KINDS[image.kind]
    size = turned_size((image.width, image.height), turn - image.turn)
    if largest_selection(size, rules, crop) is None:
        least = f"{rules.min_width} by {rules.min_height}"
        raise RejectedError.field("/crop", f"Select at least {least} pixels of the {size[0]} by {size[1]}.")
