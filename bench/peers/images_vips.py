# mypy: ignore-errors
# ruff: noqa: ANN201
"""pyvips beside us: python images_vips.py <job.json>. Prints {cpu, wall, peak} of one run."""

import json
import sys
import time
from pathlib import Path

import pyvips

job = json.loads(Path(sys.argv[1]).read_text())
data = Path(job["file"]).read_bytes()


def render():
    crop, (across, down), top = job["crop"], job["shape"], job["widths"][0]
    image = pyvips.Image.new_from_buffer(data, "").autorot().crop(crop["x"], crop["y"], crop["width"], crop["height"])
    image = image.thumbnail_image(top, height=round(top * down / across), size="force").copy_memory()
    made = {}
    for width in job["widths"]:
        one = image if width == top else image.resize(width / image.width)
        made[f"{width}.webp"] = one.webpsave_buffer(Q=80, keep="none")
        if job["alpha"]:
            made[f"{width}.png"] = one.pngsave_buffer(keep="none")
        else:
            made[f"{width}.jpg"] = one.jpegsave_buffer(Q=82, keep="none")
    return made


pyvips.cache_set_max(0)
made = render()
cpu, wall = time.process_time(), time.perf_counter()
for _ in range(job["rounds"]):
    made = render()
cpu, wall = (time.process_time() - cpu) / job["rounds"], (time.perf_counter() - wall) / job["rounds"]
for name, content in made.items():
    (Path(job["out"]) / name).write_bytes(content)
status = Path("/proc/self/status").read_text()
peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
print(json.dumps({"cpu": cpu * 1000, "wall": wall * 1000, "peak": peak}))
