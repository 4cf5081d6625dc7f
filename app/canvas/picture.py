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

    def needs_all(self, frame: DeviceFrame) -> bool:
        """Whether nothing of what is there can be used for a frame."""
        return self._frame is None or self._frame.shift_to(frame) is None

    def bring_to(self, frame: DeviceFrame, paint: Paint, *, smooth: bool) -> None:
        """Makes it the picture of a frame; `paint` is called for what is missing, with `smooth` as it will paint."""
        whole = QRect(0, 0, frame.width, frame.height)
        shift = self._frame.shift_to(frame) if self._frame is not None else None
        if shift is None:
            if self._image.size() != whole.size():
                self._image = QImage(whole.size(), QImage.Format.Format_RGB32)
            dirty = QRegion(whole)
            self.is_smooth = smooth
        else:
            dirty = self._dirty
            if shift != (0, 0):
                self._move(*shift)
                dirty = dirty.translated(*shift) + QRegion(whole).subtracted(
                    QRegion(whole.translated(*shift))
                )
            dirty = dirty.intersected(whole)
            self.is_smooth = self.is_smooth and (smooth or dirty.isEmpty())
        self._frame, self._dirty = frame, QRegion()
        if dirty.rectCount() > MOST_PIECES:
            paint(self._image, dirty.boundingRect())
            return
        for rect in dirty:  # type: ignore[attr-defined]  # PySide6 lists it in __begin/__end only
            paint(self._image, rect)

    def _move(self, dx: int, dy: int) -> None:
        moved = QImage(self._image.size(), QImage.Format.Format_RGB32)
        painter = QPainter(moved)
        painter.drawImage(dx, dy, self._image)
        painter.end()
        self._image = moved
