"""Pictures for tests that need one and do not care which."""

from __future__ import annotations

import struct
import zlib


def square(side: int = 600) -> bytes:
    """A PNG of one colour."""
    rows = b"".join(b"\x00" + bytes((30, 90, 160)) * side for _ in range(side))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
