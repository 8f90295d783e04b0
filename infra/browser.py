"""A browser for the browser tests: an installed one, else Debian's package, else Playwright's own download."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

INSTALLED = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPS = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",)


def find_browser() -> str | None:
    """Path of an installed Chromium or Chrome."""
    found = next((path for name in INSTALLED if (path := shutil.which(name))), None)
    return found or next((path for path in APPS if Path(path).exists()), None)


def ensure_browser() -> str | None:
    """Install one if there is none; None if that is impossible, after a sentence that says what to do."""
    found = find_browser()
    if found:
        return found
    print("· no Chromium here, installing one …", flush=True)
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", *command], env=environment, check=False, stdout=subprocess.DEVNULL)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if find_browser() is None and not _playwright_has_one():
        print("The browser tests need Chromium or Chrome: install one (Debian: apt-get install chromium).")
    return find_browser()


def _playwright_has_one() -> bool:
    caches = (Path.home() / ".cache" / "ms-playwright", Path.home() / "Library" / "Caches" / "ms-playwright")
    return any(cache.glob("chromium*") for cache in caches)
