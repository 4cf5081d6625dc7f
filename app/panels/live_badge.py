"""The live model's badge on the slide: on what it runs and how long the last view took, or why it does not."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.state.live_run import LiveRun


def live_words(run: LiveRun) -> tuple[str, str]:
    """(what, how long) of a live model that is wanted."""
    if run.why_not:
        return "Live model", run.why_not
    if run.started is None:
        return "Live model", f"{run.stage}…"
    what = f"Live model on {run.started.device}, {run.started.precision}"
    if run.first_seconds is None:
        return what, "computing…" if run.is_busy else ""
    first = f"first values {run.first_seconds:.2f} s"
    return what, first if run.is_busy or run.seconds is None else f"{first}, all {run.seconds:.2f} s"


class LiveBadge(QWidget):
    """Shows a `LiveRun`; hidden while it is off."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("glass")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.what = QLabel()
        self.took = QLabel()
        self.took.setObjectName("glassCaption")
        for label in (self.what, self.took):
            label.setTextFormat(Qt.TextFormat.PlainText)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 6, 12, 6)
        line.setSpacing(8)
        line.addWidget(self.what)
        line.addWidget(self.took)
        self.hide()

    def show_run(self, run: LiveRun) -> None:
        """Shows how the live model stands."""
        what, took = live_words(run)
        self.what.setText(what)
        self.took.setText(took)
        self.took.setVisible(bool(took))
        self.setVisible(run.wanted)
        self.adjustSize()
