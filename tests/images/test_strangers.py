"""Generated pictures and mutated files, drawn in a process of its own with little memory.

ANSLUT_MUTATIONS=2000 ANSLUT_PICTURES=1000 pytest tests/images/test_strangers.py: that many mutated files of each format
(25 without), that many generated pictures (40 without).
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from chalicelib.images.domain import KINDS, ImageKind
from chalicelib.images.render import render
from tests.images.pictures import encoded, gradient, profile

MUTATIONS = int(os.environ.get("ANSLUT_MUTATIONS", "25"))
EXAMPLES = int(os.environ.get("ANSLUT_PICTURES", "40"))
TOLERANCE = 20  # of 255: what halved colour leaves of a steep gradient in an icon of 32 pixels
MEMORY = 512 * 1024 * 1024
FORMATS = {"PNG": ("L", "LA", "P", "RGB", "RGBA", "1", "I;16"), "JPEG": ("L", "RGB", "CMYK"), "WEBP": ("RGB", "RGBA"), "GIF": ("L", "P")}  # fmt: skip
ICON = KINDS[ImageKind.ICON]
PROGRAM = """
import random, resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
from chalicelib.images.domain import KINDS, ImageKind, UnusableImageError
from chalicelib.images.render import render
whole, refused = sys.stdin.buffer.read(), 0
for seed in range({count}):
    chance = random.Random(seed)
    data = bytearray(whole)
    for _ in range(chance.choice((1, 1, 1, 4, 16))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    if not seed % 5:
        del data[chance.randrange(len(data)):]
    try:
        render(bytes(data), KINDS[ImageKind.ICON])
    except UnusableImageError:
        refused += 1
print(refused)
"""


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    kind=st.sampled_from([(name, mode) for name, modes in FORMATS.items() for mode in modes]),
    width=st.integers(64, 200),
    height=st.integers(64, 200),
    held=st.tuples(st.integers(1, 8), st.sampled_from([0, 90, 180, 270])),
    has_profile=st.booleans(),
    alpha=st.sampled_from(["none", "opaque", "fading"]),
)
def test_every_picture_becomes_exact_plain_srgb_sizes(kind, width, height, held, has_profile, alpha):
    (name, mode), (orientation, turn) = kind, held
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = orientation, "somewhere secret"
    more = {} if name == "GIF" else {"exif": exif}
    if has_profile and name != "GIF" and mode in {"RGB", "RGBA"}:
        more["icc_profile"] = profile()
    picture = stored(gradient(width, height), mode, alpha)
    data = encoded(picture, name, **more)
    done = render(data, ICON, turn=turn)
    lies = (orientation >= 5 and name != "GIF") != (turn in {90, 270})
    assert (done.width, done.height) == ((height, width) if lies else (width, height))
    side = min(width, height)
    assert {one.width for one in done.variants} == {wide for wide in ICON.widths if wide <= side}
    wanted = as_a_viewer_shows_it(data, mode, turn)
    for one in done.variants:
        with Image.open(io.BytesIO(one.data)) as made:
            made.load()
            assert made.size == (one.width, one.height) == (one.width, one.width)
            assert made.mode in {"RGB", "RGBA"}
            assert not made.getexif()
            assert not {"icc_profile", "exif", "xmp", "comment"} & set(made.info)
            assert b"secret" not in one.data
            assert farthest(made, wanted) <= TOLERANCE, (kind, one.content_type, one.width)
    assert len(done.colour) == 7


def stored(picture: Image.Image, mode: str, alpha: str) -> Image.Image:
    """As a program would store it; 16 bits are the same picture with every value 257 times larger."""
    if mode == "I;16":
        values = np.asarray(picture.convert("L")).astype(np.uint16) * 257
        return Image.fromarray(values)
    if mode in {"RGBA", "LA"} and alpha != "none":
        picture = picture.copy()
        fading = Image.linear_gradient("L").resize(picture.size)
        picture.putalpha(fading if alpha == "fading" else Image.new("L", picture.size, 255))
    return picture.convert(mode)


def as_a_viewer_shows_it(data: bytes, mode: str, turn: int) -> Image.Image:
    """Another way to the same picture: Pillow's own upright one, turned, its middle square, on white."""
    image = Image.open(io.BytesIO(data))
    if mode == "I;16":
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
        image.getexif()[0x0112] = Image.open(io.BytesIO(data)).getexif()[0x0112]
    upright = ImageOps.exif_transpose(image).convert("RGBA").rotate(-turn, expand=True)
    side = min(upright.size)
    left, top = (upright.width - side) // 2, (upright.height - side) // 2
    return upright.crop((left, top, left + side, top + side))


def farthest(one: Image.Image, other: Image.Image) -> int:
    """The largest difference of a channel between the averages of an 8 by 8 grid, both on white."""
    grids = [np.asarray(on_white(image).resize((8, 8), Image.Resampling.BOX)).astype(int) for image in (one, other)]
    return int(abs(grids[0] - grids[1]).max())


def on_white(image: Image.Image) -> Image.Image:
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


@pytest.mark.parametrize("name", FORMATS)
def test_IM_16_mutated_files_are_drawn_or_refused_and_nothing_else(name):
    data = encoded(gradient(96, 80).convert("RGBA" if name == "PNG" else "RGB"), name)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(memory=MEMORY, count=MUTATIONS)],
        input=data, capture_output=True, cwd=Path(__file__).parents[2], check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()[-2_000:]
    assert 0 <= int(done.stdout) <= MUTATIONS


SOAK = """
import io, re, sys
from pathlib import Path
from chalicelib.images.domain import KINDS, ImageKind
from chalicelib.images.render import render
from tests.images.pictures import encoded, gradient
files = [encoded(gradient(*size), name) for size in {sizes} for name in ("JPEG", "PNG", "WEBP")]
def resident():
    return int(re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
def draw(count):
    for n in range(count):
        done = render(files[n % len(files)], KINDS[ImageKind.COVER])
        assert len(done.variants) == 2 * len({{one.width for one in done.variants}}) > 0
draw({warm})
before = resident()
draw({count})
print(resident() - before)
"""
SOAKED = int(os.environ.get("ANSLUT_SOAK", "12"))
SIZES = [(1280, 960), (1632, 1224), (2400, 1800), (4000, 3000)] if SOAKED > 100 else [(960, 720), (1280, 960)]


def test_IM_39_one_image_after_the_other_leaves_the_memory_as_it_was():
    """ANSLUT_SOAK=1000 for a thousand of 1 to 12 megapixels."""
    program = SOAK.format(sizes=SIZES, warm=3 * len(SIZES), count=SOAKED)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    assert float(done.stdout) <= 10
