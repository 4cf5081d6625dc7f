"""The area looked at, put together: noted from the view, tinted on the minimap, said as a figure."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app.canvas import theme
from app.control.coverage_control import CoverageControl
from app.main_window import MainWindow
from app.panels.coverage_row import COUNTING
from app.panels.reading_dialog import ReadingDialog
from app.settings import Settings
from app.state.session import Session
from app.state.value_state import ValueState
from inference.results.coverage import NEVER, Coverage

DEFAULT_MAGNIFICATION = 10.0
"""The model's own, at which metastases are looked for."""
SEEN_ALPHA, GLANCED_ALPHA = 120, 45
"""Of the tint over what counts as looked at, and over what was seen from farther away."""


@dataclass(frozen=True, slots=True)
class CoverageChoice:
    """Whether it is shown, and from which magnification on a look counts."""

    shown: bool
    magnification: float


class CoverageDesk(QObject):
    """Connects control, minimap, card and action. Call `stop` before letting it go.

    Signals:
        failed: the `EquiscopeError` to show.
    """

    failed = Signal(object)

    def __init__(self, window: MainWindow, *, session: Session, settings: Settings) -> None:
        super().__init__()
        self._window = window
        self._session = session
        self._settings = settings
        self.control = CoverageControl(session, window.view)
        magnification = settings.coverage_magnification()
        self.choice = ValueState(
            CoverageChoice(
                settings.coverage_shown(),
                magnification if magnification in COUNTING else DEFAULT_MAGNIFICATION,
            )
        )
        self.control.failed.connect(self.failed)
        self.control.changed.connect(self._show)
        session.infoChanged.connect(self._show)
        self.choice.changed.connect(self._on_chosen)
        row = window.side.layers.coverage
        row.toggled.connect(self._toggle)
        row.magnificationChosen.connect(
            lambda chosen: self.choice.set(replace(self.choice.value, magnification=chosen))
        )
        # The checked state that Qt sends along is of no interest: the state decides.
        window.actions_["coverage"].triggered.connect(lambda _checked=False: self._toggle())
        window.actions_["coverage_anew"].triggered.connect(lambda _checked=False: self._ask_for_reader())
        self._show()

    def stop(self) -> None:
        """Waits for what is being written."""
        self.control.stop()

    def _ask_for_reader(self) -> None:
        if not self.control.can_begin:
            return
        dialog = ReadingDialog(
            _sentence(self.control.reader, self._figure(), "until now"),
            [
                _sentence(
                    each.reader,
                    self._figure_of(each.coverage),
                    f"until {each.ended.astimezone():%Y-%m-%d %H:%M}" if each.ended else "",
                )
                for each in self.control.before
            ],
            self._window,
        )
        entry = self._session.current
        # A dialog is of the slide that it was opened for.
        dialog.begun.connect(
            lambda name: self.control.begin(name) if self._session.current is entry else None
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _figure(self) -> str:
        """How much was looked at, in words; empty while it is not known."""
        return self._figure_of(self.control.coverage)

    def _figure_of(self, coverage: Coverage | None) -> str:
        wanted = self.choice.value.magnification
        downsample = self._session.magnification_downsample(wanted)
        if coverage is None or downsample is None:
            return ""
        tissue = self.control.tissue
        if tissue is None:
            return ""
        # Where the rule finds no tissue, as in fluorescence, the whole slide is what there is to see.
        of, within = ("tissue", tissue) if tissue.any() else ("slide", np.ones_like(tissue))
        # Rounded down: 100 % means all.
        percent = int(100 * coverage.part_seen(within, downsample))
        return f"{percent} % of the {of} seen at \u2265 {wanted:g}\u00d7"

    def _toggle(self) -> None:
        self.choice.set(replace(self.choice.value, shown=not self.choice.value.shown))

    def _on_chosen(self, choice: CoverageChoice) -> None:
        self._settings.set_coverage(shown=choice.shown, magnification=choice.magnification)
        self._show()

    def _show(self) -> None:
        choice, figure = self.choice.value, self._figure()
        self._window.actions_["coverage"].setChecked(choice.shown)
        self._window.side.layers.coverage.show_choice(shown=choice.shown, magnification=choice.magnification)
        self._window.actions_["coverage_anew"].setEnabled(self.control.can_begin)
        reader, before = self.control.reader, len(self.control.before)
        self._window.side.layers.coverage.show_reader(
            f"Read by {reader or 'another reader'}, after {before} earlier reading{'s' if before > 1 else ''}"
            if before
            else (f"Read by {reader}" if reader else "")
        )
        coverage = self.control.coverage
        downsample = self._session.magnification_downsample(choice.magnification)
        overlays = self._window.view.overlays
        if choice.shown and coverage is not None and downsample is not None and figure:
            overlays.minimap.set_coverage(
                tint_of(coverage, downsample), side_l0=coverage.side_l0, figure=figure
            )
        else:
            overlays.minimap.set_coverage(None, side_l0=1.0, figure="")
        # The figure makes the minimap higher.
        overlays.place(self._window.view.size())


def _sentence(reader: str, figure: str, when: str) -> str:
    """Who saw how much until when."""
    return ", ".join(part for part in (reader or "No name", when, figure) if part)


def tint_of(coverage: Coverage, downsample: float) -> QImage:
    """One px a square: strong where it was seen at that downsample or closer, faint where from farther away."""
    colour = theme.ACCENT
    alphas = np.where(
        coverage.seen(downsample), SEEN_ALPHA, np.where(coverage.codes != NEVER, GLANCED_ALPHA, 0)
    )
    pixels = (
        (alphas.astype(np.uint32) << 24) | np.uint32(colour.red() << 16 | colour.green() << 8 | colour.blue())
    ).astype(np.uint32)
    rows, columns = pixels.shape
    return QImage(pixels.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_ARGB32).copy()
