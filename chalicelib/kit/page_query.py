"""What a caller says of the page it wants; imported through `kit.pagination`."""

from __future__ import annotations

from chalicelib.kit.gate import Wire
from chalicelib.kit.pagination import DEFAULT_LIMIT

__all__ = ["PageQuery"]


class PageQuery(Wire):
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
