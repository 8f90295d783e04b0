# mypy: ignore-errors
# ruff: noqa: ANN001, ANN201, ICN001
"""PSNR and SSIM of variants against full Lanczos of the whole picture: python images_quality.py <job.json>."""

import io
import json
import math
import sys
from pathlib import Path

import numpy
from PIL import Image

WINDOW = 8
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def on_white(image):
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def windows(values):
    total = numpy.pad(values.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    w = WINDOW
    return (total[w:, w:] - total[:-w, w:] - total[w:, :-w] + total[:-w, :-w]) / (w * w)


def ssim(a, b):
    mean_a, mean_b = windows(a), windows(b)
    var_a, var_b = windows(a * a) - mean_a**2, windows(b * b) - mean_b**2
    both = windows(a * b) - mean_a * mean_b
    return float(
        (((2 * mean_a * mean_b + C1) * (2 * both + C2)) / ((mean_a**2 + mean_b**2 + C1) * (var_a + var_b + C2))).mean()
    )


job = json.loads(Path(sys.argv[1]).read_text())
crop = job["crop"]
box = (crop["x"], crop["y"], crop["x"] + crop["width"], crop["y"] + crop["height"])
source = Image.open(job["file"])
source.load()
similar, noise = [], []
for width in job["widths"]:
    size = (width, round(width * job["shape"][1] / job["shape"][0]))
    wanted = on_white(source.resize(size, Image.Resampling.LANCZOS, box))
    for path in Path(job["out"]).glob(f"{width}.*"):
        made = on_white(Image.open(io.BytesIO(path.read_bytes())))
        assert made.size == size, (path, made.size)
        a, b = (numpy.asarray(one.convert("L"), dtype=float) for one in (wanted, made))
        similar.append(ssim(a, b))
        error = ((numpy.asarray(wanted, dtype=float) - numpy.asarray(made, dtype=float)) ** 2).mean()
        noise.append(min(99.0, 10 * math.log10(255**2 / max(error, 1e-9))))
total = sum(path.stat().st_size for path in Path(job["out"]).iterdir())
print(json.dumps({"ssim": sum(similar) / len(similar), "psnr": sum(noise) / len(noise), "bytes": total}))
