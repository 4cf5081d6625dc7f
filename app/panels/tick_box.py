"""A check box with the program's own tick."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QStyle, QStyleOptionButton

from app.icons import pixmap_of

_TICK_PX = 14
_ON_ACCENT = "#ffffff"


class TickBox(QCheckBox):
    """The style sheet colours the box; a tick in a style sheet would need a file in each colour."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.isChecked():
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        box = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self)
        pixmap = pixmap_of("tick", _ON_ACCENT, ratio=self.devicePixelRatioF(), pixels=_TICK_PX)
        painter = QPainter(self)
        painter.drawPixmap(box.center().x() - _TICK_PX // 2 + 1, box.center().y() - _TICK_PX // 2 + 1, pixmap)
        painter.end()
