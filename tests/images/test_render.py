"""Rendering: exact sizes, right pixels, no metadata; and every hostile file ends as a refusal, never as a crash."""

from __future__ import annotations

import doctest
import io
import random
import struct
import sys
import tracemalloc
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, PngImagePlugin

from chalicelib.images import domain, render
from chalicelib.images.domain import KINDS, REFUSALS, Crop, ImageKind, UnusableImageError
from tests.images.pictures import chunk, encoded, gradient, png_header, png_with, profile, quarters, wide_profile

LOGO, ICON, COVER = (KINDS[kind] for kind in (ImageKind.LOGO, ImageKind.ICON, ImageKind.COVER))


def made(data: bytes, rules: domain.ImageRules = LOGO, crop: Crop | None = None) -> dict[tuple[int, str], Image.Image]:
    rendered = render.render(data, rules, crop)
    return {(one.width, one.content_type): Image.open(io.BytesIO(one.data)) for one in rendered.variants}


def made_unless(
    reasons: str, data: bytes, rules: domain.ImageRules = LOGO, crop: Crop | None = None
) -> dict[tuple[int, str], Image.Image]:
    """The variants, or nothing when the file was refused for one of the reasons."""
    try:
        return made(data, rules, crop)
    except UnusableImageError as refused:
        if refused.reason not in reasons.split():
            raise
        return {}


def refusal(data: bytes, rules: domain.ImageRules = LOGO, crop: Crop | None = None) -> str:
    with pytest.raises(UnusableImageError) as caught:
        render.render(data, rules, crop)
    assert caught.value.reason in REFUSALS
    return caught.value.reason


def near(pixel: object, wanted: tuple[int, ...], by: int = 24) -> bool:
    return all(abs(a - b) <= by for a, b in zip(pixel, wanted, strict=True))  # type: ignore[call-overload]


def check_variants(found: dict[tuple[int, str], Image.Image], rules: domain.ImageRules) -> None:
    assert found
    for (width, content_type), image in found.items():
        assert image.size == (width, rules.height(width))
        assert image.get_format_mimetype() == content_type
        assert image.mode in {"RGB", "RGBA"}
        image.load()
        assert not set(image.info) & {
            "exif",
            "icc_profile",
            "xmp",
            "comment",
            "photoshop",
            "gamma",
            "dpi",
            "XML:com.adobe.xmp",
        }
        assert not image.getexif()
    widths = {width for width, _ in found}
    assert all(len([key for key in found if key[0] == width]) == 2 for width in widths)
    assert all((width, "image/webp") in found for width in widths)


@pytest.mark.parametrize("module", [render, domain])
def test_the_examples_in_the_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


MODES = {
    "PNG": ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"],
    "JPEG": ["L", "RGB", "CMYK"],
    "WEBP": ["RGB", "RGBA"],
    "GIF": ["1", "L", "P"],
}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_IM_01_every_variant_has_exact_size_and_no_metadata(data):
    name = data.draw(st.sampled_from(list(MODES)))
    mode = data.draw(st.sampled_from(MODES[name]))
    kind = data.draw(st.sampled_from(list(ImageKind)))
    rules = KINDS[kind]
    width = data.draw(st.integers(rules.min_width, rules.min_width * 3))
    height = data.draw(st.integers(rules.min_height, rules.min_height * 3))
    options: dict[str, object] = {}
    if name in {"JPEG", "PNG", "WEBP"}:
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = 1
        exif[ExifTags.Base.Artist] = "somebody"
        options["exif"] = exif
    picture = gradient(width, height, "L" if mode == "I;16" else "RGB").convert(mode)
    found = made_unless("too-small", encoded(picture, name, **options), rules)
    if found:
        check_variants(found, rules)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_the_picture_stands_upright_whatever_the_camera_held(orientation, name):
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transpose that undoes each orientation
    upright = quarters(400, 300)
    stored = upright if orientation == 1 else upright.transpose(Image.Transpose(back[orientation]))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    rendered = render.render(encoded(stored, name, exif=exif), LOGO)
    assert (rendered.width, rendered.height) == (400, 300)
    image = made(encoded(stored, name, exif=exif))[(256, "image/webp")].convert("RGB")
    for place, wanted in (
        ((20, 20), (255, 0, 0)),
        ((236, 20), (0, 255, 0)),
        ((20, 236), (0, 0, 255)),
        ((236, 236), (255, 255, 255)),
    ):
        assert near(image.getpixel(place), wanted), (place, image.getpixel(place))


