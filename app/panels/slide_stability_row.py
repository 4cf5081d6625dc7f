"""The rotation stability of the whole slide in its card: how many angles, what that costs, how far it is."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.control.slide_stability_control import SlideStabilityRun
from app.panels.combo import Combo
from app.panels.tick_box import TickBox
from app.panels.words import duration, percent, roughly
from app.state.slide_stability import SlideStability
from inference.results.stability import TURN_COST

TURNS = (4, 8, 16, 32)
_STEPS = 1000


def cost_words(turns: int, turn_seconds: float | None) -> str:
    """What so many angles cost."""
    if turn_seconds is None:
        return f"takes about {turns * TURN_COST:.0f} times as long as a scan"
    return f"takes about {roughly(turns * turn_seconds)}"


class SlideStabilityRow(QWidget):
    """Shows a `SlideStabilityRun` and what is known of the slide.

    Signals:
        wanted: so many angles for the whole slide.
        cancelWanted: the user asks to stop.
        stdToggled: the standard deviation shall be painted on the slide, or no longer.
    """

    wanted = Signal(int)
    cancelWanted = Signal()
    stdToggled = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._turn_seconds: float | None = None
        self.turns = Combo()
        self.turns.setAccessibleName("Angles for the whole slide")
        self.turns.setToolTip("Angles that every cell of the slide is predicted under")
        for number in TURNS:
            self.turns.addItem(f"{number} angles", number)
        self.turns.setCurrentIndex(1)
        self.turns.currentIndexChanged.connect(lambda _index: self._show_cost())
        self.button = QPushButton("Whole slide")
        self.button.clicked.connect(self._on_clicked)
        self.words = QLabel()
        self.words.setObjectName("caption")
        self.words.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setObjectName("cardProgress")
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.show_std = TickBox("Standard deviation on the slide")
        self.show_std.setToolTip("Paint how far the answers depend on the turn, instead of the probability")
        self.show_std.toggled.connect(self.stdToggled)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.button)
        line.addWidget(self.turns)
        line.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 6, 0, 0)
        outer.setSpacing(6)
        outer.addLayout(line)
        for widget in (self.words, self.bar, self.show_std):
            outer.addWidget(widget)
        self._run = SlideStabilityRun()
        self._known: SlideStability | None = None
        self._title = self._slide = ""

    def show_run(
        self,
        run: SlideStabilityRun,
        known: SlideStability | None,
        *,
        shows_std: bool,
        title: str,
        why_not: str,
        turn_seconds: float | None,
        slide: str = "",
    ) -> None:
        """Shows how it stands.

        Args:
            slide: name of the slide that the run is of, if it is not the one on show; else empty.
            known: what is known of the slide on show, None for nothing.
            shows_std: whether the standard deviation is painted.
            title: of the model that `known` is of.
            why_not: why it cannot be started; empty if it can.
            turn_seconds: how long one angle of the slide takes, None where that is not known.
        """
        self._run, self._known, self._title, self._turn_seconds = run, known, title, turn_seconds
        self._slide = slide
        is_active = bool(run.run_id)
        self.button.setText("Cancel" if is_active else "Whole slide")
        self.button.setEnabled(is_active or not why_not)
        self.button.setToolTip(why_not or "Mean and standard deviation over the angles for every tissue cell")
        self.turns.setEnabled(not is_active)
        self.bar.setVisible(is_active)
        progress = run.progress
        self.bar.setRange(0, _STEPS if progress is not None else 0)
        if progress is not None:
            self.bar.setValue(round(progress.done_cells / max(1, progress.total_cells) * _STEPS))
        self.show_std.setVisible(known is not None)
        with QSignalBlocker(self.show_std):
            self.show_std.setChecked(shows_std)
        self._show_cost()

    def _on_clicked(self) -> None:
        if self._run.run_id:
            self.cancelWanted.emit()
        else:
            self.wanted.emit(int(self.turns.currentData()))

    def _show_cost(self) -> None:
        run, known, of = self._run, self._known, f"{self._slide}: " if self._slide else ""
        if run.run_id and run.progress is None:
            text = f"{of}{run.stage}\u2026"
        elif run.run_id and run.progress is not None:
            left = run.progress.seconds_left
            text = of + percent(run.progress.done_cells / max(1, run.progress.total_cells))
            text += "" if left is None else f" \u00b7 {duration(max(1.0, left))} left"
        else:
            text = cost_words(int(self.turns.currentData()), self._turn_seconds).capitalize() + "."
            if known is not None:
                state = "known" if known.is_complete else "partly known"
                text = f"{self._title}: {state} under {known.turns} angles. {text}"
        self.words.setText(text)
