"""Lighthouse, as on a telephone, over a running portal with demo data: four pages, four categories, goal 95 each.

`make run` in one window, `python -m bench.lighthouse [page …]` in another. Lighthouse is installed into .build/bench by
the first run. It counts what a slow telephone would see, so that the machine must have time: stop what else is running.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.table import show
from infra.browser import find_browser
from infra.seed import DEVELOPER, INTEGRATIONS, PASSWORD
from infra.stage import ROOT
from infra.visitor import Visitor

LIGHTHOUSE = "lighthouse@12.8.2"
PLACE = ROOT / ".build" / "bench" / "peers" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
GOAL = 95
CHROME = "--headless=new --no-sandbox --disable-gpu"


@dataclass(frozen=True, slots=True)
class Subject:
    name: str
    path: str
    is_signed_in: bool = True


def main() -> None:
    home = Path(os.environ.get("ANSLUT_STATE_DIR", ROOT / ".portal"))
    url = json.loads((home / "stack.json").read_text())["url"]
    _install()
    developer = Visitor(url, DEVELOPER.email, PASSWORD)
    developer.sign_in()
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in developer.browser.cookies)
    wanted = [one for one in _subjects(developer) if one.name in sys.argv[1:] or not sys.argv[1:]]
    rows = [[one.name, *_scores(url + one.path, cookies if one.is_signed_in else "")] for one in wanted]
    show(f"Lighthouse, telephone (goal {GOAL})", ["page", *CATEGORIES, "LCP s", "TBT ms", "CLS", "kB", "what"], rows)


def _subjects(developer: Visitor) -> list[Subject]:
    found = {one["name"]: one["integration_id"] for one in developer.call("GET", "/integrations")["items"]}
    return [
        Subject("overview", "/portal"),
        Subject("marketplace", "/marketplace", is_signed_in=False),
        Subject("listing", f"/marketplace/{found[INTEGRATIONS[0]['name']]}", is_signed_in=False),
        Subject("statistics", "/portal/statistics"),
    ]


def _scores(url: str, cookies: str) -> list[object]:
    with TemporaryDirectory() as place:
        headers, answer = Path(place) / "headers.json", Path(place) / "answer.json"
        headers.write_text(json.dumps({"Cookie": cookies} if cookies else {}))
        command = [
            str(PLACE / "node_modules" / ".bin" / "lighthouse"), url, "--quiet", "--output=json",
            f"--output-path={answer}", f"--extra-headers={headers}", f"--chrome-flags={CHROME}",
            f"--only-categories={','.join(CATEGORIES)}",
        ]  # fmt: skip
        done = subprocess.run(
            command, env={**os.environ, "CHROME_PATH": str(find_browser())}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{url}\n{done.stderr}")
        found = json.loads(answer.read_text())
    audits = found["audits"]
    scores = [round(100 * found["categories"][name]["score"]) for name in CATEGORIES]
    lost = [
        ref["id"]
        for name in CATEGORIES if round(100 * found["categories"][name]["score"]) < GOAL
        for ref in found["categories"][name]["auditRefs"]
        if ref["weight"] and (audits[ref["id"]]["score"] or 0) < GOAL / 100 and audits[ref["id"]]["score"] is not None
    ]  # fmt: skip
    return [
        *scores, audits["largest-contentful-paint"]["numericValue"] / 1000,
        audits["total-blocking-time"]["numericValue"], audits["cumulative-layout-shift"]["numericValue"],
        audits["total-byte-weight"]["numericValue"] / 1000, ", ".join(lost),
    ]  # fmt: skip


def _install() -> None:
    if not (PLACE / "node_modules" / "lighthouse").is_dir():
        PLACE.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", LIGHTHOUSE], cwd=PLACE, check=True)


if __name__ == "__main__":
    main()
