"""The painted view kept between frames: panning moves it and paints only what has come into view."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter, QRegion

from app.canvas.device_frame import DeviceFrame
from inference.slides.frames import RegionL0

MOST_PIECES = 8
"""More dirty rectangles than this are painted as one: each costs a walk over all layers."""

Paint = Callable[[QImage, QRect], None]
"""Paints a rectangle (device px) of an image of the whole view."""


class Picture:
    """An RGB32 image of the view in device px and the frame it was painted in."""

    def __init__(self) -> None:
        self._image = QImage()
        self._frame: DeviceFrame | None = None
        self._dirty = QRegion()
        self.is_smooth = True
        """Whether all of it was painted smooth."""

    @property
    def image(self) -> QImage:
        """The picture as last brought up to date."""
        return self._image

    def mark_dirty(self, region_l0: RegionL0 | None = None) -> None:
        """Wants a part of the slide painted anew, or all."""
        if region_l0 is None:
            self._frame = None
        elif self._frame is not None:
            # A px more for what interpolation carries over an edge.
            self._dirty += self._frame.box_of(region_l0).adjusted(-1, -1, 1, 1)

    def missing_part(self, frame: DeviceFrame) -> float:
        """How much of a frame is to be painted, 0 .. 1; exactly 1 if nothing of what is there can be used."""
        shift = self._shift_to(frame)
        if shift is None:
            return 1.0
        area = sum(rect.width() * rect.height() for rect in _rects(self._missing(frame, shift)))
        return float(min(area / (frame.width * frame.height), 0.999))

    def bring_to(self, frame: DeviceFrame, paint: Paint, *, smooth: bool) -> None:
        """Makes it the picture of a frame; `paint` is called for what is missing, with `smooth` as it will paint."""
        shift = self._shift_to(frame)
        if shift is None:
            missing = QRegion(0, 0, frame.width, frame.height)
            if self._image.size() != missing.boundingRect().size():
                self._image = QImage(frame.width, frame.height, QImage.Format.Format_RGB32)
            self.is_smooth = smooth
        else:
            missing = self._missing(frame, shift)
            if shift != (0, 0):
                self._move(*shift)
            self.is_smooth = self.is_smooth and (smooth or missing.isEmpty())
        self._frame, self._dirty = frame, QRegion()
        for rect in _rects(missing):
            paint(self._image, rect)

    def _shift_to(self, frame: DeviceFrame) -> tuple[int, int] | None:
        """By how much what is there is moved to be of a frame; None if nothing of it can be used."""
        return self._frame.shift_to(frame) if self._frame is not None else None

    def _missing(self, frame: DeviceFrame, shift: tuple[int, int]) -> QRegion:
        """What of a frame is to be painted once what is there was moved."""
        whole = QRect(0, 0, frame.width, frame.height)
        uncovered = QRegion(whole).subtracted(QRegion(whole.translated(*shift)))
        missing = (self._dirty.translated(*shift) + uncovered).intersected(whole)
        return QRegion(missing.boundingRect()) if missing.rectCount() > MOST_PIECES else missing

    def _move(self, dx: int, dy: int) -> None:
        moved = QImage(self._image.size(), QImage.Format.Format_RGB32)
        painter = QPainter(moved)
        painter.drawImage(dx, dy, self._image)
        painter.end()
        self._image = moved


def _rects(region: QRegion) -> list[QRect]:
    return list(region)  # type: ignore[call-overload]  # PySide6 lists it in __begin/__end only
