"""Puts the static bundle into its bucket; hashed names may be kept for ever, others are asked for again."""

from __future__ import annotations

import mimetypes
import re
from pathlib import Path

from infra.target import Target

HASHED = re.compile(r"[.-][0-9a-zA-Z_-]{8,}\.[a-z0-9]+$")
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


def sync_static(target: Target, bucket: str, folder: Path) -> int:
    """Upload what is new; answers how many. Old files stay: pages that are still open ask for them."""
    s3 = target.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="static/")
    present = {entry["Key"]: entry["Size"] for page in pages for entry in page.get("Contents", [])}
    sent = 0
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        key = f"static/{file.relative_to(folder).as_posix()}"
        if HASHED.search(key) and present.get(key) == file.stat().st_size:
            continue
        s3.put_object(
            Bucket=bucket, Key=key, Body=file.read_bytes(), ContentType=content_type(file), CacheControl=caching(key)
        )
        sent += 1
    return sent


def content_type(file: Path) -> str:
    known = TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return f"{known}; charset=utf-8" if known.startswith("text/") else known


def caching(key: str) -> str:
    return FOR_EVER if HASHED.search(key) else ASK_AGAIN
