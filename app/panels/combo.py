"""A combo box with the program's own chevron, and ignoring the wheel unless it is in use."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QWheelEvent
from PySide6.QtWidgets import QComboBox

from app.icons import pixmap_of

_CHEVRON_PX = 14


class Combo(QComboBox):
    """Scrolling the side panel never changes a choice by accident."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        role = QPalette.ColorRole.ButtonText
        colour = self.palette().color(role).name()
        pixmap = pixmap_of("chevron-down", colour, ratio=self.devicePixelRatioF(), pixels=_CHEVRON_PX)
        painter = QPainter(self)
        painter.drawPixmap(self.width() - _CHEVRON_PX - 8, (self.height() - _CHEVRON_PX) // 2, pixmap)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
