"""Paints a quarter of the pixels, each four times as large."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage

from app.canvas.device_frame import DeviceFrame
from app.canvas.image_pixels import bgra_of, bgra_to_write, kept_image


def paint_halved(
    image: QImage, frame: DeviceFrame, exposed: QRect, paint: Callable[[QImage, DeviceFrame, QRect], None]
) -> None:
    """Lets `paint` paint a small picture of the part `exposed` and enlarges it into an image of the frame.

    Args:
        paint: told a picture, its frame and the part of it to paint.
    """
    half = frame.halved
    # Where the corner of the small frame is a px before this one's, so are its pixels' halves.
    left, top = exposed.left() + frame.origin_x % 2, exposed.top() + frame.origin_y % 2
    right, bottom = left + exposed.width() - 1, top + exposed.height() - 1
    part = QRect(left // 2, top // 2, right // 2 - left // 2 + 1, bottom // 2 - top // 2 + 1)
    with kept_image(half.width, half.height) as small:
        paint(small, half, part)
        enlarge_halved(image, small, exposed, odd=(frame.origin_x % 2, frame.origin_y % 2))


def enlarge_halved(
    image: QImage, small: QImage, exposed: QRect, *, odd: tuple[int, int], at: QPoint | None = None
) -> None:
    """Enlarges a picture of a frame's `halved` into the part `exposed` of an image.

    Args:
        odd: by how many px the small frame's corner lies before the frame's.
        at: the place in the image of the frame's corner; the image's own if None.
    """
    corner = at or QPoint(0, 0)
    left, top = exposed.left() - corner.x() + odd[0], exposed.top() - corner.y() + odd[1]
    right, bottom = left + exposed.width() - 1, top + exposed.height() - 1
    pixels = bgra_of(small)[top // 2 : bottom // 2 + 1, left // 2 : right // 2 + 1]
    target = bgra_to_write(image, exposed)
    # Most pixels have all their four px here and are written where they belong; those at an edge may have half of them.
    rows, columns = (bottom + 1) // 2 - (top + 1) // 2, (right + 1) // 2 - (left + 1) // 2
    if rows > 0 and columns > 0:
        cv2.resize(
            pixels[top % 2 : top % 2 + rows, left % 2 : left % 2 + columns],
            (2 * columns, 2 * rows),
            dst=target[top % 2 : top % 2 + 2 * rows, left % 2 : left % 2 + 2 * columns],
            interpolation=cv2.INTER_NEAREST,
        )
    row_of = np.arange(top, bottom + 1) // 2 - top // 2
    column_of = np.arange(left, right + 1) // 2 - left // 2
    for x in (0, -1):
        target[:, x] = pixels[row_of, column_of[x]]
    for y in (0, -1):
        target[y] = pixels[row_of[y], column_of]
