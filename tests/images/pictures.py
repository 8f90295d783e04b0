"""Pictures made by the tests: every mode, size, orientation and kind of trouble."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageCms


def gradient(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Red grows to the right, green downwards: every part of it can be recognised."""
    across = Image.linear_gradient("L").rotate(90).resize((width, height))
    down = Image.linear_gradient("L").resize((width, height))
    image = Image.merge("RGB", (across, down, Image.new("L", (width, height), 64)))
    return image.convert(mode)


def quarters(width: int, height: int) -> Image.Image:
    """Upright: red, green above; blue, white below."""
    image = Image.new("RGB", (width, height), "white")
    image.paste((255, 0, 0), (0, 0, width // 2, height // 2))
    image.paste((0, 255, 0), (width // 2, 0, width, height // 2))
    image.paste((0, 0, 255), (0, height // 2, width // 2, height))
    return image


def encoded(image: Image.Image, name: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, name, **options)
    return buffer.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_header(width: int, height: int, *more: bytes) -> bytes:
    """A PNG that announces a size and has hardly any pixels: the shape of a decompression bomb."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + b"".join(more)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def png_with(image: Image.Image, *chunks: bytes) -> bytes:
    """A PNG with further chunks right behind its header."""
    data = encoded(image, "PNG")
    return data[:33] + b"".join(chunks) + data[33:]


def profile(space: str = "sRGB") -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes()  # type: ignore[arg-type]


def wide_profile() -> bytes:
    """sRGB with red and green exchanged: whoever ignores the profile shows the wrong colours."""
    raw = bytearray(profile())
    tags = {raw[132 + 12 * n : 136 + 12 * n]: n for n in range(0)}
    count = struct.unpack(">I", raw[128:132])[0]
    tags = {bytes(raw[132 + 12 * n : 136 + 12 * n]): 132 + 12 * n for n in range(count)}
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    raw[red + 4 : red + 12], raw[green + 4 : green + 12] = raw[green + 4 : green + 12], raw[red + 4 : red + 12]
    return bytes(raw)
