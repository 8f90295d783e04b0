"""Wire shapes of images."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from chalicelib.images.domain import MAX_PIXELS, Image, ImageKind, ImageStatus, Ticket
from chalicelib.kit.gate import Wire
from chalicelib.kit.i18n import Lang, translate

__all__ = ["ImageCreate", "ImageRead", "OrderUpdate", "OriginalRead", "SelectionUpdate", "TicketRead"]

Pixels = Annotated[int, Field(ge=0, le=MAX_PIXELS)]
Turn = Literal[0, 90, 180, 270]
SomePixels = Annotated[int, Field(ge=1, le=MAX_PIXELS)]


class CropCreate(Wire):
    """The selection, in pixels of the upright original after `turn`."""

    x: Pixels
    y: Pixels
    width: SomePixels
    height: SomePixels


class ImageCreate(Wire):
    """What will be uploaded: the ticket is good for exactly this type and number of bytes."""

    kind: ImageKind
    content_type: Annotated[str, Field(max_length=100)]
    byte_size: int
    crop: CropCreate | None = None
    turn: Turn = 0


class SelectionUpdate(Wire):
    """What to show of the stored original: `turn` in degrees clockwise, then `crop` (or the largest part)."""

    crop: CropCreate | None = None
    turn: Turn = 0


class OrderUpdate(Wire):
    """Every cover that is shown, in the order wanted."""

    image_ids: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=20)]


class CropRead(Wire):
    x: int
    y: int
    width: int
    height: int


class SourceRead(Wire):
    """One `source` of a `picture` element; addresses never change what they name."""

    content_type: str
    srcset: str


class VariantRead(Wire):
    width: int
    height: int
    content_type: str
    byte_size: int
    url: str


class ImageRead(Wire):
    """`url` is the largest size that every client reads; `reason` says in the reader's language what went wrong."""

    image_id: str
    integration_id: str
    kind: ImageKind
    status: ImageStatus
    refusal: Annotated[str, Field(description="The reason as a word for programs; empty when nothing went wrong")]
    reason: str
    width: int
    height: int
    crop: CropRead | None
    turn: int
    position: int
    colour: Annotated[str, Field(description="Average colour, #rrggbb, to show until the picture arrives")]
    url: str
    sources: list[SourceRead]
    variants: list[VariantRead]
    created_at: datetime

    @classmethod
    def told(cls, image: Image, lang: Lang) -> ImageRead:
        return cls.model_validate(image, strict=False).model_copy(update={"reason": translate(lang, image.reason)})


class OriginalRead(Wire):
    """The private original as a download; the address is good until `expires_at`."""

    url: str
    content_type: str
    expires_at: datetime


class UploadRead(Wire):
    """Post these fields, then the file as `file`, as multipart/form-data."""

    url: str
    fields: dict[str, str]


class TicketRead(Wire):
    image_id: str
    status: ImageStatus
    href: str
    upload: UploadRead
    expires_at: datetime

    @model_validator(mode="before")
    @classmethod
    def flatten(cls, value: Any) -> Any:
        if not isinstance(value, Ticket):
            return value
        return {
            "image_id": value.image.image_id,
            "status": value.image.status,
            "href": value.href,
            "upload": {"url": value.url, "fields": dict(value.fields)},
            "expires_at": value.expires_at,
        }
