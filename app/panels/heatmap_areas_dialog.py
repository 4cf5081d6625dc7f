"""Makes annotations of the heatmap: threshold, least area, smoothing, and how many areas that gives."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.single_shot import single_shot

LEAST_AREA_MM2 = 0.005
"""Five cells: single cells above the threshold are mostly noise."""
SMOOTHING_UM = 31.0
"""A cell: the stairs of cells' edges go, what is wider than two cells stays."""
_WAIT_MS = 150


@dataclass(frozen=True, slots=True)
class AreaChoice:
    """What the dialog says."""

    threshold: float
    least_area_um2: float
    smoothing_um: float


class HeatmapAreasDialog(QDialog):
    """Signals:
    choiceChanged: the `AreaChoice` to count.
    addWanted: the areas counted last shall be added.
    """

    choiceChanged = Signal(object)
    addWanted = Signal()

    def __init__(self, threshold: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Annotate the heatmap")
        self.threshold = _spin("Threshold", 0.05, 0.99, 2, threshold, "")
        self.least = _spin("Least area", 0.0, 1000.0, 3, LEAST_AREA_MM2, " mm²")
        self.smoothing = _spin("Smoothing", 0.0, 500.0, 0, SMOOTHING_UM, " µm")
        form = QFormLayout()
        form.addRow("Threshold", self.threshold)
        form.addRow("Least area", self.least)
        form.addRow("Smoothing", self.smoothing)
        self.outcome = QLabel("\u2026")
        self.outcome.setObjectName("caption")
        self.accept_button = QPushButton("Add annotations")
        self.accept_button.setObjectName("primary")
        self.accept_button.setDefault(True)
        self.accept_button.setEnabled(False)
        self.accept_button.clicked.connect(self._on_accept)
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.accept_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(self.outcome)
        column.addLayout(buttons)
        self.setMinimumWidth(340)
        self._timer = single_shot(self, _WAIT_MS, lambda: self.choiceChanged.emit(self.choice))
        for spin in (self.threshold, self.least, self.smoothing):
            spin.valueChanged.connect(self._on_changed)

    @property
    def choice(self) -> AreaChoice:
        """What is chosen now."""
        return AreaChoice(self.threshold.value(), self.least.value() * 1e6, self.smoothing.value())

    def show_outcome(self, text: str, *, some: bool) -> None:
        """How many areas the choice gives."""
        self.outcome.setText(text)
        self.accept_button.setEnabled(some)

    def _on_changed(self) -> None:
        # What was counted is not what would be added now.
        self.accept_button.setEnabled(False)
        self._timer.start()

    def _on_accept(self) -> None:
        self.addWanted.emit()
        self.accept()


def _spin(name: str, least: float, most: float, decimals: int, value: float, unit: str) -> QDoubleSpinBox:
    spin = QDoubleSpinBox()
    spin.setRange(least, most)
    spin.setDecimals(decimals)
    spin.setSingleStep(10.0**-decimals * 5)
    spin.setValue(value)
    spin.setSuffix(unit)
    spin.setAccessibleName(name)
    # The margin is that of the other fields, which a spin box ignores.
    spin.lineEdit().setTextMargins(6, 0, 0, 0)
    return spin