def test_without_a_selection_the_centre_is_taken():
    wide = Image.new("RGB", (900, 300), "red")
    wide.paste("blue", (300, 0, 600, 300))
    image = made(encoded(wide, "PNG"))[(256, "image/jpeg")]
    assert near(image.getpixel((4, 128)), (0, 0, 255))
    assert near(image.getpixel((251, 128)), (0, 0, 255))


@pytest.mark.parametrize("name", ["JPEG", "PNG"])
def test_a_selection_is_what_is_shown(name):
    picture = Image.new("RGB", (2_000, 2_000), "white")
    picture.paste("green", (1_200, 300, 1_800, 900))
    found = made(encoded(picture, name), LOGO, Crop(1_200, 300, 600, 600))
    image = found[(512, "image/jpeg")].convert("RGB")
    for place in ((6, 6), (505, 6), (6, 505), (505, 505)):
        assert near(image.getpixel(place), (0, 128, 0))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 900), st.integers(0, 900), st.integers(1, 2_000), st.integers(1, 2_000))
def test_any_selection_gives_exact_sizes_or_is_too_small(x, y, width, height):
    data = encoded(gradient(800, 700), "JPEG")
    found = made_unless("too-small", data, LOGO, Crop(x, y, width, height))
    if not found:
        return
    check_variants(found, LOGO)
    assert max(size for size, _ in found) <= min(width, height, 700)


def test_nothing_is_blown_up():
    assert {width for width, _ in made(encoded(gradient(200, 200), "PNG"))} == {128, 64}
    assert {width for width, _ in made(encoded(gradient(512, 512), "PNG"))} == {512, 256, 128, 64}


def test_IM_21_sixteen_bits_are_scaled_and_not_clipped():
    deep = Image.new("I;16", (300, 300), 40_000)
    assert near(made(encoded(deep, "PNG"))[(128, "image/jpeg")].getpixel((60, 60)), (156, 156, 156), 3)


def test_IM_22_transparency_is_kept_and_an_opaque_alpha_is_dropped():
    clear = gradient(300, 300, "RGBA")
    assert (128, "image/jpeg") in made(encoded(clear, "PNG"))
    clear.putalpha(Image.linear_gradient("L").resize((300, 300)))
    found = made(encoded(clear, "PNG"))
    assert (128, "image/png") in found
    for key in ((128, "image/png"), (128, "image/webp")):
        alpha = found[key].convert("RGBA").getchannel("A")
        assert alpha.getpixel((64, 3)) < 20
        assert alpha.getpixel((64, 124)) > 235


def test_IM_22_transparent_pixels_do_not_bleed_into_the_edge():
    picture = Image.new("RGBA", (300, 300), (255, 0, 0, 0))
    picture.paste((0, 0, 255, 255), (150, 0, 300, 300))
    image = made(encoded(picture, "PNG"))[(64, "image/png")]
    assert all(pixel[0] < 16 for pixel in image.get_flattened_data() if pixel[3] > 32)


def test_IM_22_a_palette_with_transparency_and_a_grey_with_one_clear_value():
    palette = gradient(300, 300).quantize(16)
    assert (128, "image/png") in made(encoded(palette, "PNG", transparency=3))
    assert (128, "image/png") in made(encoded(palette, "GIF", transparency=3))
    grey = Image.new("L", (300, 300), 10)
    grey.paste(200, (0, 0, 150, 300))
    image = made(encoded(grey, "PNG", transparency=10))[(128, "image/png")]
    assert (image.getpixel((100, 60))[3], image.getpixel((20, 60))) == (0, (200, 200, 200, 255))


def test_IM_22_the_gamma_of_a_png_counts_unless_it_says_srgb():
    grey = Image.new("RGB", (300, 300), (128, 128, 128))
    linear = chunk(b"gAMA", struct.pack(">I", 100_000))
    assert near(made(png_with(grey, linear))[(128, "image/jpeg")].getpixel((9, 9)), (186, 186, 186), 3)
    assert near(
        made(png_with(grey, chunk(b"sRGB", b"\0"), linear))[(128, "image/jpeg")].getpixel((9, 9)), (128, 128, 128), 3
    )
    assert near(
        made(png_with(grey, chunk(b"gAMA", struct.pack(">I", 45_455))))[(128, "image/jpeg")].getpixel((9, 9)),
        (128, 128, 128),
        3,
    )
    assert near(
        made(png_with(grey, chunk(b"gAMA", struct.pack(">I", 1))))[(128, "image/jpeg")].getpixel((9, 9)),
        (128, 128, 128),
        3,
    )


