"""Writes `docs/openapi.json` from the route declarations (`make openapi`)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"


def built() -> dict[str, Any]:
    """The description as every deployment serves it, but with a relative server and the product's own title."""
    os.environ.setdefault("ANSLUT_STAGE", "openapi")
    os.environ.setdefault("ANSLUT_PREFIX", "anslut")
    os.environ.setdefault("ANSLUT_ORIGIN", "https://portal.example")
    from chalicelib import VERSION
    from chalicelib.config import load_data
    from chalicelib.kit.openapi import build_openapi
    from chalicelib.registry import all_routes

    written = load_data("openapi_oauth")
    return build_openapi(all_routes(), title="Anslut", version=VERSION, server="/", written=written)


def main() -> None:
    TARGET.write_text(json.dumps(built(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {TARGET.name}")


if __name__ == "__main__":
    main()
