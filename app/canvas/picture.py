"""The painted view kept between frames: panning moves it and paints only what has come into view, and some ahead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QPainter, QRegion

from app.canvas.device_frame import DeviceFrame
from inference.slides.frames import RegionL0

MARGIN = 96
"""Device px around the view that a pan has room in: only one frame in a few has something to paint then."""
MOST_PIECES = 8
"""More dirty rectangles than this are painted as one: each costs a walk over all layers."""

Paint = Callable[[QImage, DeviceFrame, QRect], None]
"""Paints a rectangle (device px) of an image of a frame."""


class Picture:
    """An RGB32 image of a view and a margin around it, in device px, and the frame it was painted in.

    Invariant: the pixels of `_painted` are those of `_frame`, but for the dirty ones.
    """

    def __init__(self) -> None:
        self._image, self._spare = QImage(), QImage()
        self._frame: DeviceFrame | None = None
        """Of the image, margin included."""
        self._view = QRect()
        self._painted = QRect()
        self._dirty = QRegion()
        self.is_smooth = True
        """Whether all of it was painted smooth."""

    @property
    def image(self) -> QImage:
        """The picture as last brought up to date; the view is at `view` in it."""
        return self._image

    @property
    def view(self) -> QRect:
        """Where in the image the view is."""
        return self._view

    @property
    def painted(self) -> QRect:
        """Which part of the image is painted: the view, and what was painted ahead."""
        return self._painted

    @property
    def frame(self) -> DeviceFrame | None:
        """Of the whole image; None while there is nothing to be used."""
        return self._frame

    @property
    def is_dirty(self) -> bool:
        """Whether something in the view is still to be painted anew."""
        return self._dirty.intersects(self._view)

    def mark_dirty(self, region_l0: RegionL0 | None = None) -> None:
        """Wants a part of the slide painted anew, or all."""
        if region_l0 is None:
            self._frame = None
        elif self._frame is not None:
            # A px more for what interpolation carries over an edge.
            self._dirty += self._frame.box_of(region_l0).adjusted(-1, -1, 1, 1)

    def can_pan_to(self, frame: DeviceFrame) -> bool:
        """Whether some of what is painted is in a frame of the view, only elsewhere."""
        view = self._place_of(frame)
        return view is not None and view.intersects(self._painted)

    def missing_part(self, frame: DeviceFrame) -> float:
        """How much of a frame of the view is to be painted, 0 .. 1; exactly 1 if nothing that is there can be used."""
        view = self._place_of(frame)
        if view is None or not view.intersects(self._painted):
            return 1.0
        missing = QRegion(view).subtracted(QRegion(self._painted)).united(self._dirty.intersected(view))
        area = sum(rect.width() * rect.height() for rect in _rects(missing))
        return float(min(area / (frame.width * frame.height), 0.999))

    def bring_to(self, frame: DeviceFrame, paint: Paint, *, smooth: bool, most_dirty: int = 0) -> None:
        """Makes it the picture of a frame of the view; `paint` is called for what is missing.

        Args:
            smooth: as `paint` will paint.
            most_dirty: paints no more dirty rectangles than this and leaves the others for the next time; 0 for all.
        """
        view = self._place_of(frame)
        if view is None or not view.intersects(self._painted):
            self._begin(frame)
            self.is_smooth = smooth
        else:
            if not self._image.rect().contains(view):
                self._centre(view)
                view = QRect(MARGIN, MARGIN, frame.width, frame.height)
            self._view = view
        grown = self._painted.united(self._with_room_ahead(self._view))
        new = _rects(QRegion(grown).subtracted(QRegion(self._painted)))
        self._painted = grown
        dirty = self._dirty_to_paint(most_dirty)
        self.is_smooth = self.is_smooth and (smooth or not (new or dirty))
        assert self._frame is not None
        for rect in new + dirty:
            self._dirty = self._dirty.subtracted(QRegion(rect))
            paint(self._image, self._frame, rect)

    def _place_of(self, frame: DeviceFrame) -> QRect | None:
        """Where in the image a frame of the view is; None if its zoom, angle or size is another."""
        if self._frame is None or (frame.width, frame.height) != (self._view.width(), self._view.height()):
            return None
        shift = _grown(frame).shift_to(self._frame)
        return None if shift is None else QRect(MARGIN, MARGIN, frame.width, frame.height).translated(*shift)

    def _begin(self, frame: DeviceFrame) -> None:
        """Nothing of what is there is kept."""
        self._frame = _grown(frame)
        self._view = QRect(MARGIN, MARGIN, frame.width, frame.height)
        self._painted, self._dirty = QRect(), QRegion()
        self._image = _of_size(self._image, self._frame)

    def _centre(self, view: QRect) -> None:
        """Moves what is painted so that the view has its margin again."""
        assert self._frame is not None
        offset = QPoint(MARGIN, MARGIN) - view.topLeft()
        kept = self._painted.translated(offset).intersected(self._image.rect())
        moved = self._spare = _of_size(self._spare, self._frame)
        painter = QPainter(moved)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.drawImage(kept.topLeft(), self._image, kept.translated(-offset))
        painter.end()
        self._image, self._spare = moved, self._image
        self._frame = replace(
            self._frame,
            origin_x=self._frame.origin_x - offset.x(),
            origin_y=self._frame.origin_y - offset.y(),
        )
        self._painted, self._dirty = kept, self._dirty.translated(offset)

    def _with_room_ahead(self, view: QRect) -> QRect:
        """The view, and where it has left what is painted, all the room on that side."""
        if self._painted.isEmpty():
            return view
        image, painted = self._image.rect(), self._painted
        return QRect(
            QPoint(
                view.left() if view.left() >= painted.left() else image.left(),
                view.top() if view.top() >= painted.top() else image.top(),
            ),
            QPoint(
                view.right() if view.right() <= painted.right() else image.right(),
                view.bottom() if view.bottom() <= painted.bottom() else image.bottom(),
            ),
        )

    def _dirty_to_paint(self, most: int) -> list[QRect]:
        shown = self._dirty.intersected(self._view)
        if most and shown.rectCount() > most:
            return _rects(shown)[:most]
        return [shown.boundingRect()] if shown.rectCount() > MOST_PIECES else _rects(shown)


def _grown(frame: DeviceFrame) -> DeviceFrame:
    """The frame of the view and its margin."""
    return replace(
        frame,
        origin_x=frame.origin_x - MARGIN,
        origin_y=frame.origin_y - MARGIN,
        width=frame.width + 2 * MARGIN,
        height=frame.height + 2 * MARGIN,
    )


def _of_size(image: QImage, frame: DeviceFrame) -> QImage:
    """The image if it has a frame's size, else a new one: fresh memory takes as long as filling it twice."""
    if (image.width(), image.height()) == (frame.width, frame.height):
        return image
    return QImage(frame.width, frame.height, QImage.Format.Format_RGB32)


def _rects(region: QRegion) -> list[QRect]:
    return list(region)  # type: ignore[call-overload]  # PySide6 lists it in __begin/__end only
