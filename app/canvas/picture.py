"""The painted view kept between frames: panning moves it and paints only what has come into view, and some ahead."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QRegion

from app.canvas.device_frame import DeviceFrame
from app.canvas.paint_halved import enlarge_halved
from inference.slides.frames import RegionL0

MARGIN = 160
"""Device px around the view that a pan has room in: only one frame in a few has to move what is painted."""
AHEAD = 96
"""Device px that a moving view has painted before it, where there is time: the strip coming into view is there then."""
DIRTY_TURN = 3
"""A moving frame that paints strips leaves what has changed to the next, but not for more frames than this."""
MOST_PIECES = 8
"""More dirty rectangles than this are painted as one: each costs a walk over all layers."""

Paint = Callable[[QImage, DeviceFrame, QRect], None]
"""Paints a rectangle (device px) of an image of a frame."""


class Picture:
    """An RGB32 image of a view and a margin around it, in device px, and the frame it was painted in.

    Invariant: the pixels of `_painted` are those of `_frame`, but for the dirty ones.
    """

    def __init__(self) -> None:
        self._image = QImage()
        self._frame: DeviceFrame | None = None
        """Of the image, margin included."""
        self._view = QRect()
        self._painted = QRect()
        self._dirty = QRegion()
        self._frames_dirty = 0
        """Moving frames in a row that left what has changed."""
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

    def bring_to(
        self,
        frame: DeviceFrame,
        paint: Paint,
        *,
        smooth: bool,
        most_dirty: int = 0,
        most_px: int | None = None,
    ) -> None:
        """Makes it the picture of a frame of the view; `paint` is called for what is missing.

        Args:
            smooth: as `paint` will paint.
            most_dirty: paints no more dirty rectangles than this and leaves the others for the next time; 0 for all.
            most_px: of a moving view: about how many px are painted in one go. What the view lacks is painted all the
                same; something ahead of it only in a frame that has nothing else to do.
        """
        view = self._place_of(frame)
        step, busy = QPoint(), False
        if view is None or not view.intersects(self._painted):
            self.begin(frame)
        else:
            step = view.topLeft() - self._view.topLeft()
            if busy := not self._image.rect().contains(view):
                self._centre(view)
                view = QRect(MARGIN, MARGIN, frame.width, frame.height)
            self._view = view
        if most_px is None:
            new = self._grow_to(self._with_room_ahead(self._view))
        else:
            new = self._grow_to(self._view)
            if not busy and (ahead := self._piece_ahead(step, most_px)) is not None:
                # What has just come into view belongs to a strip on that side, and is painted as one with it.
                new = _joined(new, self._grow_to(ahead))
        dirty = self._dirty_to_paint(most_dirty)
        if most_px is not None and dirty:
            self._frames_dirty += 1
            if (new or busy) and self._frames_dirty < DIRTY_TURN:
                dirty = []
            else:
                dirty, self._frames_dirty = _at_most(dirty, most_px), 0
        self._paint(new + dirty, paint, smooth=smooth)

    def begin(self, frame: DeviceFrame) -> None:
        """Becomes an empty picture of a frame of the view, to be brought to it."""
        self._frame = _grown(frame)
        self._view = QRect(MARGIN, MARGIN, frame.width, frame.height)
        self._painted, self._dirty = QRect(), QRegion()
        self.is_smooth = True
        if (self._image.width(), self._image.height()) != (self._frame.width, self._frame.height):
            # Fresh memory takes as long as filling it twice, so that it is kept.
            self._image = QImage(self._frame.width, self._frame.height, QImage.Format.Format_RGB32)

    def adopt(self, sketch: QImage, frame: DeviceFrame) -> None:
        """Becomes the picture of a frame of the view that a sketch shows: `frame.halved`, enlarged twice."""
        self.begin(frame)

        def paint(image: QImage, of: DeviceFrame, part: QRect) -> None:
            enlarge_halved(
                image, sketch, part, odd=(frame.origin_x % 2, frame.origin_y % 2), at=part.topLeft()
            )

        self._paint(self._grow_to(self._view), paint, smooth=False)

    def _paint(self, pieces: list[QRect], paint: Paint, *, smooth: bool) -> None:
        assert self._frame is not None
        self.is_smooth = self.is_smooth and (smooth or not pieces)
        for rect in pieces:
            self._dirty = self._dirty.subtracted(QRegion(rect))
            paint(self._image, self._frame, rect)

    def _grow_to(self, goal: QRect) -> list[QRect]:
        """Counts a rectangle as painted, and what lies between; answers what is to be painted for that."""
        grown = self._painted.united(goal)
        new = _rects(QRegion(grown).subtracted(QRegion(self._painted)))
        self._painted = grown
        return new

    def _piece_ahead(self, step: QPoint, most_px: int) -> QRect | None:
        """What is painted, with a strip ahead where the next pan by `step` would leave it; None where it would not."""
        view, painted, image = self._view, self._painted, self._image.rect()
        rows = min(AHEAD, max(1, most_px // painted.width()))
        columns = min(AHEAD, max(1, most_px // painted.height()))
        sides = [
            (step.x(), painted.right() - view.right(), (0, 0, columns, 0)),
            (-step.x(), view.left() - painted.left(), (-columns, 0, 0, 0)),
            (step.y(), painted.bottom() - view.bottom(), (0, 0, 0, rows)),
            (-step.y(), view.top() - painted.top(), (0, -rows, 0, 0)),
        ]
        due = [(room / by, by_side) for by, room, by_side in sides if by > 0 and room < 2 * by]
        return painted.adjusted(*min(due)[1]).intersected(image) if due else None

    def _place_of(self, frame: DeviceFrame) -> QRect | None:
        """Where in the image a frame of the view is; None if its zoom, angle or size is another."""
        if self._frame is None or (frame.width, frame.height) != (self._view.width(), self._view.height()):
            return None
        shift = _grown(frame).shift_to(self._frame)
        return None if shift is None else QRect(MARGIN, MARGIN, frame.width, frame.height).translated(*shift)

    def _centre(self, view: QRect) -> None:
        """Moves what is painted so that the view has its margin again."""
        assert self._frame is not None
        offset = QPoint(MARGIN, MARGIN) - view.topLeft()
        # A picture moved by whole px is its memory moved, but for what leaves it and comes in again on the other side.
        pixels = np.frombuffer(self._image.bits(), np.uint32)
        by = offset.y() * self._image.width() + offset.x()
        start, count = pixels.ctypes.data, max(0, pixels.size - abs(by))
        # Not by assignment: where the parts overlap, numpy makes a copy first.
        ctypes.memmove(
            start + pixels.itemsize * max(0, by),
            start + pixels.itemsize * max(0, -by),
            pixels.itemsize * count,
        )
        self._frame = replace(
            self._frame,
            origin_x=self._frame.origin_x - offset.x(),
            origin_y=self._frame.origin_y - offset.y(),
        )
        self._painted = self._painted.translated(offset).intersected(self._image.rect())
        self._dirty = self._dirty.translated(offset)

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


def _joined(strips: list[QRect], ahead: list[QRect]) -> list[QRect]:
    """Strips and one that is painted ahead, as one rectangle where they make one."""
    joined = QRegion()
    for rect in strips + ahead:
        joined += rect
    return _rects(joined)


def _at_most(rects: list[QRect], most_px: int) -> list[QRect]:
    """The first of some rectangles, the last of them cut, so that they are about so many px."""
    kept, left = [], most_px
    for rect in rects:
        if left <= 0:
            break
        kept.append(
            QRect(rect.left(), rect.top(), rect.width(), min(rect.height(), max(1, left // rect.width())))
        )
        left -= rect.width() * rect.height()
    return kept


def _rects(region: QRegion) -> list[QRect]:
    return list(region)  # type: ignore[call-overload]  # PySide6 lists it in __begin/__end only
