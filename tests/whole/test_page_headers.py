"""Every page of every room, asked for by a developer: whatever comes back as HTML carries the strict headers (OP-04)."""

from __future__ import annotations

import re

from chalicelib.registry import all_routes
from tests.factories import developer

YEAR = 31_536_000
PLACE = re.compile(r"\{[a-z_]+\}")


def test_OP_04_all_html_carries_the_strict_headers(client):
    boss = developer(client)
    seen = 0
    for route in all_routes():
        if route.kind != "page" or route.method != "GET":
            continue
        answer = boss.get(PLACE.sub("unknown", route.path), headers={"Accept": "text/html", "Accept-Language": "en"})
        assert answer.status < 500, route.path
        headers = answer.headers
        if not headers.get("content-type", "").startswith("text/html"):
            continue
        seen += 1
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy, route.path
        assert "script-src 'self'" in policy, route.path
        assert "unsafe" not in policy, route.path
        assert "frame-ancestors 'none'" in policy, route.path
        assert headers["x-content-type-options"] == "nosniff", route.path
        assert headers["referrer-policy"] in {"no-referrer", "same-origin"}, route.path
        assert headers["cross-origin-opener-policy"] in {"same-origin", "unsafe-none"}, route.path
        age = re.search(r"max-age=(\d+)", headers["strict-transport-security"])
        assert age is not None, route.path
        assert int(age[1]) >= YEAR, route.path
        assert "access-control-allow-origin" not in headers, route.path
        assert "no-store" in headers["cache-control"] or "public" in headers["cache-control"], route.path
    assert seen > 60
