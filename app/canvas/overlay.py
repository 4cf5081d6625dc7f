"""A small panel of dark glass that floats on the slide."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
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
        self._paint(painter)
        painter.end()

    def _paint(self, painter: QPainter) -> None:
        painter.drawImage(0, 0, _glass(self.width(), self.height(), self.devicePixelRatioF()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        self.paint_content(painter)


class KeptOverlay(Overlay):
    """An overlay whose picture changes less often than the slide moves below it, and is kept meanwhile."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._kept = QImage()

    def refresh(self) -> None:
        """What is shown has changed."""
        self._kept = QImage()
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        # Another font or palette.
        self._kept = QImage()
        super().changeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        size = QSize(round(self.width() * ratio), round(self.height() * ratio))
        if self._kept.size() != size:
            self._kept = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
            self._kept.setDevicePixelRatio(ratio)
            self._kept.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._kept)
            self._paint(painter)
            painter.end()
        painter = QPainter(self)
        painter.drawImage(0, 0, self._kept)
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
