"""Selects annotations and edits them: click, frame, move, drag vertices, add and remove them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from app.canvas.device_frame import DeviceFrame
from app.canvas.tools.draw_tools import DRAG_VIEW, apart_view, paint_draft
from app.canvas.tools.tool import Hand, Tool
from inference.results.annotation import Annotation
from inference.results.annotation_edit import handles_of, with_handle_at, with_vertex_added, without_vertex
from inference.slides.frames import Mpp, PointL0, RegionL0

REACH_VIEW = 7.0
"""View px around a handle in which it is gripped."""
MOST_MOVED = 200
"""More annotations than this are moved without showing each while the hand moves."""


@dataclass(frozen=True, slots=True)
class _Grip:
    """What the press took hold of: a handle of one annotation, one of those selected, or nothing (a frame)."""

    start: Hand
    annotation: Annotation | None = None
    handle: int | None = None
    under: int | None = None


class SelectTool(Tool):
    """Asks what lies under the hand and tells what shall become of it.

    Signals:
        picked: the ids to select.
        moved: level-0 dx and dy for all that is selected.
        reshaped: an `Annotation` with another outline, and what was done to it.
    """

    picked = Signal(object)
    moved = Signal(float, float)
    reshaped = Signal(object, str)
    cursor = Qt.CursorShape.ArrowCursor

    def __init__(
        self,
        selected: Callable[[], Sequence[Annotation]],
        id_at: Callable[[Hand], int | None],
        ids_inside: Callable[[RegionL0], list[int]],
    ) -> None:
        super().__init__()
        self._selected = selected
        self._id_at = id_at
        self._ids_inside = ids_inside
        self._grip: _Grip | None = None
        self._at: Hand | None = None

    @property
    def is_busy(self) -> bool:
        """Whether the hand holds something."""
        return self._grip is not None

    def press(self, hand: Hand) -> bool:
        selected = self._selected()
        handle = self._handle_at(hand)
        if handle is not None:
            if hand.modifiers & Qt.KeyboardModifier.AltModifier:
                self._reshape(lambda: without_vertex(selected[0], handle), "Remove vertex")
                return True
            self._grip = _Grip(hand, selected[0], handle)
        else:
            under = self._id_at(hand)
            ids = [each.id for each in selected]
            if hand.modifiers & Qt.KeyboardModifier.ShiftModifier:
                if under is not None:
                    self.picked.emit(
                        [each for each in ids if each != under] if under in ids else [*ids, under]
                    )
                    return True
                self._grip = _Grip(hand)
            elif under is None:
                self._grip = _Grip(hand)
            else:
                if under not in ids:
                    self.picked.emit([under])
                self._grip = _Grip(hand, under=under)
        self._at = hand
        return True

    def move(self, hand: Hand) -> bool:
        if self._grip is None:
            return False
        self._at = hand
        self.changed.emit()
        return True

    def release(self, hand: Hand) -> bool:
        grip, self._grip, self._at = self._grip, None, None
        self.changed.emit()
        if grip is None:
            return True
        dragged = apart_view(grip.start, hand) > DRAG_VIEW
        annotation, handle = grip.annotation, grip.handle
        if annotation is not None and handle is not None:
            if dragged:
                at = hand.point_l0
                self._reshape(lambda: with_handle_at(annotation, handle, at.x, at.y), "Move vertex")
        elif grip.under is not None:
            if dragged:
                start, end = grip.start.point_l0, hand.point_l0
                self.moved.emit(end.x - start.x, end.y - start.y)
            else:
                self.picked.emit([grip.under])
        elif dragged:
            inside = self._ids_inside(_region(grip.start.point_l0, hand.point_l0))
            shift = hand.modifiers & Qt.KeyboardModifier.ShiftModifier
            self.picked.emit([*(each.id for each in self._selected()), *inside] if shift else inside)
        elif not hand.modifiers & Qt.KeyboardModifier.ShiftModifier:
            self.picked.emit([])
        return True

    def double_click(self, hand: Hand) -> bool:
        """A vertex on the outline of the one selected."""
        selected = self._selected()
        if len(selected) == 1 and not selected[0].locked:
            boundary = selected[0].geometry
            if selected[0].is_area:
                boundary = shapely.boundary(boundary)
            reach_l0 = REACH_VIEW * hand.l0_per_view
            if shapely.distance(boundary, shapely.Point(hand.point_l0.x, hand.point_l0.y)) <= reach_l0:
                at = hand.point_l0
                self._reshape(lambda: with_vertex_added(selected[0], at.x, at.y), "Add vertex")
                return True
        return True

    def cancel(self) -> bool:
        begun = self._grip is not None
        self._grip = self._at = None
        self.changed.emit()
        return begun

    def paint(self, painter: QPainter, frame: DeviceFrame, *, mpp: Mpp | None, font: QFont) -> None:
        grip, at = self._grip, self._at
        if grip is None or at is None or apart_view(grip.start, at) <= DRAG_VIEW:
            return
        if grip.annotation is not None and grip.handle is not None:
            try:
                changed = with_handle_at(grip.annotation, grip.handle, at.point_l0.x, at.point_l0.y)
            except ValueError:
                return
            paint_draft(painter, frame, changed.geometry, (255, 255, 255))
        elif grip.under is not None:
            dx, dy = at.point_l0.x - grip.start.point_l0.x, at.point_l0.y - grip.start.point_l0.y
            for each in self._selected()[:MOST_MOVED]:
                if not each.locked:
                    paint_draft(painter, frame, each.moved(dx, dy).geometry, (255, 255, 255))
        else:
            _paint_frame(painter, frame, grip.start.point_l0, at.point_l0)

    def _handle_at(self, hand: Hand) -> int | None:
        """The handle under the hand, of the only one selected."""
        selected = self._selected()
        if len(selected) != 1 or selected[0].locked:
            return None
        away = np.hypot(*(handles_of(selected[0]) - (hand.point_l0.x, hand.point_l0.y)).T)
        nearest = int(np.argmin(away))
        return nearest if away[nearest] <= REACH_VIEW * hand.l0_per_view else None

    def _reshape(self, make: Callable[[], Annotation], label: str) -> None:
        try:
            changed = make()
        except ValueError:
            # Too few vertices or no side would be left: the hand went too far, and everything stays.
            return
        self.reshaped.emit(changed, label)


def _region(one: PointL0, other: PointL0) -> RegionL0:
    left, top = min(one.x, other.x), min(one.y, other.y)
    return RegionL0(left, top, abs(one.x - other.x), abs(one.y - other.y))


def _paint_frame(painter: QPainter, frame: DeviceFrame, one: PointL0, other: PointL0) -> None:
    (x0, y0), (x1, y1) = frame.to_device(one), frame.to_device(other)
    painter.save()
    painter.setPen(QPen(QColor(255, 255, 255), frame.ratio, Qt.PenStyle.DashLine))
    painter.setBrush(QColor(255, 255, 255, 30))
    painter.drawRect(QRectF(min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0)))
    painter.restore()
