"""The memory of 32-bit pictures as arrays: blue, green, red, alpha on every machine Qt still runs on."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage


def bgra_of(image: QImage) -> NDArray[np.uint8]:
    """(height, width, 4), to be read only; valid while the picture lives."""
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)


def bgra_to_write(image: QImage, part: QRect | None = None) -> NDArray[np.uint8]:
    """(height, width, 4) of a picture, or of a part of it, to be written to; valid while the picture lives."""
    pixels = np.frombuffer(image.bits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return pixels if part is None else pixels[part.top() : part.bottom() + 1, part.left() : part.right() + 1]


@lru_cache(maxsize=8)
def kept_image(_purpose: str, width: int, height: int) -> QImage:
    """An RGB32 image to paint in and copy from at once: fresh memory for each frame takes as long as the painting.

    On the GUI thread only; what is in it lasts until the same purpose asks for the same size.
    """
    return QImage(width, height, QImage.Format.Format_RGB32)
