"""The progress of a scan at the bottom of the slide: on what, how fast, how long yet, and Cancel."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.panels.words import duration, percent
from app.state.run_state import Run

PILL_WIDTH = 320
"""Fits between scale bar and the legend of a short name on a screen 1366 px wide, else it goes above them."""
_STEPS = 1000


def progress_words(run: Run, *, slide: str) -> tuple[str, str]:
    """(what is done on what, how fast and how long yet) of a scan.

    Args:
        slide: name of the slide if it is not the one on show, else empty.
    """
    of = f" {slide}" if slide else ""
    if run.cancelling:
        return f"Cancelling{of}…", "after the current batch, 3 s at most"
    if run.started is None:
        return f"{run.stage}{of}…", ""
    if run.paused:
        return f"Paused{of} at {percent(run.part_done)}", "what is computed is kept"
    what = f"Scanning{of} on {run.started.device}, {run.started.precision}"
    progress = run.progress
    if progress is None or progress.mpx_per_second <= 0:
        return what, "measuring speed"
    speed = f"{progress.mpx_per_second:.2g} Mpx/s"
    left = "" if progress.seconds_left is None else f" · {duration(max(1.0, progress.seconds_left))} left"
    return what, speed + left


class ProgressPill(QWidget):
    """Shows a running scan.

    Signals:
        cancelWanted: the user asks to stop.
        pauseWanted: the user asks it to wait, or to go on.
    """

    cancelWanted = Signal()
    pauseWanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("glass")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(PILL_WIDTH)
        self._what = QLabel()
        self._what.setTextFormat(Qt.TextFormat.PlainText)
        self._speed = QLabel()
        self._speed.setObjectName("glassCaption")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.cancel = QPushButton("Cancel")
        self.cancel.setToolTip("Stop the scan; what is computed stays (Ctrl+.)")
        self.cancel.clicked.connect(self.cancelWanted)
        self.pause = QPushButton("Pause")
        self.pause.clicked.connect(self.pauseWanted)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._speed, 1)
        line.addWidget(self.pause)
        line.addWidget(self.cancel)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(12, 8, 8, 10)
        inside.setSpacing(2)
        inside.addWidget(self._what)
        inside.addLayout(line)
        inside.addWidget(self.bar)
        self.hide()

    def show_run(self, run: Run | None, *, slide: str = "") -> None:
        """Shows a running scan; None or one that has ended hides the pill."""
        if run is None or not run.is_active:
            self.hide()
            return
        what, speed = progress_words(run, slide=slide)
        room = PILL_WIDTH - 24
        self._what.setText(self._what.fontMetrics().elidedText(what, Qt.TextElideMode.ElideMiddle, room))
        self._what.setToolTip(what)
        self._speed.setText(speed or " ")
        if run.progress is None:
            self.bar.setRange(0, 0)
        else:
            self.bar.setRange(0, _STEPS)
            self.bar.setValue(round(run.part_done * _STEPS))
        self.cancel.setEnabled(not run.cancelling)
        self.pause.setEnabled(run.progress is not None and not run.cancelling)
        self.pause.setText("Go on" if run.paused else "Pause")
        self.pause.setToolTip(
            "Go on scanning (Ctrl+,)" if run.paused else "Let the scan wait; nothing is lost (Ctrl+,)"
        )
        self.show()
