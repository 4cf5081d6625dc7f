"""The minimap: the whole slide in small with the part on show, to be clicked or dragged."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.canvas import theme
from app.canvas.overlay import Overlay
from inference.slides.frames import PointL0, SizeL0

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
        self._corners_l0: tuple[PointL0, ...] = ()
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

    def set_view(self, corners_l0: tuple[PointL0, ...]) -> None:
        """The places under the view's corners, in turn."""
        if corners_l0 != self._corners_l0:
            self._corners_l0 = corners_l0
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

    def view_outline(self) -> QPolygonF:
        """The view's outline in widget px, never too small to be seen; empty without a slide."""
        if self._size_l0 is None or not self._corners_l0:
            return QPolygonF()
        picture = self._picture_rect()
        across, down = picture.width() / self._size_l0.width, picture.height() / self._size_l0.height
        corners = [
            QPointF(picture.left() + corner.x * across, picture.top() + corner.y * down)
            for corner in self._corners_l0
        ]
        middle = (corners[0] + corners[2]) / 2
        shorter = min(_length(corners[1] - corners[0]), _length(corners[2] - corners[1]))
        enlarged = max(1.0, _LEAST_MARK / max(shorter, 1e-6))
        return QPolygonF([middle + (corner - middle) * enlarged for corner in corners])

    def paint_content(self, painter: QPainter) -> None:
        picture = self._picture_rect()
        if self._thumbnail is not None:
            painter.drawImage(picture, self._thumbnail, QRectF(self._thumbnail.rect()))
        outline = self.view_outline()
        painter.setClipRect(picture)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # Within the picture's edge even where the view reaches beyond the slide.
        if _is_upright(outline):
            inner = outline.boundingRect().intersected(picture.adjusted(1, 1, -1, -1))
            outline = QPolygonF(inner)
        for colour, width in ((QColor(0, 0, 0, 150), 4), (theme.MARK, 2)):
            painter.setPen(QPen(colour, width))
            painter.drawPolygon(outline)

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


def _length(vector: QPointF) -> float:
    return math.hypot(vector.x(), vector.y())


def _is_upright(outline: QPolygonF) -> bool:
    """Whether a rectangle's sides are parallel to the axes."""
    if outline.count() < 4:
        return False
    side = outline.at(1) - outline.at(0)
    return min(abs(side.x()), abs(side.y())) < 1e-6
