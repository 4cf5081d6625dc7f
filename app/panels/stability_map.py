"""The small pictures of the stability card: a map on a fixed scale, and curves of probability against angle."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.canvas.colormaps import colour_table
from app.canvas.heatmap_image import quantised
from app.theme import DARK, Palette
from inference.results.stability import QUARTER

MAP_PX = 152
"""Width of a map in the side panel, whose own width is fixed: a height that followed a resize would come too late."""
TALLEST_PX, LEAST_PX = 132, 40
"""Of a map: a tall region gets a narrower picture rather than a card that fills the screen."""
SCALE_PX, GAP_PX = 4, 3
"""The scale's colours below the map, and the space between."""
CURVE_PX = 76
NO_VALUE = 0xFF808080


class StabilityMap(QWidget):
    """Cells coloured on a scale that never changes, with the scale below.

    Signals:
        cellPointed: (row, column) under the cursor, or None.
        cellClicked: (row, column).
    """

    cellPointed = Signal(object)
    cellClicked = Signal(object)

    def __init__(self, colormap: str, *, top: float) -> None:
        """A map whose scale is 0..top."""
        super().__init__()
        self._table = [NO_VALUE, *colour_table(colormap, opacity=1.0, threshold=0.0)[1:]]
        self._top = top
        self._indices = np.zeros((1, 1), np.uint8)
        self._pointed: tuple[int, int] | None = None
        self._palette = DARK
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(LEAST_PX)

    def set_palette(self, palette: Palette) -> None:
        """Colours of what is drawn by hand."""
        self._palette = palette
        self.update()

    def show_values(self, values: NDArray[np.floating]) -> None:
        """Shows (rows, columns); NaN is grey."""
        self._indices = quantised(values / self._top)
        self._fit_height()
        self.update()

    def point_at(self, cell: tuple[int, int] | None) -> None:
        """Marks a cell (row, column), or none."""
        if cell != self._pointed:
            self._pointed = cell
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(MAP_PX, self.height())

    def map_rect(self) -> QRect:
        """Where the cells are drawn: as wide or as high as there is room, all cells square."""
        rows, columns = self._indices.shape
        room = self.height() - SCALE_PX - GAP_PX
        side = min(self.width() / columns, room / rows)
        width, height = round(side * columns), round(side * rows)
        return QRect((self.width() - width) // 2, (room - height) // 2, width, height)

    def cell_rect(self, cell: tuple[int, int]) -> QRectF:
        """Where a cell (row, column) is drawn."""
        (rows, columns), rect = self._indices.shape, self.map_rect()
        width, height = rect.width() / columns, rect.height() / rows
        return QRectF(rect.x() + cell[1] * width, rect.y() + cell[0] * height, width, height)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.cellPointed.emit(self._cell_at(event.position()))

    def leaveEvent(self, _event: object) -> None:
        self.cellPointed.emit(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event.position())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self.cellClicked.emit(cell)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect = self.map_rect()
        painter.drawImage(rect, self._image(self._indices))
        scale = QRect(rect.x(), self.height() - SCALE_PX, rect.width(), SCALE_PX)
        painter.drawImage(scale, self._image(np.arange(1, 256, dtype=np.uint8)[None]))
        painter.setPen(QColor(self._palette.edge))
        painter.drawRect(rect.adjusted(0, 0, -1, -1))
        if self._pointed is not None:
            mark = self.cell_rect(self._pointed).adjusted(-1.5, -1.5, 1.5, 1.5)
            # Dark about white is seen on every colour of the scale.
            for colour, width in (("#000000", 3.0), ("#ffffff", 1.5)):
                painter.setPen(QPen(QColor(colour), width))
                painter.drawRect(mark)

    def _fit_height(self) -> None:
        rows, columns = self._indices.shape
        height = round(MAP_PX * rows / columns)
        self.setFixedHeight(min(TALLEST_PX, max(LEAST_PX, height)) + SCALE_PX + GAP_PX)

    def _cell_at(self, at: QPointF) -> tuple[int, int] | None:
        (rows, columns), rect = self._indices.shape, self.map_rect()
        if not QRectF(rect).contains(at):
            return None
        row = int((at.y() - rect.y()) * rows / rect.height())
        column = int((at.x() - rect.x()) * columns / rect.width())
        return min(row, rows - 1), min(column, columns - 1)

    def _image(self, indices: NDArray[np.uint8]) -> QImage:
        rows, columns = indices.shape
        lines = np.ascontiguousarray(indices)
        image = QImage(lines.data, columns, rows, columns, QImage.Format.Format_Indexed8)
        image.setColorTable(self._table)
        # A copy: the buffer above is gone with this call.
        return image.convertToFormat(QImage.Format.Format_RGB32)


class AngleCurves(QWidget):
    """Probability 0..1 against the angle 0..90 degrees, a line for each model, the threshold dashed."""

    def __init__(self) -> None:
        super().__init__()
        self._curves: list[tuple[NDArray[np.float64], NDArray[np.float32]]] = []
        self._threshold = 0.5
        self._palette = DARK
        self.setFixedHeight(CURVE_PX)
        self.setAccessibleName("Probability against angle")

    def set_palette(self, palette: Palette) -> None:
        """Colours of what is drawn by hand."""
        self._palette = palette
        self.update()

    def colours(self) -> tuple[str, str]:
        """Of the first and the second model."""
        return self._palette.accent, self._palette.warn

    def show_curves(
        self, curves: Sequence[tuple[NDArray[np.float64], NDArray[np.float32]]], *, threshold: float
    ) -> None:
        """Shows (angles in degrees, probabilities) of each model; none empties the frame."""
        self._curves, self._threshold = list(curves), threshold
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        frame = QRectF(18.5, 4.5, self.width() - 28, self.height() - 24)
        painter.setPen(QColor(self._palette.edge))
        painter.drawRect(frame)
        painter.setPen(QColor(self._palette.text_secondary))
        middle = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value, y in (("1", frame.top() + 3), ("0", frame.bottom() - 3)):
            painter.drawText(QRectF(0, y - 7, 14, 14), middle, value)
        for angle in (0, 45, 90):
            x = frame.left() + angle / QUARTER * frame.width()
            painter.drawText(
                QRectF(x - 24, frame.bottom() + 3, 48, 14), Qt.AlignmentFlag.AlignHCenter, f"{angle}°"
            )
        y = frame.bottom() - self._threshold * frame.height()
        painter.setPen(QPen(QColor(self._palette.text_secondary), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(frame.left(), y), QPointF(frame.right(), y))
        for colour, (angles, values) in zip(self.colours(), self._curves, strict=False):
            points = [
                QPointF(
                    frame.left() + angle / QUARTER * frame.width(),
                    frame.bottom() - float(value) * frame.height(),
                )
                for angle, value in zip(angles, values, strict=True)
                if np.isfinite(value)
            ]
            painter.setPen(QPen(QColor(colour), 1.6))
            painter.drawPolyline(QPolygonF(points))
