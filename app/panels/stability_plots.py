"""The pictures of rotation stability: maps of cells that can be zoomed and pointed at, their scales, and curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QApplication, QGraphicsRectItem, QSizePolicy, QWidget

from app.canvas.colormaps import colour_table
from app.canvas.heatmap_image import quantised
from app.single_shot import single_shot
from app.theme import DARK, Palette
from inference.results.stability import QUARTER
from inference.slides.slide import RgbImage

# Leaving the program is Program.stop's business, not that of a library at exit; and a move that came soon after
# another would be dropped, the last one too, which leaves the mark beside the cursor.
pg.setConfigOptions(imageAxisOrder="row-major", antialias=True, exitCleanup=False, mouseRateLimit=-1)

FEWEST_CELLS = 4
"""Nearer than so many cells across there is nothing more to see."""
SCALE_PX = 22
NO_VALUE = 0xFF808080
VEIL, VEIL_GREY = 0.55, 153
"""As in the figure for print."""
Line = tuple[NDArray[np.float64], tuple[int, int, int]]
"""(points, 2) column and row in cells, closed as drawn; and its colour."""


class CellMap(pg.GraphicsView):
    """A picture in cells: column to the right, row down; drag pans, the wheel zooms, a double click shows all.

    Signals:
        cellPointed: (row, column) under the cursor, or None.
        cellClicked: (row, column), once no second click can follow.
        moved: the `QRectF` of cells on show, after the user moved or zoomed.
    """

    cellPointed = Signal(object)
    cellClicked = Signal(object)
    moved = Signal(object)

    def __init__(self, *, plain_wheel: bool) -> None:
        """`plain_wheel`: the wheel zooms by itself; else only with Ctrl, and scrolls what the map lies in without."""
        super().__init__()
        self._plain_wheel = plain_wheel
        self._shape = (1, 1)
        self._box = pg.ViewBox(lockAspect=True, invertY=True, enableMenu=False, defaultPadding=0)
        self._box.disableAutoRange()
        self._picture = pg.ImageItem()
        self._box.addItem(self._picture)
        self._lines: list[pg.PlotCurveItem] = []
        self._marks = [QGraphicsRectItem() for _ in range(2)]
        # Dark about white is seen on every colour of a scale.
        for mark, colour, width in zip(self._marks, ("#000000", "#ffffff"), (4.0, 2.0), strict=True):
            pen = QPen(QColor(colour), width)
            pen.setCosmetic(True)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            mark.setPen(pen)
            mark.setVisible(False)
            mark.setZValue(10)
            self._box.addItem(mark, ignoreBounds=True)
        self.setCentralItem(self._box)
        self.setMouseTracking(True)
        self._clicked: tuple[int, int] | None = None
        # The first click of a double click comes as a click of its own.
        self._alone = single_shot(
            self, QApplication.doubleClickInterval(), lambda: self.cellClicked.emit(self._clicked)
        )
        self._box.sigRangeChangedManually.connect(lambda *_: self.moved.emit(self.shown()))
        self.scene().sigMouseMoved.connect(lambda at: self.cellPointed.emit(self._cell_at(at)))
        self.scene().sigMouseClicked.connect(self._on_clicked)

    def set_palette(self, palette: Palette) -> None:
        """Colours around the picture."""
        self.setBackground(palette.ground)
        self._box.setBorder(pg.mkPen(palette.edge))

    def show_picture(self, picture: RgbImage, *, rows: int, columns: int) -> None:
        """Shows pixels (height, width, 3) that fill so many cells."""
        self._picture.setImage(picture, autoLevels=False, levels=(0, 255))
        self._fill(rows, columns)

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Draws outlines over the picture in place of those before."""
        for item in self._lines:
            self._box.removeItem(item)
        self._lines = []
        for points, colour in lines:
            item = pg.PlotCurveItem(points[:, 0], points[:, 1], pen=pg.mkPen(colour, width=2))
            self._box.addItem(item, ignoreBounds=True)
            self._lines.append(item)

    def point_at(self, cell: tuple[int, int] | None) -> None:
        """Marks a cell (row, column), or none."""
        for mark in self._marks:
            mark.setVisible(cell is not None)
            if cell is not None:
                mark.setRect(QRectF(cell[1], cell[0], 1, 1))

    def shown(self) -> QRectF:
        """The cells on show: columns along x, rows along y."""
        shown: QRectF = self._box.viewRect()
        return shown

    def show_part(self, part: QRectF) -> None:
        """Shows so much of the picture; it is no move of the user's."""
        self._box.setRange(part, padding=0)

    def show_all(self) -> None:
        """The whole picture."""
        rows, columns = self._shape
        self.show_part(QRectF(0, 0, columns, rows))

    def cell_rect(self, cell: tuple[int, int]) -> QRectF:
        """Where a cell (row, column) is, in px of this widget."""
        across = self._box.mapViewToScene(QPointF(cell[1], cell[0]))
        down = self._box.mapViewToScene(QPointF(cell[1] + 1, cell[0] + 1))
        return QRectF(QPointF(self.mapFromScene(across)), QPointF(self.mapFromScene(down)))

    def sizeHint(self) -> QSize:
        return QSize(152, 120)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 40)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self._plain_wheel or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event)
        else:
            event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.cellPointed.emit(None)

    def _fill(self, rows: int, columns: int) -> None:
        self._picture.setRect(QRectF(0, 0, columns, rows))
        if (rows, columns) != self._shape:
            self._shape = rows, columns
            most = 2.0 * max(rows, columns)
            self._box.setLimits(
                xMin=-most, xMax=columns + most, yMin=-most, yMax=rows + most, minXRange=FEWEST_CELLS
            )
            self.show_all()

    def _cell_at(self, at: QPointF) -> tuple[int, int] | None:
        """The cell at a place of the scene."""
        place = self._box.mapSceneToView(at)
        row, column = int(np.floor(place.y())), int(np.floor(place.x()))
        inside = 0 <= row < self._shape[0] and 0 <= column < self._shape[1]
        return (row, column) if inside and self._box.sceneBoundingRect().contains(at) else None

    def _on_clicked(self, click: Any) -> None:
        if click.button() != Qt.MouseButton.LeftButton:
            return
        if click.double():
            self._alone.stop()
            self.show_all()
            self.moved.emit(self.shown())
            return
        cell = self._cell_at(click.scenePos())
        if cell is not None:
            self._clicked = cell
            self._alone.start()


