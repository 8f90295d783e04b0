"""Generated pictures and mutated files, drawn in a process of its own with little memory.

ANSLUT_MUTATIONS=2000 pytest tests/images/test_strangers.py: that many files of each format (25 without).
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from chalicelib.images.domain import KINDS, ImageKind
from chalicelib.images.render import render
from tests.images.pictures import encoded, gradient, profile

MUTATIONS = int(os.environ.get("ANSLUT_MUTATIONS", "25"))
MEMORY = 512 * 1024 * 1024
FORMATS = {"PNG": ("L", "LA", "P", "RGB", "RGBA", "1"), "JPEG": ("L", "RGB", "CMYK"), "WEBP": ("RGB", "RGBA"), "GIF": ("L", "P")}  # fmt: skip
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


@settings(max_examples=25, deadline=None)
@given(
    kind=st.sampled_from([(name, mode) for name, modes in FORMATS.items() for mode in modes]),
    width=st.integers(64, 200),
    height=st.integers(64, 200),
    orientation=st.integers(1, 8),
    turn=st.sampled_from([0, 90, 180, 270]),
    has_profile=st.booleans(),
)
def test_every_picture_becomes_exact_plain_srgb_sizes(kind, width, height, orientation, turn, has_profile):
    name, mode = kind
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = orientation, "somewhere secret"
    more = {} if name == "GIF" else {"exif": exif}
    if has_profile and name != "GIF" and mode in {"RGB", "RGBA"}:
        more["icc_profile"] = profile()
    picture = gradient(width, height).convert(mode)
    done = render(encoded(picture, name, **more), ICON, turn=turn)
    lies = (orientation >= 5 and name != "GIF") != (turn in {90, 270})
    assert (done.width, done.height) == ((height, width) if lies else (width, height))
    side = min(width, height)
    assert {one.width for one in done.variants} == {wide for wide in ICON.widths if wide <= side}
    for one in done.variants:
        with Image.open(io.BytesIO(one.data)) as made:
            made.load()
            assert made.size == (one.width, one.height) == (one.width, one.width)
            assert made.mode in {"RGB", "RGBA"}
            assert not made.getexif()
            assert not {"icc_profile", "exif", "xmp", "comment"} & set(made.info)
            assert b"secret" not in one.data
    assert len(done.colour) == 7


@pytest.mark.parametrize("name", FORMATS)
def test_IM_16_mutated_files_are_drawn_or_refused_and_nothing_else(name):
    data = encoded(gradient(96, 80).convert(FORMATS[name][-1] if name == "PNG" else "RGB"), name)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(memory=MEMORY, count=MUTATIONS)],
        input=data, capture_output=True, cwd=Path(__file__).parents[2], check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()[-2_000:]
    assert 0 <= int(done.stdout) <= MUTATIONS
