"""Logos of the demo's integrations, drawn here so that no picture has to be shipped."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

_SIDE = 1024
_WHITE = "#ffffff"


def draw(name: str) -> bytes:
    """The logo of the demo's integration of that name as a PNG; a receipt for every other."""
    from PIL import Image, ImageDraw

    background, figure = _LOGOS.get(name, ("#2942c2", _receipt))
    image = Image.new("RGB", (_SIDE, _SIDE), background)
    figure(ImageDraw.Draw(image))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def draw_cover() -> bytes:
    """A desk with receipts, in flat colours."""
    from PIL import Image, ImageDraw

    image = Image.linear_gradient("L").resize((1280, 720)).point(lambda value: 200 + value // 6).convert("RGB")
    pen = ImageDraw.Draw(image)
    for left, top, colour in ((170, 130, "#ffffff"), (500, 200, "#eef2ff"), (830, 90, "#ffffff")):
        pen.rounded_rectangle((left + 14, top + 18, left + 294, top + 418), 18, fill="#aab4d0")
        pen.rounded_rectangle((left, top, left + 280, top + 400), 18, fill=colour)
        pen.rounded_rectangle((left + 36, top + 44, left + 150, top + 70), 13, fill="#2942c2")
        for line in range(5):
            height = top + 116 + 44 * line
            pen.rounded_rectangle((left + 36, height, left + 244, height + 14), 7, fill="#c7d2ff")
        pen.line([(left + 190, top + 356), (left + 212, top + 376), (left + 246, top + 336)], fill="#00a35c", width=14)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return out.getvalue()


def _receipt(pen: ImageDraw) -> None:
    pen.polygon([(300, 200), (640, 200), (740, 300), (740, 830), (300, 830)], fill=_WHITE)
    pen.polygon([(640, 200), (740, 300), (640, 300)], fill="#c7d2ff")
    for top in (390, 490, 590):
        pen.rounded_rectangle([(370, top), (670, top + 36)], 18, fill="#98b5ff")
    pen.line([(380, 720), (460, 780), (660, 660)], fill="#00a35c", width=44, joint="curve")


def _bridge_of_boxes(pen: ImageDraw) -> None:
    for left, top, colour in ((230, 560, _WHITE), (420, 560, "#b8f0e6"), (610, 560, _WHITE), (420, 370, _WHITE)):
        pen.rounded_rectangle([(left, top), (left + 170, top + 170)], 24, fill=colour)
    pen.arc([(180, 220), (844, 884)], 200, 340, fill="#ffd27a", width=40)
    pen.rounded_rectangle([(190, 760), (834, 800)], 20, fill="#b8f0e6")


def _clock(pen: ImageDraw) -> None:
    pen.ellipse([(232, 232), (792, 792)], fill=_WHITE)
    pen.line([(512, 350), (512, 512), (630, 590)], fill="#7a2e8c", width=48, joint="curve")
    pen.ellipse([(480, 480), (544, 544)], fill="#7a2e8c")
    for left, top in ((497, 262), (497, 716), (270, 497), (724, 497)):
        pen.rounded_rectangle([(left, top), (left + 30, top + 46)], 12, fill="#e7c9ef")


_LOGOS: dict[str, tuple[str, Callable[[ImageDraw], None]]] = {
    "Kvitto Sync": ("#2942c2", _receipt),
    "Lagerbro": ("#00766c", _bridge_of_boxes),
    "Tidrad": ("#7a2e8c", _clock),
}
