"""Measures distances: drag, or click twice; the lengths stay until Escape or another tool."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from app.canvas import theme
from app.canvas.device_frame import DeviceFrame
from app.canvas.tools.tool import Hand, Tool
from inference.slides.frames import Mpp, PointL0

DRAG_VIEW = 4.0
"""A press that moved less before it was let go is the first of two clicks."""
_TICK = 6.0
_LABEL_PX = 12


@dataclass(frozen=True, slots=True)
class Distance:
    """A line between two places."""

    start_l0: PointL0
    end_l0: PointL0

    def um(self, mpp: Mpp) -> float:
        """Its length in micrometres, each axis at its own resolution."""
        dx, dy = self.end_l0.x - self.start_l0.x, self.end_l0.y - self.start_l0.y
        return math.hypot(dx * mpp.x, dy * mpp.y)

    def text(self, mpp: Mpp | None) -> str:
        """Its length in words: µm, from 1 mm on mm, and px while the resolution is unknown."""
        if mpp is None:
            dx, dy = self.end_l0.x - self.start_l0.x, self.end_l0.y - self.start_l0.y
            return f"{math.hypot(dx, dy):.0f} px"
        um = self.um(mpp)
        if um >= 1000:
            return f"{um / 1000:.2f} mm"
        return f"{um:.0f} µm" if um >= 100 else f"{um:.1f} µm"


class MeasureTool(Tool):
    """Idle, or drawing from a start; `distances` are those finished."""

    def __init__(self) -> None:
        super().__init__()
        self.distances: tuple[Distance, ...] = ()
        self._start: Hand | None = None
        self._end_l0: PointL0 | None = None

    @property
    def current(self) -> Distance | None:
        """The distance being drawn."""
        if self._start is None or self._end_l0 is None:
            return None
        return Distance(self._start.point_l0, self._end_l0)

    def press(self, hand: Hand) -> bool:
        if self._start is None:
            self._start, self._end_l0 = hand, hand.point_l0
        else:
            self._finish(hand)
        self.changed.emit()
        return True

    def move(self, hand: Hand) -> bool:
        if self._start is None:
            return False
        self._end_l0 = hand.point_l0
        self.changed.emit()
        return True

    def release(self, hand: Hand) -> bool:
        if self._start is not None and _apart_view(self._start, hand) > DRAG_VIEW:
            self._finish(hand)
            self.changed.emit()
        return True

    def double_click(self, hand: Hand) -> bool:
        # Two quick clicks on one spot measure nothing; taken here, else the slide would zoom.
        return True

    def cancel(self) -> bool:
        if self._start is not None:
            self._start = self._end_l0 = None
        elif self.distances:
            self.distances = ()
        else:
            return False
        self.changed.emit()
        return True

    def paint(self, painter: QPainter, frame: DeviceFrame, *, mpp: Mpp | None, font: QFont) -> None:
        current = self.current
        for distance in (*self.distances, *(() if current is None else (current,))):
            _paint_distance(painter, frame, distance, mpp=mpp, font=font)

    def _finish(self, hand: Hand) -> None:
        start, self._start, self._end_l0 = self._start, None, None
        if start is not None and start.point_l0 != hand.point_l0:
            self.distances = (*self.distances, Distance(start.point_l0, hand.point_l0))


def _apart_view(one: Hand, other: Hand) -> float:
    return math.hypot(one.point_view.x - other.point_view.x, one.point_view.y - other.point_view.y)


def _paint_distance(
    painter: QPainter, frame: DeviceFrame, distance: Distance, *, mpp: Mpp | None, font: QFont
) -> None:
    start, end = QPointF(*frame.to_device(distance.start_l0)), QPointF(*frame.to_device(distance.end_l0))
    along = end - start
    length = math.hypot(along.x(), along.y())
    across = QPointF(-along.y(), along.x()) * (_TICK * frame.ratio / length) if length else QPointF()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for colour, width in ((QColor(0, 0, 0, 150), 4.0), (theme.MARK, 2.0)):
        painter.setPen(QPen(colour, width * frame.ratio))
        painter.drawLine(start, end)
        for point in (start, end):
            painter.drawLine(point - across, point + across)
    text = distance.text(mpp)
    label_font = theme.font_of(font, pixels=round(_LABEL_PX * frame.ratio), weight=QFont.Weight.DemiBold)
    metrics = QFontMetricsF(label_font)
    width, height = metrics.horizontalAdvance(text) + 10 * frame.ratio, metrics.height() + 3 * frame.ratio
    # Beside the line's end, where the hand's next look goes, and never under the cursor.
    box = QRectF(end.x() + 10 * frame.ratio, end.y() - height - 6 * frame.ratio, width, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.GLASS)
    painter.drawRoundedRect(box, 4 * frame.ratio, 4 * frame.ratio)
    painter.setPen(theme.TEXT)
    painter.setFont(label_font)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()
