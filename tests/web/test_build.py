"""The static files: from the lock file, content-hashed, nothing unnamed inside, every licence told."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
OUT = ROOT / ".build" / "static"


def load_build():
    spec = importlib.util.spec_from_file_location("web_build", WEB / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = load_build()


def run_build() -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "web/build.py"], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def manifest():
    result = run_build()
    assert result.returncode == 0, result.stderr
    return json.loads(build.MANIFEST.read_text())


def text_of(manifest, name):
    return (OUT / Path(manifest[name]).name).read_text(encoding="utf-8")


def test_the_bundle_holds_what_the_manifest_names_and_nothing_else(manifest):
    assert sorted(path.name for path in OUT.iterdir()) == sorted(Path(url).name for url in manifest.values())
    own = {path.name for path in WEB.glob("js/*.js")} | {
        "app.css",
        "favicon.svg",
        "icons.svg",
        "inter.woff2",
        "THIRD_PARTY_NOTICES.txt",
    }
    assert set(manifest) - own <= set(build.VENDOR)


def test_each_name_carries_the_hash_of_its_content(manifest):
    for url in manifest.values():
        path = OUT / Path(url).name
        assert hashlib.sha256(path.read_bytes()).hexdigest()[:10] == path.name.split(".")[-2]
        assert url == f"/static/{path.name}"


def test_each_file_that_another_names_is_there(manifest):
    for name in manifest:
        if name.endswith((".js", ".css")) and name not in build.VENDOR:
            for sibling in re.findall(r"""["'(]\./([\w.-]+\.(?:js|css|woff2))["')]""", text_of(manifest, name)):
                assert (OUT / sibling).is_file(), (name, sibling)


def test_each_icon_that_pages_use_is_in_the_sprite(manifest):
    drawn = set(re.findall(r'<symbol id="([a-z0-9-]+)"', text_of(manifest, "icons.svg")))

    assert drawn == set(build.used_icons())
    assert {"check", "copy", "layout-grid"} <= drawn


def test_the_notices_name_every_package_that_is_shipped(manifest):
    notices = text_of(manifest, "THIRD_PARTY_NOTICES.txt")
    lock = json.loads((WEB / "package-lock.json").read_text())["packages"]
    shipped = [build.VENDOR[name][0] for name in manifest if name in build.VENDOR] + [build.FONT[0], build.ICONS]

    for package in shipped:
        about = lock[f"node_modules/{package}"]
        assert f"{package} {about['version']} ({about['license']})" in notices
    for words in ("Zero-Clause BSD", "SIL OPEN FONT LICENSE", "ISC License", "Copyright (c) 2022 Leon Sorokin"):
        assert words in notices


def test_a_second_build_does_nothing_and_is_quick(manifest):
    before = {path.name: path.stat().st_mtime_ns for path in OUT.iterdir()}
    start = time.perf_counter()
    result = run_build()
    took = time.perf_counter() - start

    assert "up to date" in result.stdout
    assert {path.name: path.stat().st_mtime_ns for path in OUT.iterdir()} == before
    assert took < 2  # 0.15 s on a quiet machine; tests share theirs


def test_the_lock_pins_every_version_and_names_no_registry():
    wanted = json.loads((WEB / "package.json").read_text())
    lock = (WEB / "package-lock.json").read_text()

    assert "resolved" not in lock
    assert all(
        re.fullmatch(r"\d+\.\d+\.\d+", version)
        for kind in ("dependencies", "devDependencies")
        for version in wanted[kind].values()
    )
    assert all("integrity" in entry for name, entry in json.loads(lock)["packages"].items() if name)


def test_no_third_party_file_is_kept_with_the_sources():
    tracked = subprocess.run(
        ["git", "ls-files", "web"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()

    assert not [
        path for path in tracked if "node_modules" in path or ".min." in path or path.endswith((".woff2", ".map"))
    ]


def test_first_load_stays_within_sixty_kilobytes(manifest):
    import gzip

    first = [
        "app.css",
        "app.js",
        "htmx.js",
        "icons.svg",
        "favicon.svg",
        *(name for name in manifest if name in {"copy-button.js", "theme-toggle.js", "confirm-dialog.js", "say.js"}),
    ]
    size = sum(len(gzip.compress(text_of(manifest, name).encode(), 9)) for name in first)
    size += (OUT / Path(manifest["inter.woff2"]).name).stat().st_size

    assert size < 56_000, size  # and 4 kB for the page itself


def test_scripts_and_styles_need_no_exception_from_the_policy():
    for path in WEB.glob("js/*.js"):
        text = path.read_text()
        for word in (
            "eval(",
            "new Function",
            "innerHTML",
            "outerHTML",
            "document.write",
            "setAttribute('style'",
            "onclick",
        ):
            assert word not in text, (path.name, word)
    for path in (ROOT / "chalicelib" / "templates").rglob("*.html"):
        text = path.read_text()
        for pattern in (
            r"\sstyle=",
            r"\son[a-z]+=",
            r"<script(?![^>]*\ssrc=)",
            r"<style",
            r"hx-on",
            r"javascript:",
            r"js:",
            r"\|\s*safe\b",
        ):
            assert not re.search(pattern, text), (path.name, pattern)


def test_the_html_element_has_no_font_size():
    css = " ".join(path.read_text() for path in WEB.glob("css/*.css"))

    for rule in re.findall(r"(?:^|[\s}])(?:html|:root[^{]*)\s*{([^}]*)}", css):
        assert not re.search(r"(?<!-)\bfont(-size)?:", rule)


def test_an_icon_nobody_draws_stops_the_build_with_a_sentence(monkeypatch, manifest):
    monkeypatch.setattr(build, "used_icons", lambda: ["no-such-icon"])

    with pytest.raises(build.BuildError, match="there is no icon 'no-such-icon'"):
        build._sprite()


def test_a_file_nobody_makes_stops_the_build_with_a_sentence():
    with pytest.raises(build.BuildError, match=r"gone.js is named in web/ but nothing makes it"):
        build._link("import './gone.js'", {})


def test_squeezing_keeps_what_browsers_read():
    assert build._squeeze_css(
        "/* a */ a { color: red;\n  margin: 0 1px; }\n@media (width < 900px) { b + c { d: e } }"
    ) == ("a{color: red;margin: 0 1px}@media (width < 900px){b + c{d: e}}")
    assert build._squeeze_js("// note\n  a();\n\n    // b\n  b('// no');\n") == "a();\nb('// no');\n"
