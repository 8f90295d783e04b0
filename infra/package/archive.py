"""Zip files whose bytes depend only on their content: same input, same hash, no second upload."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)
READABLE = 0o644 << 16
EXECUTABLE = 0o755 << 16


def write_zip(folder: Path, target: Path, *, compressed: bool = True) -> None:
    """Pack a folder, sorted, with fixed times and modes."""
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(target, "w", method, compresslevel=9) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EPOCH)
                entry.compress_type = method
                entry.external_attr = EXECUTABLE if path.suffix == ".so" else READABLE
                archive.writestr(entry, path.read_bytes())


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:32]
