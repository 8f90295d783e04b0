"""Rendering of images beside sharp and pyvips, in one run: CPU, wall, peak memory, bytes, PSNR and SSIM.

Each subject is a process of its own with one thread. The peers are installed into .build/bench by the first run.
Nothing is downloaded: photographs that scikit-image ships, and octaves of noise, as sharp as a picture at its own size.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import skimage
from PIL import Image, ImageDraw, ImageOps

from bench.table import show
from chalicelib.images.domain import KINDS, ImageKind, largest_selection
from chalicelib.images.render import render
from infra.stage import ROOT

WORK = ROOT / ".build" / "bench"
PEERS = Path(__file__).parent / "peers"
MODULES, VENV = WORK / "peers" / "sharp", WORK / "peers" / "vips"
SHARP = "sharp@0.34.5"
VIPS = ("pyvips[binary]==3.2.0", "numpy", "pillow")
ROUNDS = int(os.environ.get("ANSLUT_BENCH_ROUNDS", "5"))
CPU_GOAL, PNG_GOAL, BYTES_GOAL, SSIM_GOAL, PEAK_GOAL = 0.50, 1.4, 1.03, 0.005, 60.0


@dataclass(frozen=True, slots=True)
class Subject:
    name: str
    command: tuple[str, ...]


def main() -> None:
    if len(sys.argv) > 1:
        _run_ours(Path(sys.argv[1]))
        return
    _install()
    subjects = (
        Subject("ours", (sys.executable, "-m", "bench.images")),
        Subject("sharp", ("node", str(PEERS / "images_sharp.mjs"))),
        Subject("pyvips", (str(VENV / "bin" / "python"), str(PEERS / "images_vips.py"))),
    )
    results = {
        (name, one.name): _measured(name, path, kind, one) for name, path, kind in pictures() for one in subjects
    }
    _tell(results)


def _tell(results: dict[tuple[str, str], dict[str, float]]) -> None:
    rows = []
    for (picture, subject), found in results.items():
        base = results[picture, "sharp"]
        rows.append([
            picture, subject, found["cpu"], found["cpu"] / base["cpu"], found["wall"], found["peak"],
            found["bytes"] / 1000, found["bytes"] / base["bytes"], f"{found['ssim']:.4f}", found["psnr"],
        ])  # fmt: skip
    head = ["picture", "by", "cpu ms", "x sharp", "wall ms", "peak MB", "kB", "x sharp", "SSIM", "PSNR"]
    show(f"Every size of one upload (mean of {ROUNDS}, one thread)", head, rows)
    names = sorted({picture for picture, _ in results})
    drawn = [n for n in names if n != "transparent PNG"]  # which has a goal of its own: inflate is its floor
    whole = sum(results[n, "ours"]["cpu"] for n in drawn) / sum(results[n, "sharp"]["cpu"] for n in drawn)
    size = sum(results[n, "ours"]["bytes"] for n in names) / sum(results[n, "sharp"]["bytes"] for n in names)
    worst = min(results[n, "ours"]["ssim"] - results[n, "sharp"]["ssim"] for n in names)
    png = results["transparent PNG", "ours"]["cpu"] / results["transparent PNG", "sharp"]["cpu"]
    peak = results["12 MP of noise", "ours"]["peak"]
    goals = [
        ["CPU of photographs and logo, x sharp", whole, CPU_GOAL, whole <= CPU_GOAL],
        ["bytes of the whole set, x sharp", size, BYTES_GOAL, size <= BYTES_GOAL],
        ["worst SSIM, ours - sharp", f"{worst:+.4f}", f"{-SSIM_GOAL}", worst >= -SSIM_GOAL],
        ["CPU of the transparent PNG, x sharp", png, PNG_GOAL, png <= PNG_GOAL],
        ["peak of the process for 12 MP, MB", peak, PEAK_GOAL, peak <= PEAK_GOAL],
    ]
    show("Goals", ["", "now", "goal", ""], [[*row[:3], "met" if row[3] else "MISSED"] for row in goals])


def _measured(name: str, path: Path, kind: ImageKind, subject: Subject) -> dict[str, float]:
    rules = KINDS[kind]
    with Image.open(path) as image:
        crop = largest_selection(image.size, rules, None)
        alpha = image.mode == "RGBA"
    assert crop is not None
    out = WORK / "images" / subject.name / name.replace(" ", "-")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    job = {
        "file": str(path), "out": str(out), "kind": kind, "shape": rules.shape, "alpha": alpha, "rounds": ROUNDS,
        "widths": [width for width in rules.widths if width <= crop.width], "modules": str(MODULES),
        "crop": {"x": crop.x, "y": crop.y, "width": crop.width, "height": crop.height},
    }  # fmt: skip
    described = out.with_suffix(".json")
    described.write_text(json.dumps(job))
    found = _asked(*subject.command, str(described))
    return found | _asked(str(VENV / "bin" / "python"), str(PEERS / "images_quality.py"), str(described))


def _asked(*command: str) -> dict[str, float]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def _run_ours(described: Path) -> None:
    job: dict[str, Any] = json.loads(described.read_text())
    data, rules = Path(job["file"]).read_bytes(), KINDS[ImageKind(job["kind"])]
    rendered = render(data, rules)
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(job["rounds"]):
        rendered = render(data, rules)
    cpu, wall = (time.process_time() - cpu) / job["rounds"], (time.perf_counter() - wall) / job["rounds"]
    for one in rendered.variants:
        extension = {"image/webp": "webp", "image/jpeg": "jpg", "image/png": "png"}[one.content_type]
        (Path(job["out"]) / f"{one.width}.{extension}").write_bytes(one.data)
    peak = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024  # type: ignore[index]
    print(json.dumps({"cpu": cpu * 1000, "wall": wall * 1000, "peak": peak}))


def _install() -> None:
    if not (MODULES / "node_modules" / "sharp").is_dir():
        MODULES.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", SHARP], cwd=MODULES, check=True)
    if not (VENV / "bin" / "python").is_file():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
        subprocess.run([str(VENV / "bin" / "pip"), "install", "--quiet", *VIPS], check=True)


def pictures() -> list[tuple[str, Path, ImageKind]]:
    """Name, file and kind of what is drawn; made once."""
    place = WORK / "images"
    place.mkdir(parents=True, exist_ok=True)
    wanted = [
        ("12 MP of photographs", place / "mosaic12.jpg", ImageKind.COVER, lambda: _mosaic(4000, 3000)),
        ("2 MP of photographs", place / "mosaic2.jpg", ImageKind.COVER, lambda: _mosaic(1632, 1224)),
        ("12 MP of noise", place / "12mp.jpg", ImageKind.COVER, lambda: _photograph(4000, 3000)),
        ("2 MP of noise", place / "2mp.jpg", ImageKind.COVER, lambda: _photograph(1632, 1224)),
        ("transparent PNG", place / "transparent.png", ImageKind.LOGO, _transparent),
        ("small logo", place / "logo.png", ImageKind.LOGO, _logo),
    ]
    for _, path, _, draw in wanted:
        if not path.is_file():
            draw().save(path, quality=92)  # type: ignore[no-untyped-call]
    return [(name, path, kind) for name, path, kind, _ in wanted]


def _photograph(width: int, height: int) -> Image.Image:
    """Noise at every scale, large ones strongest (1/f, as in nature), with a few hard edges."""
    bands = []
    for tint in range(3):
        band = Image.linear_gradient("L").rotate(90 * tint).resize((width, height))
        for octave in range(2, 10):
            noise = Image.effect_noise((max(2, width >> (10 - octave)), max(2, height >> (10 - octave))), 60)
            band = Image.blend(band, noise.resize((width, height), Image.Resampling.BICUBIC), 0.5 / octave)
        bands.append(band)
    image = Image.merge("RGB", bands)
    draw = ImageDraw.Draw(image)
    for n in range(40):
        x, y = (n * 7919) % width, (n * 104_729) % height
        colour = ((n * 61) % 256, (n * 113) % 256, (n * 29) % 256)
        draw.ellipse((x, y, x + width // 20, y + width // 20), fill=colour)
    return image


def _mosaic(width: int, height: int) -> Image.Image:
    """Four real photographs, each as sharp as it will be in the widest cover."""
    folder = Path(skimage.__file__).parent / "data"  # NASA's, and others in the public domain
    image = Image.new("RGB", (width, height))
    size = width // 2, height // 2
    for n, name in enumerate(("rocket.jpg", "astronaut.png", "coffee.png", "chelsea.png")):
        tile = ImageOps.fit(Image.open(folder / name).convert("RGB"), size, Image.Resampling.LANCZOS)
        image.paste(tile, (n % 2 * size[0], n // 2 * size[1]))
    return image


def _transparent() -> Image.Image:
    image = _photograph(2000, 2000)
    image.putalpha(Image.radial_gradient("L").resize((2000, 2000)).point(lambda value: 255 - value))
    return image


def _logo() -> Image.Image:
    image = Image.new("RGB", (600, 600), "#2942c2")
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((120, 120, 480, 480), 60, fill="white")
    draw.polygon([(300, 160), (440, 440), (160, 440)], fill="#2942c2")
    return image


if __name__ == "__main__":
    main()
