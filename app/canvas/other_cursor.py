"""The cursor of the view beside, shown at the same place of the slide."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.state.viewport import PointView

_SIDE = 23
_ARM, _GAP = 10.0, 3.0


class OtherCursor(QWidget):
    """A thin cross on a dark rim, with a gap in which the nucleus pointed at stays to be seen."""

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedSize(_SIDE, _SIDE)
        self.hide()

    def show_at(self, place: PointView | None) -> None:
        """Shows it at a place of the view, or not at all."""
        if place is not None:
            self.move(round(place.x) - _SIDE // 2, round(place.y) - _SIDE // 2)
        self.setVisible(place is not None)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        middle = QPointF(_SIDE / 2, _SIDE / 2)
        for colour, width in ((QColor(0, 0, 0, 170), 3), (QColor(255, 255, 255), 1)):
            painter.setPen(QPen(colour, width))
            for way in (QPointF(1, 0), QPointF(-1, 0), QPointF(0, 1), QPointF(0, -1)):
                painter.drawLine(middle + way * _GAP, middle + way * _ARM)
        painter.end()
