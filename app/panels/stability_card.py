"""The card of rotation stability: mean and standard deviation of each model over the angles, and one cell's curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout

from app.panels.card import Card
from app.panels.slide_stability_row import SlideStabilityRow
from app.panels.words import duration, percent
from app.state.stability_run import StabilityPhase, StabilityRun
from app.theme import Palette
from inference.results.stability_maps import StabilityMaps
from inference.slides.slide import RgbImage

if TYPE_CHECKING:
    from app.panels.stability_panel import StabilityPanel
    from app.panels.stability_plots import Line
    from app.panels.stability_window import StabilityWindow

EMPTY = (
    "Move the slide to a place in doubt and press Shift+R: what is on show is predicted under 32 angles, and you see "
    "how far the answer depends on how the glass lay in the scanner."
)
_STEPS = 1000


class StabilityCard(Card):
    """Shows a `StabilityRun`.

    Signals:
        viewWanted: the user asks for the stability of what is on show.
        cancelWanted: the user asks to stop.
        cellClicked: (row, column) of the region.
        slideWanted: the user asks for the whole slide, under so many angles.
        stdToggled: the standard deviation shall be painted on the slide, or no longer.
        figureWanted, tableWanted: the user asks for a file.
        regionWanted: the user asks to see the region on the slide.

    Attributes:
        panel: the pictures; None until there are some, as what draws them takes half a second to load.
        large_window: the same in a window of its own; None until it was asked for.
    """

    viewWanted = Signal()
    cancelWanted = Signal()
    cellClicked = Signal(object)
    slideWanted = Signal(int)
    stdToggled = Signal(bool)
    figureWanted = Signal()
    tableWanted = Signal()
    regionWanted = Signal()

    def __init__(self, *, is_open: bool = True) -> None:
        super().__init__("stability", "Rotation stability", is_open=is_open)
        self._run = StabilityRun()
        self._threshold = 0.5
        self._inside: NDArray[np.bool_] | None = None
        self._has_tumour = False
        self._lines: tuple[Line, ...] = ()
        self._region: RgbImage | None = None
        self._palette: Palette | None = None
        self.panel: StabilityPanel | None = None
        self.large_window: StabilityWindow | None = None
        self.message = _caption()
        self.summary = _caption()
        self.bar = QProgressBar()
        self.bar.setObjectName("cardProgress")
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.button = _button("This view", "Rotation stability of what is on show (Shift+R)", self.viewWanted)
        self.cancel = _button("Cancel", "Stop; the angles that are done stay", self.cancelWanted)
        self.figure = _button("Figure…", "Save region, maps and curves as PDF, PNG or SVG", self.figureWanted)
        self.table = _button(
            "Table…", "Save a line for each cell as CSV, or all maps as NPZ", self.tableWanted
        )
        self.centre = _button("Show on slide", "Bring the whole region into the view", self.regionWanted)
        self.larger = _button("Larger…", "The same pictures in a window of their own", self._show_window)
        ask, files = QHBoxLayout(), QHBoxLayout()
        for line, buttons in (
            (ask, (self.button, self.cancel, self.centre, self.larger)),
            (files, (self.figure, self.table)),
        ):
            line.setSpacing(8)
            for button in buttons:
                line.addWidget(button)
            line.addStretch(1)
        self._result = QVBoxLayout()
        self._result.setSpacing(4)
        self._result.addWidget(self.summary)
        self.slide = SlideStabilityRow()
        self.slide.wanted.connect(self.slideWanted)
        self.slide.stdToggled.connect(self.stdToggled)
        self.slide.cancelWanted.connect(self.cancelWanted)
        self.content.addWidget(self.message)
        self.content.addWidget(self.bar)
        self.content.addLayout(self._result)
        self.content.addLayout(ask)
        self.content.addLayout(files)
        self.content.addWidget(self.slide)
        self.show_run(self._run, threshold=0.5, slide="", why_not="", exporting=False)

    def show_run(
        self, run: StabilityRun, *, threshold: float, slide: str, why_not: str, exporting: bool
    ) -> None:
        """Shows how the stability of a region stands.

        Args:
            threshold: across which flips are counted.
            slide: name of its slide if that is not the one on show, else empty.
            why_not: why no view can be asked for now; empty if it can.
            exporting: whether a file is being written.
        """
        grown = run.told != self._run.told or run.run_id != self._run.run_id or threshold != self._threshold
        grown = grown or run.phase is not self._run.phase
        if run.run_id != self._run.run_id:
            self._inside, self._lines, self._region = None, (), None
        self._run, self._threshold = run, threshold
        maps, has_maps = run.maps, run.turns_done > 0
        self.set_caption(_size_words(run))
        text = _message(run, slide)
        self.message.setText(text)
        self.message.setVisible(bool(text))
        self.bar.setVisible(run.is_active)
        self.bar.setRange(0, _STEPS if maps is not None else 0)
        self.bar.setValue(round(run.part_done * _STEPS))
        self.button.setVisible(not run.is_active)
        self.button.setEnabled(not why_not)
        self.button.setToolTip(why_not or "Rotation stability of what is on show (Shift+R)")
        self.cancel.setVisible(run.is_active)
        self.cancel.setEnabled(not run.cancelling)
        for button in (self.figure, self.table):
            button.setVisible(has_maps and not run.is_active)
            button.setEnabled(not exporting)
        self.centre.setVisible(has_maps and not slide)
        for widget in (self.larger, self.summary, *([] if self.panel is None else [self.panel])):
            widget.setVisible(has_maps)
        if self.large_window is not None and not has_maps:
            self.large_window.hide()
        if maps is not None and has_maps and grown:
            self._show_maps(maps)

    def show_region(self, picture: RgbImage) -> None:
        """The slide's pixels of the region on show, (height, width, 3)."""
        self._region = picture
        for panel in self._panels():
            panel.show_region(picture)

    def show_annotations(self, lines: Sequence[Line], inside: NDArray[np.bool_], *, has_tumour: bool) -> None:
        """Outlines in cells of the region, (rows, columns) inside those of tumour, and whether any is of tumour."""
        self._lines, self._inside, self._has_tumour = tuple(lines), inside, has_tumour
        for panel in self._panels():
            panel.show_annotations(lines)
        if self._run.maps is not None:
            self._show_words(self._run.maps)

    def set_palette(self, palette: Palette) -> None:
        super().set_palette(palette)
        self._palette = palette
        for panel in self._panels():
            panel.set_palette(palette)

    def _panels(self) -> tuple[StabilityPanel, ...]:
        inside = () if self.large_window is None else (self.large_window.panel,)
        return inside if self.panel is None else (self.panel, *inside)

    def _show_maps(self, maps: StabilityMaps) -> None:
        if self.panel is None:
            # Here and not above: what draws the maps takes half a second to load, which no start should wait for.
            from app.panels.stability_panel import StabilityPanel

            self.panel = self._connected(StabilityPanel(wide=False))
            self._result.insertWidget(0, self.panel)
        for panel in self._panels():
            panel.show_maps(maps, threshold=self._threshold)
        self._show_words(maps)

    def _show_words(self, maps: StabilityMaps) -> None:
        lines = []
        for number, each in enumerate(maps.models):
            figures = maps.summary(number, threshold=self._threshold)
            if figures.cells:
                lines.append(
                    f"{each.model.title}: mean std {_number(figures.mean_std)}, 95 % of cells below "
                    f"{_number(figures.p95_std)}; {percent(figures.flip_share)} of all cross "
                    f"{self._threshold:.2f}{_group_words(maps, number)}."
                )
        lines.append(
            _tumour_words(maps, self._inside, threshold=self._threshold, has_tumour=self._has_tumour)
        )
        lines.append(maps.edge_notice())
        text = "\n".join(line for line in lines if line)
        self.summary.setText(text)
        if self.large_window is not None:
            self.large_window.words.setText(text)

    def _show_window(self) -> None:
        maps = self._run.maps
        if maps is None:
            return
        if self.large_window is None:
            from app.panels.stability_window import StabilityWindow

            self.large_window = StabilityWindow(self.window())
            self._connected(self.large_window.panel)
        panel = self.large_window.panel
        panel.show_maps(maps, threshold=self._threshold)
        if self._region is not None:
            panel.show_region(self._region)
        panel.show_annotations(self._lines)
        if self.panel is not None:
            panel.point_at(self.panel.pointed)
        self._show_words(maps)
        self.large_window.show()
        self.large_window.raise_()

    def _connected(self, panel: StabilityPanel) -> StabilityPanel:
        """A panel in the colours of the card; the others follow its cell."""
        if self._palette is not None:
            panel.set_palette(self._palette)
        panel.cellClicked.connect(self.cellClicked)
        panel.cellPointed.connect(self._on_pointed)
        return panel

    def _on_pointed(self, cell: tuple[int, int]) -> None:
        for panel in self._panels():
            panel.point_at(cell)


