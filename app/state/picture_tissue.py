"""Tissue seen in a slide's small picture: coarse, but known without reading the slide."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.canvas.image_pixels import bgra_of
from inference.slides.slide import RgbImage
from inference.slides.tissue import PIXELS_PER_CELL, tissue_cells


def pixels_of(picture: QImage) -> RgbImage:
    """An RGB32 picture as (height, width, 3)."""
    return np.ascontiguousarray(bgra_of(picture)[:, :, 2::-1])


def tissue_in(picture: QImage, *, rows: int, columns: int) -> NDArray[np.bool_]:
    """(rows, columns): which squares of a whole slide's picture hold tissue, by the paper's rule.

    Where the picture has fewer than four px a square, neighbours share an answer: enlarging it would tell nothing more.
    """
    side = PIXELS_PER_CELL
    down, across = max(1, min(rows, picture.height() // side)), max(1, min(columns, picture.width() // side))
    pixels = cv2.resize(pixels_of(picture), (side * across, side * down), interpolation=cv2.INTER_AREA)
    framed = cv2.copyMakeBorder(pixels, side, side, side, side, cv2.BORDER_REPLICATE)
    found = tissue_cells(np.asarray(framed, np.uint8))
    return found[np.arange(rows) * down // rows][:, np.arange(columns) * across // columns]
