"""Lets what is painted cover what was there before by a part only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import cv2
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from app.canvas.image_pixels import bgra_to_write


@contextmanager
def painted_at(opacity: float, image: QImage, part: QRect) -> Iterator[None]:
    """Whatever is painted into the part meanwhile is mixed with what was there.

    Args:
        opacity: 0..1; 1 costs nothing.
        image: RGB32.
    """
    if opacity >= 1:
        yield
        return
    before = bgra_to_write(image, part).copy()
    yield
    pixels = bgra_to_write(image, part)
    cv2.addWeighted(pixels, opacity, before, 1 - opacity, 0, dst=pixels)
