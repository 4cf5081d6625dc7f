"""Brush and eraser: a disc that adds to an area or takes from it, as wide on the screen at every zoom."""

from __future__ import annotations

import shapely
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from shapely.geometry.base import BaseGeometry

from app.canvas.device_frame import DeviceFrame
from app.canvas.tools.draw_tools import paint_draft
from app.canvas.tools.tool import Hand, Tool
from inference.results.annotation import UNCLASSIFIED_COLOUR, Colour
from inference.slides.frames import Mpp, PointL0

RADIUS_VIEW = 18.0
SMALLEST_VIEW, LARGEST_VIEW = 4.0, 120.0
STEP = 1.25
"""One press of < or > makes the disc so many times as wide."""
_SMOOTH_VIEW = 0.7
"""View px: the edge of a stroke is simplified by so much."""


class BrushTool(Tool):
    """Paints with the button held; Alt swaps brush and eraser.

    Signals:
        stroked: the stroke's area in level-0 px, the `PointL0` it began at, and whether it erases.
    """

    stroked = Signal(object, object, bool)
    cursor = Qt.CursorShape.BlankCursor

    def __init__(self, *, erases: bool) -> None:
        super().__init__()
        self.colour: Colour = UNCLASSIFIED_COLOUR
        self._erases = erases
        self._radius_view = RADIUS_VIEW
        self._places: list[tuple[float, float]] = []
        self._start: Hand | None = None
        self._at: Hand | None = None
        self._stroke: BaseGeometry | None = None
        self._swapped = False

    @property
    def is_busy(self) -> bool:
        """Whether a stroke is under way."""
        return self._start is not None

    def press(self, hand: Hand) -> bool:
        self._start = self._at = hand
        self._swapped = bool(hand.modifiers & Qt.KeyboardModifier.AltModifier)
        self._places = [(hand.point_l0.x, hand.point_l0.y)]
        self._grow(hand)
        self.changed.emit()
        return True

    def move(self, hand: Hand) -> bool:
        self._at = hand
        if self._start is not None:
            self._places.append((hand.point_l0.x, hand.point_l0.y))
            self._grow(hand)
        self.changed.emit()
        return self._start is not None

    def release(self, hand: Hand) -> bool:
        start, stroke, erases = self._start, self._stroke, self._erases != self._swapped
        self.cancel()
        if start is not None and stroke is not None:
            outline = shapely.simplify(stroke, _SMOOTH_VIEW * hand.l0_per_view, preserve_topology=True)
            self.stroked.emit(outline, start.point_l0, erases)
        return True

    def double_click(self, hand: Hand) -> bool:
        return self.press(hand)

    def key_press(self, key: Qt.Key) -> bool:
        if key in (Qt.Key.Key_Less, Qt.Key.Key_Greater):
            factor = STEP if key == Qt.Key.Key_Greater else 1 / STEP
            self._radius_view = min(max(self._radius_view * factor, SMALLEST_VIEW), LARGEST_VIEW)
            self.changed.emit()
            return True
        return False

    def cancel(self) -> bool:
        begun = self._start is not None
        self._start, self._stroke, self._places = None, None, []
        self.changed.emit()
        return begun

    def paint(self, painter: QPainter, frame: DeviceFrame, *, mpp: Mpp | None, font: QFont) -> None:
        erases = self._erases != self._swapped
        if self._stroke is not None:
            paint_draft(painter, frame, self._stroke, (255, 255, 255) if erases else self.colour)
        if self._at is None:
            return
        x, y = frame.to_device(PointL0(self._at.point_l0.x, self._at.point_l0.y))
        radius = self._radius_view * frame.ratio
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        own = QColor(255, 255, 255) if erases else QColor(*self.colour)
        for colour, width in ((QColor(0, 0, 0, 150), 3.0), (own, 1.5)):
            style = Qt.PenStyle.DashLine if erases else Qt.PenStyle.SolidLine
            painter.setPen(QPen(colour, width * frame.ratio, style))
            painter.drawEllipse(QPointF(x, y), radius, radius)
        painter.restore()

    def _grow(self, hand: Hand) -> None:
        """Adds the way since the last place to the stroke."""
        way = (
            shapely.LineString(self._places[-2:]) if len(self._places) > 1 else shapely.Point(self._places[0])
        )
        disc = shapely.buffer(way, self._radius_view * hand.l0_per_view, quad_segs=12)
        self._stroke = disc if self._stroke is None else shapely.union(self._stroke, disc)
