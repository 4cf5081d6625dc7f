"""The minimap: the whole slide in small with the part on show and what was looked at, to be clicked or dragged."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.canvas import theme
from app.canvas.overlay import Overlay
from inference.slides.frames import PointL0, SizeL0

BOX_WIDTH, BOX_HEIGHT = 240, 150
"""The slide's picture fits this box (device-independent px): enough to aim at a node."""
_BORDER = 5
_LEAST_MARK = 6.0
"""The view's rectangle is never drawn smaller than this, or it would vanish at 40x."""
_FIGURE_HEIGHT = 16


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
        self._tint: QImage | None = None
        self._tint_side_l0 = 1.0
        self._figure = ""
        self._tinted: QImage | None = None
        self._corners_l0: tuple[PointL0, ...] = ()
        self.setAccessibleName("Minimap")
        self.setToolTip("Click or drag to move the view")

    def set_slide(self, size_l0: SizeL0 | None) -> None:
        """The slide's size, or None for no slide; forgets the thumbnail."""
        self._size_l0, self._thumbnail = size_l0, None
        self._tint, self._figure, self._tinted = None, "", None
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
        self._make_tinted()
        self.update()

    def set_coverage(self, tint: QImage | None, *, side_l0: float, figure: str) -> None:
        """What was looked at: one px of `tint` a square of `side_l0`, None for none, and a few words below."""
        self._tint, self._tint_side_l0, self._figure = tint, side_l0, figure
        self.setAccessibleDescription(figure)
        if self._size_l0 is not None:
            self.setFixedSize(self.sizeHint())
        self._make_tinted()
        self.update()

    @property
    def figure(self) -> str:
        """The words below the picture."""
        return self._figure

    def set_view(self, corners_l0: tuple[PointL0, ...]) -> None:
        """The places under the view's corners, in turn."""
        if corners_l0 != self._corners_l0:
            self._corners_l0 = corners_l0
            self.update()

    def has_content(self) -> bool:
        return self._size_l0 is not None

    def sizeHint(self) -> QSize:
        picture = self._picture_size()
        width = picture.width()
        if self._figure:
            # A tall slide's picture is narrower than the words.
            width = max(width, round(QFontMetricsF(self._figure_font()).horizontalAdvance(self._figure)) + 4)
        return QSize(width + 2 * _BORDER, picture.height() + 2 * _BORDER + self._figure_height())

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
        if self._tinted is not None:
            painter.drawImage(picture, self._tinted, QRectF(self._tinted.rect()))
        if self._figure:
            self._paint_figure(painter, picture)
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
        size = self._picture_size()
        return QRectF((self.width() - size.width()) / 2, _BORDER, size.width(), size.height())

    def _picture_size(self) -> QSize:
        if self._size_l0 is None:
            return QSize(BOX_WIDTH, BOX_HEIGHT)
        scale = min(BOX_WIDTH / self._size_l0.width, BOX_HEIGHT / self._size_l0.height)
        return QSize(
            max(12, round(self._size_l0.width * scale)), max(12, round(self._size_l0.height * scale))
        )

    def _figure_font(self) -> QFont:
        return theme.font_of(self.font(), pixels=theme.CAPTION_PX)

    def _figure_height(self) -> int:
        return _FIGURE_HEIGHT if self._figure else 0

    def _make_tinted(self) -> None:
        """The picture with the tint on it, kept: the minimap is painted with every frame."""
        self._tinted = self._thumbnail
        if self._thumbnail is None or self._tint is None or self._size_l0 is None:
            return
        self._tinted = self._thumbnail.copy()
        painter = QPainter(self._tinted)
        # The last squares reach beyond the slide.
        across = self._size_l0.width / self._tint_side_l0
        down = self._size_l0.height / self._tint_side_l0
        painter.drawImage(QRectF(self._tinted.rect()), self._tint, QRectF(0, 0, across, down))
        painter.end()

    def _paint_figure(self, painter: QPainter, picture: QRectF) -> None:
        line = QRectF(0, picture.bottom() + 1, self.width(), _FIGURE_HEIGHT)
        painter.setFont(self._figure_font())
        painter.setPen(theme.TEXT)
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, self._figure)


def _length(vector: QPointF) -> float:
    return math.hypot(vector.x(), vector.y())


def _is_upright(outline: QPolygonF) -> bool:
    """Whether a rectangle's sides are parallel to the axes."""
    if outline.count() < 4:
        return False
    side = outline.at(1) - outline.at(0)
    return min(abs(side.x()), abs(side.y())) < 1e-6
