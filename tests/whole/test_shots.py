"""Every page is looked at: the list behind the pictures and the browser tests forgets none."""

from __future__ import annotations

import re

from chalicelib.registry import all_routes
from infra.shots import PARTS, SHOTS

PLACE = re.compile(r"\{[a-z_]+\}")


def pages() -> set[str]:
    return {route.path for route in all_routes() if route.kind == "page" and route.method == "GET"}


def test_every_page_of_every_room_is_in_the_list():
    looked_at = {PLACE.sub("x", shot.path.partition("?")[0]) for shot in SHOTS}
    missing = [
        path for path in pages() - PARTS if not any(re.fullmatch(PLACE.sub("[^/]+", path), one) for one in looked_at)
    ]
    assert missing == [], "add a Shot to infra/shots.py, or a part to PARTS"


def test_what_is_no_page_of_its_own_exists():
    assert PARTS - pages() == set()


def test_names_are_unique():
    names = [shot.name for shot in SHOTS]
    assert len(set(names)) == len(names)
