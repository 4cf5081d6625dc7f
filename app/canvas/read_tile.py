"""Reading one display tile from an open slide into a QImage; runs on reader threads only."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
from PySide6.QtGui import QImage

from app.canvas.display_pyramid import TILE, DisplayLevel, TileKey
from app.canvas.image_pixels import bgra_to_write
from inference.priority import give_way
from inference.slides.colour_profile import ToSrgb
from inference.slides.slide import RgbImage, Slide

BLOCK = 1024
"""Side in source px of the blocks a made level is read in: 3 MiB, some 10 ms, then it can be given up."""


def read_display_tile(
    slide: Slide,
    level: DisplayLevel,
    key: TileKey,
    *,
    given_up: Callable[[], bool],
    to_srgb: ToSrgb | None = None,
) -> QImage | None:
    """The pixels of a tile as RGB32, or None if `given_up` turned true on the way.

    A made level is the mean over `shrink` x `shrink` px of its source level; where the source ends inside
    such a square, its last row and column are repeated, so that no white seeps into the edge.

    Args:
        to_srgb: applied to the finished tile, so that a made level costs no more than another.

    Raises what `Slide.read_region` raises.
    """
    left, top = key.column * TILE, key.row * TILE
    width, height = min(TILE, level.width - left), min(TILE, level.height - top)
    if level.shrink == 1:
        pixels = slide.read_region(level.source_level, x_lv=left, y_lv=top, width=width, height=height)
        return to_qimage(pixels if to_srgb is None else to_srgb(pixels))
    pixels = np.empty((height, width, 3), np.uint8)
    side = max(1, BLOCK // level.shrink)
    for x, y, block_width, block_height in _blocks(width, height, side=side):
        if given_up():
            return None
        give_way()
        pixels[y : y + block_height, x : x + block_width] = _shrunk(
            slide, level, left=left + x, top=top + y, width=block_width, height=block_height
        )
    return to_qimage(pixels if to_srgb is None else to_srgb(pixels))


def _blocks(width: int, height: int, *, side: int) -> Iterator[tuple[int, int, int, int]]:
    """(x, y, width, height) of squares that cover a rectangle."""
    for y in range(0, height, side):
        for x in range(0, width, side):
            yield x, y, min(side, width - x), min(side, height - y)


def _shrunk(slide: Slide, level: DisplayLevel, *, left: int, top: int, width: int, height: int) -> RgbImage:
    """Pixels [left, left + width) x [top, top + height) of a made level."""
    shrink = level.shrink
    source = slide.info.levels[level.source_level]
    x, y = left * shrink, top * shrink
    width_there, height_there = min(width * shrink, source.width - x), min(height * shrink, source.height - y)
    pixels = slide.read_region(level.source_level, x_lv=x, y_lv=y, width=width_there, height=height_there)
    right, bottom = width * shrink - width_there, height * shrink - height_there
    if right or bottom:
        pixels = np.asarray(cv2.copyMakeBorder(pixels, 0, bottom, 0, right, cv2.BORDER_REPLICATE), np.uint8)
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def to_qimage(pixels: RgbImage) -> QImage:
    """An RGB32 image (the format QPainter draws fastest) that owns its memory."""
    height, width = pixels.shape[:2]
    image = QImage(width, height, QImage.Format.Format_RGB32)
    cv2.cvtColor(pixels, cv2.COLOR_RGB2BGRA, dst=bgra_to_write(image))
    return image
