"""What a page needs of a picture, in plain values: other rooms keep it beside what they list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.images.domain.image import Picture
from chalicelib.images.domain.rules import ImageKind

__all__ = ["Display", "display_of", "displays_of", "parse_display"]

_WEBP = "image/webp"
_OPAQUE = "image/jpeg"
_LOGO_WIDTH = 256  # shown at 56 points at most, on screens of up to four pixels a point


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """`url` is what every client reads, of this `width` and `height`; `webp` and `plain` are srcsets.

    `colour` fills the place until the picture arrives; nothing where something shines through the picture.
    """

    url: str
    width: int
    height: int
    webp: str
    plain: str
    colour: str = ""


def display_of(picture: Picture, most: int | None = None) -> Display | None:
    """Without the sizes wider than `most`, where there are smaller ones; None for a picture without sizes."""
    fitting = [one for one in picture.variants if most is None or one.width <= most] or list(picture.variants)
    plain = [one for one in fitting if one.content_type != _WEBP]
    if not plain:
        return None
    largest = max(plain, key=lambda one: one.width)
    return Display(
        url=largest.url, width=largest.width, height=largest.height,
        webp=", ".join(f"{one.url} {one.width}w" for one in fitting if one.content_type == _WEBP),
        plain=", ".join(f"{one.url} {one.width}w" for one in plain),
        colour=picture.colour if largest.content_type == _OPAQUE else "",
    )  # fmt: skip


def displays_of(pictures: Iterable[Picture]) -> tuple[Display | None, tuple[Display, ...]]:
    """The logo, in the sizes that pages show it in, and the covers in their order."""
    shown = list(pictures)
    logo = next((one for one in shown if one.kind is ImageKind.LOGO), None)
    covers = (display_of(one) for one in shown if one.kind is ImageKind.COVER)
    return display_of(logo, _LOGO_WIDTH) if logo else None, tuple(one for one in covers if one)


def parse_display(raw: Mapping[str, Any] | None) -> Display | None:
    """From JSON."""
    return Display(**raw) if raw else None
