"""Pixels only: the bytes of an upload in, every size out. No AWS, no names, no second decode.

The original is hostile until shown otherwise (D15): the format is read from its first bytes and only that decoder runs,
sizes are checked in the header before a pixel is decoded, and what goes out is drawn on fresh images without metadata.
"""

from __future__ import annotations

import io
import math
import struct
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import PIL
from PIL import Image, ImageFile, PngImagePlugin

from chalicelib.images.domain import MAX_PIXELS, Crop, ImageRules, UnusableImageError, largest_selection, turned_size

__all__ = ["Rendered", "RenderedVariant", "render", "sniff"]

_FLOOR = (12, 3)  # the release that fixed a dozen decoder flaws at once
if tuple(int(part) for part in PIL.__version__.split(".")[:2]) < _FLOOR:
    raise ImportError("Pillow is older than 12.3: its decoders are not safe for strangers' files")

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
ImageFile.LOAD_TRUNCATED_IMAGES = False
PngImagePlugin.MAX_TEXT_MEMORY = 4 * PngImagePlugin.MAX_TEXT_CHUNK

# docs/decisions/0055, measured with bench/images: WebP's method 0 writes a fifth more bytes on photographs, method 4
# takes twice the time for 3 %; optimized Huffman tables save 2 to 17 %; PNG level 3 takes half more time for 2 %.
_WEBP = {"quality": 80, "method": 2, "alpha_quality": 80}
_JPEG = {"quality": 82, "optimize": True}
_PNG = {"compress_level": 2}
_FIRST_FILTER = Image.Resampling.HAMMING  # half of bicubic's support: two thirds of the time, 0.001 of SSIM
_FILTER = Image.Resampling.BICUBIC  # for the small steps below, where it is cheap and softness would add up
_GAP = 1.9  # halves by averaging what is more than twice too large, and the filter does the rest
_DEEP_MODES = frozenset({"I", "I;16", "I;16B", "I;16L", "I;16N"})
_ALPHA_MODES = frozenset({"RGBA", "LA", "PA", "RGBa", "La"})
_READY_MODES = frozenset({"L", "RGB", "RGBA", "CMYK"})
_EIGHT_BIT = 1 / 256
_OPAQUE = 255
_ORIENTATION = 0x0112
_LYING = frozenset({5, 6, 7, 8})  # EXIF orientations that exchange width and height
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_QUARTERS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
_PLAIN_MODES = {"1": "L", "L": "L", "CMYK": "CMYK"}
_SCREEN_GAMMA = 2.2
_LEAST_GAMMA = 0.1
# What Pillow raises on broken files is not one class; none of these is trouble of ours.
_BROKEN = (
    OSError, ValueError, SyntaxError, ArithmeticError, LookupError, TypeError, AttributeError, EOFError, RuntimeError,
    struct.error, zlib.error,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RenderedVariant:
    width: int
    height: int
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Rendered:
    """`width` and `height` are those of the upright, turned original; `colour` is its average, `#rrggbb`."""

    width: int
    height: int
    colour: str
    variants: tuple[RenderedVariant, ...]


def sniff(data: bytes) -> str | None:
    """Pillow's name of the format that the first bytes announce, if it is one we take.

    >>> sniff(b"GIF89a"), sniff(b"<svg")
    ('GIF', None)
    """
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    return "WEBP" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def render(data: bytes, rules: ImageRules, crop: Crop | None = None, turn: int = 0) -> Rendered:
    """Every width of the kind as WebP and as JPEG (PNG where something is transparent).

    Without `crop` the largest centred part of the kind's shape is taken. Raises UnusableImageError.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)  # odd but readable metadata, which is dropped anyway
            return _render(data, rules, crop, turn)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnusableImageError("too-large") from error
    except _BROKEN as error:
        raise UnusableImageError("damaged") from error


def _render(data: bytes, rules: ImageRules, crop: Crop | None, turn: int) -> Rendered:
    name = sniff(data)
    if name is None:
        raise UnusableImageError("format")
    with Image.open(io.BytesIO(data), formats=[name]) as source:
        if source.format != name:
            raise UnusableImageError("several-pictures")  # an MPO calls itself JPEG
        orientation = _orientation(source)
        upright = source.size[::-1] if orientation in _LYING else source.size
        _check_size(upright, rules)
        size = turned_size(upright, turn)
        selection = largest_selection(size, rules, crop)
        if selection is None:
            raise UnusableImageError("too-small")
        widths = _widths(selection, rules)
        target = widths[0], rules.height(widths[0])
        turns = tuple(one for one in (_TURNS.get(orientation), _QUARTERS.get(turn)) if one is not None)
        largest = _largest(_upright(source, turns, selection.width / target[0]), size, selection, target)
    return Rendered(*size, _colour(largest), tuple(_variants(largest, widths, rules)))


def _colour(image: Image.Image) -> str:
    """What a page shows until the picture arrives; transparent parts count as white."""
    dot = image.resize((1, 1), Image.Resampling.BOX, reducing_gap=2.0)
    if dot.mode == "RGBA":
        dot = Image.alpha_composite(Image.new("RGBA", dot.size, "white"), dot)
    return f"#{dot.convert('RGB').tobytes().hex()}"


def _orientation(source: Image.Image) -> int:
    """The EXIF orientation; a broken block means upright, for metadata never decides whether a picture is usable."""
    try:
        return int(source.getexif().get(_ORIENTATION, 1))
    except _BROKEN:
        return 1


def _check_size(size: tuple[int, int], rules: ImageRules) -> None:
    if size[0] * size[1] > MAX_PIXELS or max(size) > rules.max_side:
        raise UnusableImageError("too-large")
    if size[0] < rules.min_width or size[1] < rules.min_height:
        raise UnusableImageError("too-small")


def _widths(selection: Crop, rules: ImageRules) -> list[int]:
    """From wide to narrow; nothing is blown up."""
    return sorted((width for width in rules.widths if width <= selection.width), reverse=True)


def _upright(source: Image.Image, turns: tuple[Image.Transpose, ...], scale: float) -> Image.Image:
    """The decoded picture, 8 bits a channel, upright and turned; a JPEG no larger than `scale` leaves sharp."""
    if source.format == "JPEG" and scale > 1:
        # libjpeg decodes at 1/2, 1/4 or 1/8 for a fraction of the time and never goes below what is asked for.
        source.draft(None, (math.ceil(source.width / scale), math.ceil(source.height / scale)))
    image = _eight_bit(source)
    image.info["icc_profile"] = source.info.get("icc_profile")
    for turn in turns:
        info = image.info
        image = image.transpose(turn)
        image.info = info
    return image


def _eight_bit(image: Image.Image) -> Image.Image:
    """One of L, RGB, RGBA, CMYK. Pillow's own conversion clips 16 bits to white, so those are scaled first."""
    if image.mode in _DEEP_MODES:
        return image.point(lambda value: value * _EIGHT_BIT).convert("L")
    if image.mode in _READY_MODES and "transparency" not in image.info:
        image.load()
        return image  # a copy of 12 megapixels would be half of the function's memory
    if image.mode in _ALPHA_MODES or "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert(_PLAIN_MODES.get(image.mode, "RGB"))


def _largest(image: Image.Image, size: tuple[int, int], selection: Crop, target: tuple[int, int]) -> Image.Image:
    """The selection at the widest size, in sRGB, on a fresh image: RGB, or RGBA where something is transparent."""
    across, down = image.width / size[0], image.height / size[1]
    right, bottom = selection.x + selection.width, selection.y + selection.height
    box = (selection.x * across, selection.y * down, right * across, bottom * down)
    scaled = _to_srgb(image.resize(target, _FIRST_FILTER, box, reducing_gap=_GAP), image.info)
    has_alpha = scaled.mode == "RGBA" and scaled.getchannel("A").getextrema() != (_OPAQUE, _OPAQUE)
    fresh = Image.new("RGBA" if has_alpha else "RGB", target)
    fresh.paste(scaled if has_alpha else scaled.convert("RGB"))
    return fresh


def _to_srgb(image: Image.Image, info: dict[str | tuple[int, int], Any]) -> Image.Image:
    """Colours as sRGB means them: by the profile, else by PNG's gamma, else they are taken for sRGB."""
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = image.convert("RGB") if alpha else image
    if info.get("icc_profile"):
        colours = _by_profile(colours, info["icc_profile"])
    elif "gamma" in info and "srgb" not in info and colours.mode != "CMYK":
        colours = colours.point(_gamma_table(info["gamma"]) * len(colours.getbands()))
    converted = colours.convert("RGB")
    if alpha:
        converted.putalpha(alpha)
    return converted


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image:
    from PIL import ImageCms  # most uploads carry no profile

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, *_BROKEN):
        return image  # a broken profile, or one for another kind of colours
    return converted or image


def _gamma_table(gamma: float) -> list[int]:
    """PNG 1.2 §10.5: from the file's gamma to the 1/2.2 of screens; nonsense values change nothing."""
    exponent = 1 / (gamma * _SCREEN_GAMMA) if _LEAST_GAMMA < gamma < 1 / _LEAST_GAMMA else 1.0
    return [round(_OPAQUE * (value / _OPAQUE) ** exponent) for value in range(_OPAQUE + 1)]


def _variants(image: Image.Image, widths: list[int], rules: ImageRules) -> Iterator[RenderedVariant]:
    """Each size from the one above it: a cascade costs a third of starting from the top each time."""
    for width in widths:
        if width != image.width:
            image = image.resize((width, rules.height(width)), _FILTER)
        yield _encoded(image, "WEBP", "image/webp", _WEBP)
        if image.mode == "RGB":
            yield _encoded(image, "JPEG", "image/jpeg", _JPEG)
        else:
            yield _encoded(image, "PNG", "image/png", _PNG)


def _encoded(image: Image.Image, name: str, content_type: str, options: dict[str, int]) -> RenderedVariant:
    buffer = io.BytesIO()
    image.save(buffer, name, **options)
    return RenderedVariant(image.width, image.height, content_type, buffer.getvalue())
