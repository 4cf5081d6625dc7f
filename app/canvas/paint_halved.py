"""Paints a quarter of the pixels, each four times as large."""

from __future__ import annotations

from collections.abc import Callable

import cv2
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from app.canvas.device_frame import DeviceFrame
from app.canvas.image_pixels import bgra_of, bgra_to_write


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
    small = QImage(half.width, half.height, QImage.Format.Format_RGB32)
    paint(small, half, part)
    pixels = bgra_of(small)[part.top() : part.bottom() + 1, part.left() : part.right() + 1]
    size = (2 * part.width(), 2 * part.height())
    target = bgra_to_write(image, exposed)
    if size == (exposed.width(), exposed.height()):
        cv2.resize(pixels, size, dst=target, interpolation=cv2.INTER_NEAREST)
    else:
        enlarged = cv2.resize(pixels, size, interpolation=cv2.INTER_NEAREST)
        target[:] = enlarged[top % 2 : top % 2 + exposed.height(), left % 2 : left % 2 + exposed.width()]
