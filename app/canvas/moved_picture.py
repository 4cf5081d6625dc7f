"""A frame of another zoom or angle out of a picture that is there: what a moving view shows between painted frames."""

from __future__ import annotations

import math

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QRegion

from app.canvas.device_frame import DeviceFrame
from app.canvas.image_pixels import bgra_of, bgra_to_write
from inference.slides.frames import PointL0


def covered_part(frame: DeviceFrame, picture: DeviceFrame, painted: QRect) -> float:
    """How much of a frame the painted part of a picture covers, 0 .. 1."""
    place = _way(picture, frame)
    corners = np.array(
        [
            (painted.left(), painted.top(), 1),
            (painted.right() + 1, painted.top(), 1),
            (painted.right() + 1, painted.bottom() + 1, 1),
            (painted.left(), painted.bottom() + 1, 1),
        ]
    )
    # Not OpenCV's intersectConvexConvex: of two rectangles that are almost the same it answers nothing.
    area = shapely.area(
        shapely.intersection(
            shapely.polygons(corners @ place.T), shapely.box(0, 0, frame.width, frame.height)
        )
    )
    return min(1.0, round(float(area) / (frame.width * frame.height), 6))


def uncovered_parts(frame: DeviceFrame, picture: DeviceFrame, painted: QRect) -> list[QRect]:
    """The parts of a frame that the painted part of a picture does not wholly cover; all of it if that is turned."""
    whole = QRect(0, 0, frame.width, frame.height)
    (across, skew, left), (_, down, top) = _way(picture, frame)
    if abs(skew) > 1e-9 or across <= 0 or down <= 0:
        return [whole]
    first = QPoint(math.ceil(left + across * painted.left()), math.ceil(top + down * painted.top()))
    last = QPoint(
        math.floor(left + across * (painted.right() + 1)) - 1,
        math.floor(top + down * (painted.bottom() + 1)) - 1,
    )
    return list(QRegion(whole).subtracted(QRegion(QRect(first, last))))  # type: ignore[call-overload]  # as in picture


def paint_moved(
    image: QImage,
    frame: DeviceFrame,
    source: QImage,
    source_frame: DeviceFrame,
    *,
    painted: QRect,
    exposed: QRect,
) -> None:
    """Lays the painted part of a picture where it belongs in another frame, by nearest pixels; the rest stays.

    Args:
        image: of `frame`, RGB32 in device px; only its part `exposed` is written to.
        source, source_frame, painted: the picture, its frame and which part of it is painted.
    """
    way = _way(frame, source_frame)
    # OpenCV counts from the middles of pixels, and from the corners of the parts.
    way[:, 2] += way[:, :2] @ (exposed.left() + 0.5, exposed.top() + 0.5)
    way[:, 2] -= painted.left() + 0.5, painted.top() + 0.5
    cv2.warpAffine(
        bgra_of(source)[painted.top() : painted.bottom() + 1, painted.left() : painted.right() + 1],
        way,
        (exposed.width(), exposed.height()),
        dst=bgra_to_write(image, exposed),
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_TRANSPARENT,
    )


def _way(from_frame: DeviceFrame, to_frame: DeviceFrame) -> NDArray[np.float64]:
    """(2, 3): from device px of one frame to those of another, both of the same slide."""
    origin, right, below = (from_frame.to_l0(*at) for at in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)))
    (x, y), (right_x, right_y), (below_x, below_y) = (
        to_frame.to_device(PointL0(place.x, place.y)) for place in (origin, right, below)
    )
    return np.array([[right_x - x, below_x - x, x], [right_y - y, below_y - y, y]])
