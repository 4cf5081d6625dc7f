"""The memory of 32-bit pictures as arrays: blue, green, red, alpha on every machine Qt still runs on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

KEPT_STEP = 1 << 20
"""Bytes: memory of kept images grows by so much at least, not a little with every size."""


def bgra_of(image: QImage) -> NDArray[np.uint8]:
    """(height, width, 4), to be read only; valid while the picture lives."""
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)


def bgra_to_write(image: QImage, part: QRect | None = None) -> NDArray[np.uint8]:
    """(height, width, 4) of a picture, or of a part of it, to be written to; valid while the picture lives."""
    pixels = np.frombuffer(image.bits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return pixels if part is None else pixels[part.top() : part.bottom() + 1, part.left() : part.right() + 1]


_spare: list[NDArray[np.uint8]] = []
"""Memory of kept images that nobody paints in at the moment."""


@contextmanager
def kept_image(width: int, height: int) -> Iterator[QImage]:
    """An RGB32 image to paint in and copy from at once; what is in it at first is anything.

    Its memory is kept, as fresh one for each frame takes as long as the painting, and only grows: a turned slide wants
    another size at each angle. One that is asked for meanwhile has memory of its own. On the GUI thread only.
    """
    memory = _spare.pop() if _spare else np.empty(0, np.uint8)
    if memory.size < 4 * width * height:
        memory = np.empty(math.ceil(4 * width * height / KEPT_STEP) * KEPT_STEP, np.uint8)
    try:
        yield QImage(memory.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    finally:
        _spare.append(memory)


def drop_kept_images() -> None:
    """Frees what is kept; the next image has fresh memory."""
    _spare.clear()