def test_interlaced_progressive_and_animated_files():
    frames = [gradient(300, 300), Image.new("RGB", (300, 300), "white")]
    for name in ("GIF", "WEBP", "PNG"):
        data = encoded(frames[0], name, save_all=True, append_images=frames[1:], duration=100)
        image = made(data)[(128, "image/jpeg")].convert("RGB")
        assert not near(image.getpixel((5, 5)), (255, 255, 255)), name
    check_variants(made(encoded(gradient(300, 300), "JPEG", progressive=True)), LOGO)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_IM_19_a_profile_is_applied_and_dropped(name):
    red = Image.new("RGB", (300, 300), (200, 30, 30))
    found = made(encoded(red, name, icc_profile=wide_profile(), quality=95))
    check_variants(found, LOGO)
    pixel = found[(128, "image/jpeg")].getpixel((60, 60))
    assert pixel[1] > 150
    assert pixel[0] < 90
    same = made(encoded(red, name, icc_profile=profile(), quality=95))[(128, "image/jpeg")].getpixel((60, 60))
    assert near(same, (200, 30, 30), 6)


@pytest.mark.parametrize("broken", [b"no profile", b"\0" * 200, profile()[:300], profile("LAB"), b"x" * 2_000_000])
def test_IM_19_a_broken_or_foreign_profile_is_ignored(broken):
    data = encoded(Image.new("RGB", (300, 300), (200, 30, 30)), "JPEG", icc_profile=broken, quality=95)
    assert near(made(data)[(128, "image/jpeg")].getpixel((60, 60)), (200, 30, 30), 6)


def test_CMYK_with_and_without_a_profile():
    data = encoded(Image.new("CMYK", (300, 300), (0, 255, 255, 0)), "JPEG")
    assert near(made(data)[(128, "image/jpeg")].getpixel((60, 60)), (255, 0, 0), 30)
    check_variants(made(encoded(gradient(300, 300, "CMYK"), "JPEG", icc_profile=profile())), LOGO)


def test_IM_18_nothing_that_the_camera_or_the_editor_wrote_survives():
    mark = b"SECRET-PLACE-57.7N"
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = mark.decode()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[1] = "N"
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", mark.decode())
    text.add_itxt("XML:com.adobe.xmp", f"<x>{mark.decode()}</x>")
    picture = gradient(300, 300)
    for data in (
        encoded(picture, "JPEG", exif=exif, comment=mark, xmp=b"<x>" + mark + b"</x>"),
        encoded(picture, "PNG", exif=exif, pnginfo=text),
        encoded(picture, "WEBP", exif=exif, xmp=b"<x>" + mark + b"</x>"),
        encoded(picture, "GIF", comment=mark),
    ):
        assert mark in data
        for variant in render.render(data, LOGO).variants:
            assert mark not in variant.data
            assert b"Exif" not in variant.data
            assert b"iCCP" not in variant.data


# --- what is refused -------------------------------------------------------------------------------------------------

FOREIGN = {
    "html": b"<html><script>alert(1)</script>", "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "zip": b"PK\x03\x04" + b"\0" * 60, "pdf": b"%PDF-1.7\n",
    "exe": b"MZ" + b"\0" * 60, "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "psd": b"8BPS\0\1" + b"\0" * 40, "ico": b"\0\0\1\0\1\0" + b"\0" * 40,
    "heic": b"\0\0\0\x18ftypheic" + b"\0" * 40, "j2k": b"\0\0\0\x0cjP  \r\n\x87\n", "dds": b"DDS " + b"\0" * 120, "fits": b"SIMPLE  =                    T", "php": b"<?php echo 1;", "js": b"alert(1)", "empty": b"",
}  # fmt: skip


@pytest.mark.parametrize("data", FOREIGN.values(), ids=FOREIGN)
def test_IM_06_other_content_is_refused_by_its_first_bytes(data):
    assert refusal(data) == "format"


