"""A small panel of dark glass that floats on the slide."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
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
        painter.drawImage(0, 0, _glass(self.width(), self.height(), self.devicePixelRatioF()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        self.paint_content(painter)
        painter.end()


@lru_cache(maxsize=16)
def _glass(width: int, height: int, ratio: float) -> QImage:
    """The glass ready to be drawn: overlays are painted with every frame, and its round corners take a millisecond."""
    image = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.GLASS)
    painter.drawRoundedRect(QRectF(0, 0, width, height), theme.RADIUS, theme.RADIUS)
    painter.end()
    return image
