"""What a check of equivariance found: one line, green or red, and the difference under each turn and reflection."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.control.equivariance_control import EquivarianceRun
from app.panels.facts import Facts
from app.panels.fit_height import fit_height
from app.panels.words import count
from inference.results.equivariance_report import EquivarianceReport

WHAT = (
    "The view is predicted as it lies, under three quarter turns, and mirrored under all four. For a "
    "rotation-equivariant network the answers are the same but for rounding."
)
_STEPS = 1000
_WIDTH_PX = 420
_MARGIN_PX = 24


def verdict(report: EquivarianceReport) -> str:
    """The outcome in a few words."""
    if report.largest_difference is None:
        return "No cell of this view has a value"
    return "Equivariant on this view" if report.verified else "Not equivariant on this view"


def report_facts(report: EquivarianceReport) -> list[tuple[str, str]]:
    """What was found, in reading order."""
    facts = [
        ("Largest difference", _difference(report.largest_difference)),
        ("Tolerance", f"{report.tolerance:.0e}, of the model's card"),
        ("Device", f"{report.device}, {report.precision}"),
        ("Cells", count(report.cells)),
    ]
    if report.tiles < report.tiles_in_region:
        facts.append(("Looked at", f"{report.tiles} of {report.tiles_in_region} tiles, evenly spread"))
    return facts + [(name.capitalize(), _difference(value)) for name, value in report.by_element.items()][1:]


class EquivarianceDialog(QDialog):
    """Shows an `EquivarianceRun`; the window goes on beside it. Closing it stops a check under way."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Equivariance of this view")
        self.setFixedWidth(_WIDTH_PX)
        self.model = QLabel()
        self.model.setObjectName("cardTitle")
        self.model.setTextFormat(Qt.TextFormat.PlainText)
        self.slide = QLabel()
        self.slide.setTextFormat(Qt.TextFormat.PlainText)
        what = QLabel(WHAT)
        what.setObjectName("caption")
        what.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setObjectName("cardProgress")
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.bar.setRange(0, _STEPS)
        self.verdict = QLabel()
        self.verdict.setObjectName("chip")
        self.verdict.setWordWrap(True)
        self.facts = Facts()
        self.close_button = QPushButton("Close")
        self.close_button.clicked.connect(self.accept)
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(self.close_button)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(_MARGIN_PX, 20, _MARGIN_PX, 16)
        outer.setSpacing(10)
        for widget in (self.model, self.slide, what, self.bar, self.verdict, self.facts):
            outer.addWidget(widget)
        outer.addLayout(line)

    def show_run(self, run: EquivarianceRun) -> None:
        """Shows how a check stands."""
        self.model.setText(run.title)
        # Another slide may be on show by now.
        mode, room = Qt.TextElideMode.ElideMiddle, _WIDTH_PX - 2 * _MARGIN_PX
        self.slide.setText(self.slide.fontMetrics().elidedText(run.slide, mode, room))
        self.slide.setToolTip(run.slide)
        self.bar.setVisible(bool(run.run_id))
        self.bar.setValue(round(run.part_done * _STEPS))
        self.close_button.setText("Cancel" if run.run_id else "Close")
        text, weight = "", ""
        if run.report is not None:
            text, weight = verdict(run.report), "good" if run.report.verified else "bad"
            self.facts.show_facts(report_facts(run.report))
        elif run.error is not None:
            text, weight = run.error.sentence(), "bad"
        self.verdict.setText(text)
        self.verdict.setProperty("weight", weight)
        self.verdict.style().unpolish(self.verdict)
        self.verdict.style().polish(self.verdict)
        self.verdict.setVisible(bool(text))
        self.facts.setVisible(run.report is not None)
        fit_height(self)


def _difference(value: float | None) -> str:
    return "\u2013" if value is None else f"{value:.1e}"
