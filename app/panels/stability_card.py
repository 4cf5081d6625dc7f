"""The card of rotation stability: mean and standard deviation of each model over the angles, and one cell's curve."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.canvas.colormaps import DEFAULT_COLORMAP, STD_COLORMAP
from app.panels.card import Card
from app.panels.slide_stability_row import SlideStabilityRow
from app.panels.stability_map import AngleCurves, StabilityMap
from app.panels.words import duration, percent
from app.state.stability_run import StabilityPhase, StabilityRun
from app.theme import Palette
from inference.results.stability_maps import StabilityMaps

MEAN_TOP, STD_TOP = 1.0, 0.5
"""Upper ends of the scales; the standard deviation of numbers in 0..1 cannot be larger."""
MOST_MODELS = 2
EMPTY = (
    "Move the slide to a place in doubt and press Shift+R: what is on show is predicted under 32 angles, and you see "
    "how far the answer depends on how the glass lay in the scanner."
)
POINT = "Point at a cell for its probability at each angle; click to go there."
_STEPS = 1000


@dataclass(frozen=True, slots=True)
class _Pair:
    """The two maps of a model with their captions."""

    title: QLabel
    mean: StabilityMap
    std: StabilityMap
    mean_words: QLabel
    std_words: QLabel


class StabilityCard(Card):
    """Shows a `StabilityRun`.

    Signals:
        viewWanted: the user asks for the stability of what is on show.
        cancelWanted: the user asks to stop.
        cellClicked: (row, column) of the region.
        slideWanted: the user asks for the whole slide, under so many angles.
        stdToggled: the standard deviation shall be painted on the slide, or no longer.
        figureWanted, tableWanted: the user asks for a file.
    """

    viewWanted = Signal()
    cancelWanted = Signal()
    cellClicked = Signal(object)
    slideWanted = Signal(int)
    stdToggled = Signal(bool)
    figureWanted = Signal()
    tableWanted = Signal()

    def __init__(self, *, is_open: bool = True) -> None:
        super().__init__("stability", "Rotation stability", is_open=is_open)
        self._run = StabilityRun()
        self._threshold = 0.5
        self._pointed: tuple[int, int] | None = None
        self.message = _caption()
        self.pairs = tuple(self._pair() for _ in range(MOST_MODELS))
        self.maps = QWidget()
        grid = QGridLayout(self.maps)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        for number, pair in enumerate(self.pairs):
            row = 3 * number
            grid.addWidget(pair.title, row, 0, 1, 2)
            for column, (picture, words) in enumerate(
                ((pair.mean, pair.mean_words), (pair.std, pair.std_words))
            ):
                grid.addWidget(picture, row + 1, column)
                grid.addWidget(words, row + 2, column)
        self.summary = _caption()
        self.curves = AngleCurves()
        self.cell = _caption()
        self.cell.setTextFormat(Qt.TextFormat.RichText)
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
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.button, self.cancel):
            buttons.addWidget(button)
        buttons.addStretch(1)
        for button in (self.figure, self.table):
            buttons.addWidget(button)
        result = QVBoxLayout()
        result.setSpacing(4)
        for widget in (self.maps, self.summary, self.curves, self.cell):
            result.addWidget(widget)
        self.slide = SlideStabilityRow()
        self.slide.wanted.connect(self.slideWanted)
        self.slide.stdToggled.connect(self.stdToggled)
        self.slide.cancelWanted.connect(self.cancelWanted)
        self.content.addWidget(self.message)
        self.content.addWidget(self.bar)
        self.content.addLayout(result)
        self.content.addLayout(buttons)
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
            self._pointed = None
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
        for widget in (self.maps, self.summary, self.curves, self.cell):
            widget.setVisible(has_maps)
        if maps is not None and has_maps and grown:
            self._show_maps(maps)

    def set_palette(self, palette: Palette) -> None:
        super().set_palette(palette)
        for pair in self.pairs:
            pair.mean.set_palette(palette)
            pair.std.set_palette(palette)
        self.curves.set_palette(palette)
        self._show_cell()

    def _show_maps(self, maps: StabilityMaps) -> None:
        lines = []
        for number, pair in enumerate(self.pairs):
            shown = number < len(maps.models)
            for widget in (pair.title, pair.mean, pair.std, pair.mean_words, pair.std_words):
                widget.setVisible(shown)
            if not shown:
                continue
            each = maps.models[number]
            pair.mean.show_values(each.mean)
            pair.std.show_values(each.std)
            figures = maps.summary(number, threshold=self._threshold)
            title = each.model.title
            pair.mean.setAccessibleName(f"Mean probability of {title}")
            pair.std.setAccessibleName(f"Standard deviation of {title}")
            pair.title.setText(title)
            pair.std_words.setText(f"std 0–0.5 · mean {_number(figures.mean_std)}")
            if figures.cells:
                lines.append(
                    f"{title}: 95 % of cells have a std below {_number(figures.p95_std)}; "
                    f"{percent(figures.flip_share)} of all cross {self._threshold:.2f}"
                    f"{_group_words(maps, number)}."
                )
        notice = maps.edge_notice()
        self.summary.setText("\n".join([*lines, *([notice] if notice else [])]))
        self._show_cell()

    def _on_pointed(self, cell: tuple[int, int] | None) -> None:
        # The last cell stays on show, so that the eye can leave the map for its curve.
        if cell is not None and cell != self._pointed:
            self._pointed = cell
            self._show_cell()

    def _show_cell(self) -> None:
        """The curve of the cell pointed at, and the mark on every map."""
        maps, cell = self._run.maps, self._pointed
        for pair in self.pairs:
            pair.mean.point_at(cell)
            pair.std.point_at(cell)
        if maps is None or cell is None:
            self.curves.show_curves([], threshold=self._threshold)
            self.cell.setText(POINT)
            return
        self.curves.show_curves([each.curve(*cell) for each in maps.models], threshold=self._threshold)
        self.cell.setText(
            "<br>".join(
                f'<span style="color:{colour}">■</span> {html.escape(each.model.title)}: '
                f"{_number(float(each.mean[cell]))} ± {_number(float(each.std[cell]))}"
                for colour, each in zip(self.curves.colours(), maps.models, strict=False)
            )
        )

    def _pair(self) -> _Pair:
        pair = _Pair(
            QLabel(),
            StabilityMap(DEFAULT_COLORMAP, top=MEAN_TOP),
            StabilityMap(STD_COLORMAP, top=STD_TOP),
            _caption("mean 0–1"),
            _caption(),
        )
        for label in (pair.mean_words, pair.std_words):
            # One line whatever it says: the grid need not ask for a height at every width.
            label.setWordWrap(False)
        pair.title.setTextFormat(Qt.TextFormat.PlainText)
        for picture in (pair.mean, pair.std):
            picture.cellPointed.connect(self._on_pointed)
            picture.cellClicked.connect(self.cellClicked)
        return pair


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


def _number(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "–"
