"""The row of the area looked at: shown on the minimap or not, and from which magnification on a look counts."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.panels.combo import Combo
from app.panels.tick_box import TickBox

COUNTING = (5.0, 10.0, 20.0, 40.0)
"""Magnifications that reading is done at."""


class CoverageRow(QWidget):
    """A tick and a magnification.

    Signals:
        toggled: it was asked for, or no longer.
        magnificationChosen: one of `COUNTING`.
    """

    toggled = Signal()
    magnificationChosen = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.tick = TickBox("Area looked at, from")
        self.tick.setToolTip("Tint on the minimap what you have rested on (V); kept in the case file")
        self.tick.toggled.connect(lambda _on: self.toggled.emit())
        self.magnification = Combo()
        self.magnification.setAccessibleName("Magnification from which a look counts")
        self.magnification.setToolTip("From which magnification on a look counts")
        for each in COUNTING:
            self.magnification.addItem(f"{each:g}\u00d7", each)
        self.magnification.currentIndexChanged.connect(
            lambda index: self.magnificationChosen.emit(self.magnification.itemData(index))
        )
        self.reader = QLabel()
        self.reader.setObjectName("caption")
        self.reader.setWordWrap(True)
        self.reader.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self.tick)
        line.addStretch(1)
        line.addWidget(self.magnification)
        column.addLayout(line)
        column.addWidget(self.reader)

    def show_reader(self, text: str) -> None:
        """Says whose reading it is; hidden where there is nothing to say."""
        self.reader.setText(text)
        self.reader.setVisible(bool(text))

    def show_choice(self, *, shown: bool, magnification: float) -> None:
        """Puts the controls where the state is."""
        with QSignalBlocker(self.tick), QSignalBlocker(self.magnification):
            self.tick.setChecked(shown)
            self.magnification.setCurrentIndex(self.magnification.findData(magnification))