def _caption(text: str = "") -> QLabel:
    label = QLabel(text)
    label.setObjectName("caption")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignTop)
    return label


def _button(text: str, tooltip: str, signal: object) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tooltip)
    button.clicked.connect(signal)
    return button


def _size_words(run: StabilityRun) -> str:
    """How many angles, and how large the region is."""
    if run.maps is None:
        return ""
    width, height = (length / 1000 for length in run.maps.size_um)
    digits = 1 if min(width, height) >= 0.1 else 2
    return f"{run.turns_done} angles · {width:.{digits}f} × {height:.{digits}f} mm"


def _message(run: StabilityRun, slide: str) -> str:
    of = f" of {slide}" if slide else ""
    match run.phase:
        case StabilityPhase.NONE:
            return EMPTY
        case StabilityPhase.FAILED:
            return run.error.sentence() if run.error is not None else ""
        case StabilityPhase.CANCELLED:
            return f"Cancelled{of}; the angles that were done are shown." if run.turns_done else "Cancelled."
        case StabilityPhase.DONE:
            return f"Of {slide}" if slide else ""
    if run.cancelling:
        return "Cancelling…"
    if run.maps is None:
        return f"{run.stage}{of}…"
    left = "" if run.seconds_left is None else f" · {duration(max(1.0, run.seconds_left))} left"
    return f"{run.turns_done} of {run.maps.turns} angles{of} on {run.maps.models[0].model.device}{left}"


def _group_words(maps: StabilityMaps, number: int) -> str:
    """The difference over quarter turns and mirrors: rounding for a p4m network, and said so."""
    difference = maps.models[number].group_difference
    if difference is None:
        return ""
    largest = float(difference[~maps.beyond].max(initial=0.0))
    if not math.isfinite(largest):
        return ""
    return f"; quarter turns and mirrors differ by {largest:.0e}"


def _tumour_words(
    maps: StabilityMaps, inside: NDArray[np.bool_] | None, *, threshold: float, has_tumour: bool
) -> str:
    """What the models say inside tumour as annotated, or why there is no figure."""
    if inside is None:
        return ""
    each = [maps.summary(number, threshold=threshold, inside=inside) for number in range(len(maps.models))]
    if not each[0].cells and has_tumour:
        return "No cell with a figure has its middle in an annotation of tumour."
    if not each[0].cells:
        return "No annotation here counts as tumour, so there is no figure inside tumour."
    figures = ", ".join(
        f"{model.model.title} {_number(found.mean_probability)} ± {_number(found.mean_std)}"
        for model, found in zip(maps.models, each, strict=True)
    )
    return f"Inside tumour as annotated ({each[0].cells} cells), mean ± std: {figures}."


def _number(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "–"
