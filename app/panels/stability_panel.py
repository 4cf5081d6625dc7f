"""A region's rotation stability in pictures: the region, mean and deviation of each model, one cell's curves; all
pictures zoom and point together.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.canvas.colormaps import DEFAULT_COLORMAP, STD_COLORMAP
from app.panels.stability_plots import AngleCurves, CellMap, Line, ScaleStrip, ValueMap
from app.theme import Palette
from inference.results.stability_maps import StabilityMaps
from inference.slides.slide import RgbImage

MEAN_TOP, STD_TOP = 1.0, 0.5
"""Upper ends of the scales; the standard deviation of numbers in 0..1 cannot be larger."""
MOST_MODELS = 2
CARD_MAP_PX = 148
"""Width of a map in the side panel, whose own width is fixed: a height that followed a resize would come too late."""
TALLEST_PX, LEAST_PX = 140, 56
"""Of a map in the side panel: a tall region gets a narrower picture rather than a card that fills the screen."""
POINT = "Point at a cell for its probability at each angle; click to go there."
BLANK = np.full((1, 1, 3), 128, np.uint8)


@dataclass(frozen=True, slots=True)
class _Pair:
    """The two maps of a model with their scales and captions."""

    title: QLabel
    mean: ValueMap
    std: ValueMap
    scales: tuple[ScaleStrip, ScaleStrip]


class StabilityPanel(QWidget):
    """Shows `StabilityMaps`, in the narrow side panel or in a window of its own.

    Signals:
        cellPointed: (row, column) under the cursor.
        cellClicked: (row, column).

    Attributes:
        region: the slide's pixels; pairs: the maps of each model; curves: of the cell pointed at.
    """

    cellPointed = Signal(object)
    cellClicked = Signal(object)

    def __init__(self, *, wide: bool) -> None:
        super().__init__()
        self._wide = wide
        self._maps: StabilityMaps | None = None
        self._threshold = 0.5
        self._pointed: tuple[int, int] | None = None
        self.region = CellMap(plain_wheel=wide)
        self.region.setAccessibleName("The region with its annotations")
        self.pairs = tuple(self._pair() for _ in range(MOST_MODELS))
        self.curves = AngleCurves()
        self.cell = QLabel(POINT)
        self.cell.setObjectName("caption")
        self.cell.setTextFormat(Qt.TextFormat.RichText)
        self.cell.setWordWrap(True)
        self._region_title, self._curve_title = _heading("Region"), _heading("Probability by angle")
        self._below = QWidget()
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16 if wide else 8)
        grid.setVerticalSpacing(4 if wide else 2)
        (self._lay_wide if wide else self._lay_narrow)(grid)
        wheel = "the wheel zooms" if wide else "Ctrl and the wheel zoom"
        for each in self._all_maps():
            each.setToolTip(f"Drag to move, {wheel}, a double click shows all; click to go to the cell")
            each.cellPointed.connect(self._on_pointed)
            each.cellClicked.connect(self.cellClicked)
            each.moved.connect(lambda part, each=each: self._follow(each, part))

    @property
    def pointed(self) -> tuple[int, int] | None:
        """(row, column) of the cell whose curves are shown."""
        return self._pointed

    def show_maps(self, maps: StabilityMaps, *, threshold: float) -> None:
        """Shows maps as far as they are computed; another region is shown whole."""
        if maps is not self._maps:
            self._pointed = None
            self.region.show_picture(BLANK, rows=maps.rows, columns=maps.columns)
            self.region.show_lines(())
            for picture in self._all_maps():
                picture.show_all()
        self._maps, self._threshold = maps, threshold
        if self._wide:
            # Beside a second model's maps, or the whole width where there is none.
            self._grid.addWidget(self._below, 4, 0, 1, 1 if len(maps.models) > 1 else 3)
        else:
            self._fit_heights(maps)
        for number, pair in enumerate(self.pairs):
            shown = number < len(maps.models)
            for widget in (pair.title, pair.mean, pair.std, *pair.scales):
                widget.setVisible(shown)
            if not shown:
                continue
            each = maps.models[number]
            pair.title.setText(each.model.title)
            pair.mean.setAccessibleName(f"Mean probability of {each.model.title}")
            pair.std.setAccessibleName(f"Standard deviation of {each.model.title}")
            pair.mean.show_values(each.mean, maps.beyond)
            pair.std.show_values(each.std, maps.beyond)
        self._show_cell()

    def show_region(self, picture: RgbImage) -> None:
        """The slide's pixels of the region, (height, width, 3), any size."""
        if self._maps is not None:
            self.region.show_picture(picture, rows=self._maps.rows, columns=self._maps.columns)

    def show_annotations(self, lines: Sequence[Line]) -> None:
        """The outlines of annotations on the region, in cells."""
        self.region.show_lines(lines)

    def point_at(self, cell: tuple[int, int] | None) -> None:
        """Marks a cell on every map and shows its curves."""
        if cell != self._pointed:
            self._pointed = cell
            self._show_cell()

    def set_palette(self, palette: Palette) -> None:
        """Colours of what is drawn by hand."""
        for each in self._all_maps():
            each.set_palette(palette)
        for pair in self.pairs:
            for scale in pair.scales:
                scale.set_palette(palette)
        self.curves.set_palette(palette)
        self._show_cell()

    def _on_pointed(self, cell: tuple[int, int] | None) -> None:
        # The last cell stays on show, so that the eye can leave the map for its curve.
        if cell is not None and cell != self._pointed:
            self.point_at(cell)
            self.cellPointed.emit(cell)

    def _follow(self, moved: CellMap, part: QRectF) -> None:
        for each in self._all_maps():
            if each is not moved:
                each.show_part(part)

    def _show_cell(self) -> None:
        """The curves of the cell pointed at, and the mark on every map."""
        maps, cell = self._maps, self._pointed
        for picture in self._all_maps():
            picture.point_at(cell)
        if maps is None:
            return
        # Before a cell is pointed at, the words still say which colour is whose.
        curves = [] if cell is None else [each.curve(*cell) for each in maps.models]
        self.curves.show_curves(curves, threshold=self._threshold)
        lines = []
        for colour, each in zip(self.curves.colours(), maps.models, strict=False):
            value = "" if cell is None else f": {_number(each.mean[cell])} ± {_number(each.std[cell])}"
            lines.append(f'<span style="color:{colour}">■</span> {html.escape(each.model.title)}{value}')
        if cell is None:
            lines.append(POINT)
        self.cell.setText("<br>".join(lines))

    def _all_maps(self) -> tuple[CellMap, ...]:
        return (self.region, *(each for pair in self.pairs for each in (pair.mean, pair.std)))

    def _pair(self) -> _Pair:
        return _Pair(
            _heading(""),
            ValueMap(DEFAULT_COLORMAP, top=MEAN_TOP, plain_wheel=self._wide),
            ValueMap(STD_COLORMAP, top=STD_TOP, plain_wheel=self._wide),
            (
                ScaleStrip(DEFAULT_COLORMAP, top=MEAN_TOP, title="mean probability"),
                ScaleStrip(STD_COLORMAP, top=STD_TOP, title="standard deviation"),
            ),
        )

    def _lay_narrow(self, grid: QGridLayout) -> None:
        """Two columns: the region beside the curves, and a row for each model."""
        grid.addWidget(self._region_title, 0, 0)
        grid.addWidget(self._curve_title, 0, 1)
        grid.addWidget(self.region, 1, 0)
        grid.addWidget(self.curves, 1, 1)
        grid.addWidget(self.cell, 2, 0, 1, 2)
        for number, pair in enumerate(self.pairs):
            row = 3 + 3 * number
            grid.addWidget(pair.title, row, 0, 1, 2)
            for column, (picture, scale) in enumerate(zip((pair.mean, pair.std), pair.scales, strict=True)):
                grid.addWidget(picture, row + 1, column)
                grid.addWidget(scale, row + 2, column)
        for column in range(2):
            grid.setColumnStretch(column, 1)

    def _lay_wide(self, grid: QGridLayout) -> None:
        """Three columns as in the paper's figure: region and curves, then mean and deviation, a row for each model."""
        grid.addWidget(self._region_title, 0, 0)
        grid.addWidget(self.region, 1, 0)
        below = QVBoxLayout(self._below)
        below.setContentsMargins(0, 0, 0, 0)
        below.addWidget(self.curves, 1)
        below.addWidget(self.cell)
        grid.addWidget(self._curve_title, 3, 0)
        grid.addWidget(self._below, 4, 0)
        for number, pair in enumerate(self.pairs):
            row = 3 * number
            grid.addWidget(pair.title, row, 1, 1, 2)
            for column, (picture, scale) in enumerate(
                zip((pair.mean, pair.std), pair.scales, strict=True), start=1
            ):
                grid.addWidget(picture, row + 1, column)
                grid.addWidget(scale, row + 2, column)
        for column in range(3):
            grid.setColumnStretch(column, 1)
        for row in (1, 4):
            grid.setRowStretch(row, 1)
        widgets: tuple[QWidget, ...] = (*self._all_maps(), self.curves)
        for widget in widgets:
            widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def _fit_heights(self, maps: StabilityMaps) -> None:
        height = min(TALLEST_PX, max(LEAST_PX, round(CARD_MAP_PX * maps.rows / maps.columns)))
        for each in self._all_maps():
            each.setFixedHeight(height)
        self.curves.setFixedHeight(max(height, 96))


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def _number(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "–"