class ValueMap(CellMap):
    """Cells coloured on a scale that never changes."""

    def __init__(self, colormap: str, *, top: float, plain_wheel: bool) -> None:
        """A map whose scale is 0..top."""
        super().__init__(plain_wheel=plain_wheel)
        self._table = _rgb_table(colormap)
        self._top = top

    def show_values(self, values: NDArray[np.floating], veiled: NDArray[np.bool_]) -> None:
        """Shows (rows, columns); NaN is grey, and those `veiled` lie behind a veil, as they count in no figure."""
        rows, columns = values.shape
        picture = self._table[quantised(values / self._top)]
        picture[veiled] = (picture[veiled] * (1 - VEIL) + VEIL_GREY * VEIL).astype(np.uint8)
        self.show_picture(picture, rows=rows, columns=columns)


class ScaleStrip(QWidget):
    """The colours of a scale with its ends, and between them what it is of."""

    def __init__(self, colormap: str, *, top: float, title: str) -> None:
        super().__init__()
        self._colours, self._top, self._title = _rgb_table(colormap)[1:][None], top, title
        self._palette = DARK
        self.setFixedHeight(SCALE_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_palette(self, palette: Palette) -> None:
        """Colours of what is written."""
        self._palette = palette
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = np.ascontiguousarray(self._colours)
        strip = QImage(colours.data, colours.shape[1], 1, 3 * colours.shape[1], QImage.Format.Format_RGB888)
        painter.drawImage(QRectF(0, 0, self.width(), 5), strip)
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        painter.setPen(QColor(self._palette.text_secondary))
        below = QRectF(0, 6, self.width(), SCALE_PX - 6)
        for text, side in (
            ("0", Qt.AlignmentFlag.AlignLeft),
            (self._title, Qt.AlignmentFlag.AlignHCenter),
            (f"{self._top:g}", Qt.AlignmentFlag.AlignRight),
        ):
            painter.drawText(below, side | Qt.AlignmentFlag.AlignVCenter, text)


class AngleCurves(pg.PlotWidget):
    """Probability 0..1 against the angle 0..90 degrees, a line for each model, the threshold dashed."""

    def __init__(self) -> None:
        super().__init__()
        self._palette = DARK
        self.setMenuEnabled(False)
        self.setMouseEnabled(x=False, y=False)
        self.hideButtons()
        # The last label is left out where it would leave the axis.
        self.getPlotItem().layout.setContentsMargins(0, 4, 16, 0)
        self.setXRange(0, QUARTER, padding=0.03)
        self.setYRange(0, 1, padding=0.04)
        self.getAxis("bottom").setTicks([[(each, f"{each}°") for each in (0, 45, 90)]])
        self.getAxis("left").setTicks([[(each, f"{each:g}") for each in (0, 0.5, 1)]])
        for side in ("bottom", "left"):
            self.getAxis(side).setStyle(tickTextOffset=3, tickLength=-4, hideOverlappingLabels=False)
        self._curves = [self.plot([], []) for _ in range(2)]
        self._threshold = pg.InfiniteLine(0.5, angle=0)
        self.addItem(self._threshold)
        self.setAccessibleName("Probability against angle")

    def set_palette(self, palette: Palette) -> None:
        """Colours of lines, axes and ground."""
        self._palette = palette
        self.setBackground(palette.panel)
        for side in ("bottom", "left"):
            self.getAxis(side).setPen(pg.mkPen(palette.edge))
            self.getAxis(side).setTextPen(pg.mkPen(palette.text_secondary))
        self._threshold.setPen(pg.mkPen(palette.text_secondary, style=Qt.PenStyle.DashLine))
        for curve, colour in zip(self._curves, self.colours(), strict=True):
            curve.setPen(pg.mkPen(colour, width=2))

    def colours(self) -> tuple[str, str]:
        """Of the first and the second model."""
        return self._palette.accent, self._palette.warn

    def show_curves(
        self, curves: Sequence[tuple[NDArray[np.float64], NDArray[np.float32]]], *, threshold: float
    ) -> None:
        """Shows (angles in degrees, probabilities) of each model; none empties the frame."""
        self._threshold.setValue(threshold)
        for number, item in enumerate(self._curves):
            item.setData(*(curves[number] if number < len(curves) else ([], [])))

    def sizeHint(self) -> QSize:
        return QSize(152, 120)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 40)


def _rgb_table(colormap: str) -> NDArray[np.uint8]:
    """(256, 3) colours of the values as `quantised` counts them, 0 being no value."""
    table = np.array([NO_VALUE, *colour_table(colormap, opacity=1.0, threshold=0.0)[1:]], np.uint32)
    return np.stack([table >> 16 & 255, table >> 8 & 255, table & 255], axis=-1).astype(np.uint8)
