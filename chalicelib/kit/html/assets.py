"""Addresses of static files, from the manifest that web/build.py writes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

__all__ = ["asset"]

_MANIFEST = Path(__file__).resolve().parent.parent.parent / "static_manifest.json"


def asset(name: str) -> str:
    """The address of a static file by its plain name, `app.css`. Raises KeyError if the build did not make it."""
    manifest = _manifest()
    return manifest[name] if manifest else f"/static/{name}"


@cache
def _manifest() -> dict[str, str]:
    """Empty when the static files were never built: unit tests of pages run without them."""
    if not _MANIFEST.is_file():
        return {}
    manifest: dict[str, str] = json.loads(_MANIFEST.read_text(encoding="utf-8"))
    return manifest