@pytest.mark.parametrize("start", [
    '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    '<svg xmlns="http://www.w3.org/2000/svg"><foreignObject><body onload="x()"/></foreignObject></svg>',
    '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
    "\ufeff  <svg/>",
])  # fmt: skip
def test_IM_09_a_vector_image_is_refused_whatever_is_in_it(start, monkeypatch):
    monkeypatch.setattr(Image, "open", lambda *a, **k: pytest.fail("a decoder ran"))
    assert refusal(start.encode()) == "format"


@pytest.mark.parametrize("name", ["TIFF", "BMP", "ICO", "PPM", "TGA", "JPEG2000", "AVIF"])
def test_IM_06_other_image_formats_are_refused_and_their_decoder_never_runs(name, monkeypatch):
    data = encoded(gradient(256, 256), name)
    monkeypatch.setattr(Image, "open", lambda *a, **k: pytest.fail("a decoder ran"))
    assert refusal(data) == "format"


def test_IM_06_several_pictures_in_one_file_are_refused():
    assert (
        refusal(encoded(gradient(300, 300), "MPO", save_all=True, append_images=[gradient(300, 300)]))
        == "several-pictures"
    )


@pytest.mark.parametrize(
    "size", [(30_000, 30_000), (14_000, 14_000), (9_500, 9_500), (65_535, 1), (4_097, 300), (2**31 - 1, 2**31 - 1)]
)
def test_IM_10_bombs_are_refused_by_their_header(size):
    cause, steps, peak = worked(lambda: refusal(png_header(*size)))
    assert cause == "too-large"
    assert steps < 10_000
    assert peak < 1_000_000


@pytest.mark.parametrize("size", [(1, 1), (1, 4_096), (10, 3_000), (127, 500)])
def test_IM_12_small_images_are_refused(size):
    assert refusal(encoded(Image.new("RGB", size), "PNG")) == "too-small"


def test_a_selection_that_is_too_small_is_refused():
    assert refusal(encoded(gradient(800, 800), "JPEG"), LOGO, Crop(0, 0, 60, 60)) == "too-small"
    assert refusal(encoded(gradient(800, 800), "JPEG"), LOGO, Crop(790, 790, 600, 600)) == "too-small"


@pytest.mark.parametrize(
    "more",
    [
        (chunk(b"iCCP", b"x\0\0" + zlib.compress(b"\0" * 50_000_000)),),
        (chunk(b"zTXt", b"k\0\0" + zlib.compress(b"\0" * 50_000_000)),),
        (chunk(b"iTXt", b"k\0\1\0\0\0" + zlib.compress(b"\0" * 50_000_000)),),
        tuple(chunk(b"tEXt", b"k\0" + b"v" * 2_000) for _ in range(10_000)),
        (chunk(b"eXIf", b"II*\0" + b"\xff" * 1_000_000),),
    ],
    ids=["iCCP", "zTXt", "iTXt", "tEXt", "eXIf"],
)
def test_IM_13_bombs_in_metadata_are_refused_or_ignored_in_time(more):
    data = png_with(gradient(300, 300), *more)
    found, steps, peak = worked(lambda: made_unless("damaged", data))
    if found:
        check_variants(found, LOGO)
    # A count is the same on every machine: ten thousand chunks are walked once, and no 50 MB are ever inflated.
    assert steps < 200_000
    assert peak < 20_000_000


def worked(call):
    """The answer of a call, how many functions it called, and the most memory Python objects took meanwhile."""
    steps = 0

    def count(_frame, event, _argument):
        nonlocal steps
        steps += event in {"call", "c_call"}

    tracemalloc.start()
    sys.setprofile(count)
    try:
        answer = call()
    finally:
        sys.setprofile(None)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return answer, steps, peak


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "GIF"])
def test_IM_15_a_cut_file_never_becomes_a_half_grey_image(name):
    picture = Image.effect_noise((200, 200), 80).convert("RGB")
    data = encoded(picture, name)
    for percent in range(1, 98, 4):
        assert refusal(data[: len(data) * percent // 100]) in {"damaged", "format"}, percent


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "GIF"])
def test_IM_16_mutated_files_end_as_images_or_refusals(name):
    chance = random.Random(16)
    original = encoded(gradient(140, 140), name)
    for _ in range(150):
        data = bytearray(original)
        for _ in range(chance.choice((1, 1, 1, 4))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if found := made_unless(" ".join(REFUSALS), bytes(data)):
            check_variants(found, LOGO)


def test_IM_40_an_old_pillow_is_not_used():
    assert tuple(int(part) for part in __import__("PIL").__version__.split(".")[:2]) >= render._FLOOR
