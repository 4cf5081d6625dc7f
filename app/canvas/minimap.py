"""The minimap: the whole slide in small with the part on show, to be clicked or dragged."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.canvas import theme
from app.canvas.overlay import Overlay
from inference.slides.frames import PointL0, RegionL0, SizeL0

BOX_WIDTH, BOX_HEIGHT = 240, 150
"""The slide's picture fits this box (device-independent px): enough to aim at a node."""
_BORDER = 5
_LEAST_MARK = 6.0
"""The view's rectangle is never drawn smaller than this, or it would vanish at 40x."""


class Minimap(Overlay):
    """Shows a thumbnail and the view's rectangle.

    Signals:
        placeChosen: a `PointL0` that the user wants in the middle of the view.
    """

    placeChosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, False)
        self._size_l0: SizeL0 | None = None
        self._thumbnail: QImage | None = None
        self._view_l0: RegionL0 | None = None
        self.setAccessibleName("Minimap")
        self.setToolTip("Click or drag to move the view")

    def set_slide(self, size_l0: SizeL0 | None) -> None:
        """The slide's size, or None for no slide; forgets the thumbnail."""
        self._size_l0, self._thumbnail = size_l0, None
        if size_l0 is not None:
            self.setFixedSize(self.sizeHint())
        self.update()

    def set_thumbnail(self, image: QImage) -> None:
        """The whole slide as a picture of any size."""
        ratio = self.devicePixelRatioF()
        picture = self._picture_rect()
        self._thumbnail = image.scaled(
            round(picture.width() * ratio),
            round(picture.height() * ratio),
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        self.update()

    def set_view(self, region_l0: RegionL0) -> None:
        """The part of the slide on show."""
        if region_l0 != self._view_l0:
            self._view_l0 = region_l0
            self.update()

    def has_content(self) -> bool:
        return self._size_l0 is not None

    def sizeHint(self) -> QSize:
        if self._size_l0 is None:
            return QSize(BOX_WIDTH, BOX_HEIGHT)
        scale = min(BOX_WIDTH / self._size_l0.width, BOX_HEIGHT / self._size_l0.height)
        return QSize(
            max(12, round(self._size_l0.width * scale)) + 2 * _BORDER,
            max(12, round(self._size_l0.height * scale)) + 2 * _BORDER,
        )

    def view_rect(self) -> QRectF:
        """The view's rectangle in widget px, kept on the picture and never too small to be seen."""
        if self._size_l0 is None or self._view_l0 is None:
            return QRectF()
        picture = self._picture_rect()
        across, down = picture.width() / self._size_l0.width, picture.height() / self._size_l0.height
        rect = QRectF(
            picture.left() + self._view_l0.x * across,
            picture.top() + self._view_l0.y * down,
            self._view_l0.width * across,
            self._view_l0.height * down,
        )
        if rect.width() < _LEAST_MARK or rect.height() < _LEAST_MARK:
            width, height = max(rect.width(), _LEAST_MARK), max(rect.height(), _LEAST_MARK)
            rect = QRectF(rect.center().x() - width / 2, rect.center().y() - height / 2, width, height)
        return rect.intersected(picture)

    def paint_content(self, painter: QPainter) -> None:
        picture = self._picture_rect()
        if self._thumbnail is not None:
            painter.drawImage(picture, self._thumbnail, QRectF(self._thumbnail.rect()))
        rect = self.view_rect()
        if rect.isEmpty():
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(0, 0, 0, 150), 4))
        painter.drawRect(rect.adjusted(1, 1, -1, -1))
        painter.setPen(QPen(theme.MARK, 2))
        painter.drawRect(rect.adjusted(1, 1, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._choose(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._choose(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # Taken here, else the slide below would zoom.
        event.accept()

    def _choose(self, event: QMouseEvent) -> None:
        event.accept()
        if self._size_l0 is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        picture, place = self._picture_rect(), event.position()
        x = min(max((place.x() - picture.left()) / picture.width(), 0.0), 1.0)
        y = min(max((place.y() - picture.top()) / picture.height(), 0.0), 1.0)
        self.placeChosen.emit(PointL0(x * self._size_l0.width, y * self._size_l0.height))

    def _picture_rect(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_BORDER, _BORDER, -_BORDER, -_BORDER)
