"""What the palette may be asked."""

from __future__ import annotations

from pydantic import Field

from chalicelib.kit.gate import Wire


class PaletteQuery(Wire):
    q: str = Field(default="", max_length=100, description="words to look for; all of them must be there")
