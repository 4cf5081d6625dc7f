"""A small panel of dark glass that floats on the slide."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.canvas import theme


class Overlay(QWidget):
    """Paints the glass; what is on it is painted by `paint_content`.

    An overlay has two reasons to be hidden: nothing to show (`has_content`) and the user's wish. `Overlays`
    asks the first and knows the second.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def has_content(self) -> bool:
        """Whether there is something to show."""
        raise NotImplementedError

    def paint_content(self, painter: QPainter) -> None:
        """Paints on the glass, in the widget's coordinates."""
        raise NotImplementedError

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.GLASS)
        painter.drawRoundedRect(QRectF(self.rect()), theme.RADIUS, theme.RADIUS)
        self.paint_content(painter)
        painter.end()
