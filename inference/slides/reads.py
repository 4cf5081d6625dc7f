"""What one read of a level may ask for, and how its pixels meet white."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from inference.slides.slide import Level, RgbImage

MAX_READ_BYTES = 256 * 2**20
"""Largest single read: four display screens of 4K at once fit several times, and a wrong request cannot take
the machine's memory."""
BYTES_PER_PIXEL = 4
"""Decoders hand out RGBA."""
WHITE = 255
"""A slide is looked at against light: where there is nothing, it is white."""


@dataclass(frozen=True, slots=True)
class BoxLv:
    """Whole pixels of one level: [x, x + width) x [y, y + height)."""

    x: int
    y: int
    width: int
    height: int


def fits_one_read(width: int, height: int) -> bool:
    """Whether so many pixels stay below the limit of one read."""
    return width * height * BYTES_PER_PIXEL <= MAX_READ_BYTES


def check_read(levels: tuple[Level, ...], level: int, *, width: int, height: int) -> None:
    """Raises ValueError for a level that does not exist, an empty or an over-large request."""
    if not 0 <= level < len(levels):
        raise ValueError(f"level {level} does not exist; the slide has {len(levels)}")
    if width < 1 or height < 1:
        raise ValueError(f"a read of {width} x {height} pixels is empty")
    if not fits_one_read(width, height):
        raise ValueError(f"a read of {width} x {height} pixels is over {MAX_READ_BYTES // 2**20} MB")


def part_inside(level: Level, box: BoxLv) -> BoxLv | None:
    """The part of a box that lies on the level, or None."""
    x, y = max(box.x, 0), max(box.y, 0)
    width, height = min(box.x + box.width, level.width) - x, min(box.y + box.height, level.height) - y
    return BoxLv(x, y, width, height) if width > 0 and height > 0 else None


def white_canvas(width: int, height: int) -> RgbImage:
    """An image of nothing: (height, width, 3)."""
    return np.full((height, width, 3), WHITE, dtype=np.uint8)


def put(canvas: RgbImage, canvas_box: BoxLv, *, pixels: RgbImage, pixels_box: BoxLv) -> None:
    """Copies the pixels of one box to where it overlaps the box of the canvas."""
    x, y = max(canvas_box.x, pixels_box.x), max(canvas_box.y, pixels_box.y)
    right = min(canvas_box.x + canvas_box.width, pixels_box.x + pixels_box.width)
    bottom = min(canvas_box.y + canvas_box.height, pixels_box.y + pixels_box.height)
    canvas[y - canvas_box.y : bottom - canvas_box.y, x - canvas_box.x : right - canvas_box.x] = pixels[
        y - pixels_box.y : bottom - pixels_box.y, x - pixels_box.x : right - pixels_box.x
    ]


def over_white(picture: Image.Image) -> RgbImage:
    """RGB of a picture laid over white; `picture` is RGBA with straight (not premultiplied) alpha."""
    alpha = picture.getchannel("A")
    if alpha.getextrema() == (WHITE, WHITE):
        return np.asarray(picture.convert("RGB"))
    canvas = Image.new("RGB", picture.size, (WHITE, WHITE, WHITE))
    canvas.paste(picture, mask=alpha)
    return np.asarray(canvas)
