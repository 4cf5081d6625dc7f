"""The card of the layers: opacity, threshold and colours of the heatmap."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from app.canvas.colormaps import PROBABILITY_COLORMAPS
from app.panels.card import Card
from app.panels.combo import Combo
from app.panels.coverage_row import CoverageRow
from app.panels.slider_row import NAME_WIDTH, STEPS_PER_UNIT, SliderRow
from app.panels.tick_box import TickBox
from app.state.layers import HIGHEST_THRESHOLD, LOWEST_THRESHOLD, Layers

LEAST_RADIUS, MOST_RADIUS = 1, 40
"""Cells: from neighbours to 1.2 mm, wider than most metastases that are easily missed."""


class LayersCard(Card):
    """Shows `Layers`.

    Signals:
        opacityChosen, thresholdChosen: 0..1. radiusChosen: cells. colormapChosen: a name. smoothChosen: on or off.
        contoursToggled: the lines at the threshold were asked for, or no longer.
    """

    opacityChosen = Signal(float)
    thresholdChosen = Signal(float)
    radiusChosen = Signal(int)
    colormapChosen = Signal(str)
    smoothChosen = Signal(bool)
    contoursToggled = Signal()

    def __init__(self, *, is_open: bool = True) -> None:
        super().__init__("layers", "Layers", is_open=is_open)
        self.opacity = SliderRow(
            "Heatmap",
            lowest=0.0,
            highest=1.0,
            text_of=lambda value: f"{value:.0%}".replace("%", " %"),
            tooltip="Opacity of the heatmap; H shows or hides it, held down it peeks",
        )
        self.opacity.moved.connect(self.opacityChosen)
        self.threshold = SliderRow(
            "Threshold",
            lowest=LOWEST_THRESHOLD,
            highest=HIGHEST_THRESHOLD,
            text_of=lambda value: f"{value:.2f}",
            tooltip="Probability from which cells are coloured and candidates listed; nothing is computed anew",
        )
        self.threshold.moved.connect(self.thresholdChosen)
        self.radius = SliderRow(
            "Apart, cells",
            lowest=LEAST_RADIUS / STEPS_PER_UNIT,
            highest=MOST_RADIUS / STEPS_PER_UNIT,
            text_of=lambda value: str(round(value * STEPS_PER_UNIT)),
            tooltip="Of cells so near to each other only the most probable is a candidate; a cell is 31 µm wide. "
            "Nothing is computed anew",
        )
        self.radius.moved.connect(lambda value: self.radiusChosen.emit(round(value * STEPS_PER_UNIT)))
        self.colours = Combo()
        self.colours.setToolTip("Colours of the heatmap; the scale is always 0 to 1")
        self.colours.setAccessibleName("Colours")
        for name, label in PROBABILITY_COLORMAPS.items():
            self.colours.addItem(label, name)
        self.colours.currentIndexChanged.connect(
            lambda index: self.colormapChosen.emit(self.colours.itemData(index))
        )
        self.smooth = TickBox("Smooth between cells")
        self.smooth.setToolTip("Off shows what was computed: one square a cell, 31 µm wide")
        self.smooth.toggled.connect(self.smoothChosen)
        self.contours = TickBox("Lines at the threshold")
        self.contours.setToolTip("Outline what reaches the threshold (T)")
        self.contours.toggled.connect(lambda _on: self.contoursToggled.emit())
        line = QHBoxLayout()
        line.setSpacing(8)
        colours_name = QLabel("Colours")
        colours_name.setFixedWidth(NAME_WIDTH)
        line.addWidget(colours_name)
        line.addWidget(self.colours, 1)
        below = QHBoxLayout()
        below.addSpacing(NAME_WIDTH + 8)
        ticks = QVBoxLayout()
        ticks.setSpacing(6)
        ticks.addWidget(self.smooth)
        ticks.addWidget(self.contours)
        below.addLayout(ticks, 1)
        self.content.addWidget(self.opacity)
        self.content.addWidget(self.threshold)
        self.content.addWidget(self.radius)
        self.content.addLayout(line)
        self.content.addLayout(below)
        self.coverage = CoverageRow()
        self.content.addWidget(self.coverage)

    def show_radius(self, cells: int) -> None:
        """How far candidates are apart at least."""
        self.radius.show_value(cells / STEPS_PER_UNIT)

    def show_layers(self, layers: Layers) -> None:
        """Puts the controls where the state is."""
        chosen = layers.chosen
        self.opacity.show_value(chosen.heatmap_opacity)
        self.threshold.show_value(chosen.threshold)
        with QSignalBlocker(self.colours), QSignalBlocker(self.smooth), QSignalBlocker(self.contours):
            self.colours.setCurrentIndex(self.colours.findData(chosen.colormap))
            self.smooth.setChecked(chosen.smooth)
            self.contours.setChecked(chosen.contours)
