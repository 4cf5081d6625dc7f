"""How long a scan will take, judged before it begins: tissue seen in the small picture, speed of the last scan."""

from __future__ import annotations

import math

import cv2
import numpy as np
from PySide6.QtGui import QImage

from app.state.picture_tissue import pixels_of
from inference.slides.grid import TileGrid
from inference.slides.slide import SlideInfo
from inference.slides.tissue import PIXELS_PER_CELL, tissue_cells

FEWEST_CELLS = 500
"""A scan of fewer cells is mostly the engine's start and tells nothing of its speed."""


def cells_to_scan(info: SlideInfo, picture: QImage, *, model_mpp: float) -> int | None:
    """Cells that a scan computes at most, or None where the slide's resolution is unknown.

    The paper's rule on tissue is applied to squares of the picture, mostly larger than cells, each of which counts as a
    whole, so this is seldom too low.

    Args:
        picture: the whole slide, RGB32.
        model_mpp: micrometres per pixel that the model works at.
    """
    if info.mpp is None:
        return None
    grid = TileGrid.of_slide(info.size_l0, info.mpp, model_mpp=model_mpp)
    pixels = pixels_of(picture)
    # A square smaller than a cell would find less tissue than the scan does.
    width = min(picture.width(), PIXELS_PER_CELL * grid.columns)
    height = min(picture.height(), PIXELS_PER_CELL * grid.rows)
    pixels = np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    side = PIXELS_PER_CELL
    below, right = side - height % -side, side - width % -side
    framed = cv2.copyMakeBorder(pixels, side, below, side, right, cv2.BORDER_REPLICATE)
    fraction = float(tissue_cells(np.asarray(framed, np.uint8)).mean())
    return math.ceil(fraction * grid.rows * grid.columns)
