"""Asks for a place to go to, and says at once what is wrong with what was typed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.panels.combo import Combo
from app.state.place_text import parse_place
from inference.slides.frames import PointL0
from inference.slides.slide import SlideInfo


class PlaceDialog(QDialog):
    """x and y in one field, so that a place can be pasted.

    Signals:
        placeGiven: the `PointL0` to show.
    """

    placeGiven = Signal(object)

    def __init__(self, info: SlideInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._info = info
        self._place: PointL0 | None = None
        self.setWindowTitle("Go to a place")
        text = QLabel("x and y, from the slide's top left corner")
        self.field = QLineEdit()
        self.field.setPlaceholderText("1200, 850")
        self.field.setAccessibleName("x and y")
        self.field.setToolTip("Two numbers with a comma between; what the status line shows can be pasted")
        self.unit = Combo()
        self.unit.setAccessibleName("Unit")
        self.unit.setToolTip("Unit of both numbers, where none is written")
        for unit in ("\u00b5m", "mm", "px") if info.mpp is not None else ("px",):
            self.unit.addItem(unit)
        self.message = QLabel(" ")
        self.message.setObjectName("caption")
        self.message.setWordWrap(True)
        self.go = QPushButton("Go")
        self.go.setObjectName("primary")
        self.go.setDefault(True)
        self.go.clicked.connect(self.accept)
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.reject)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.field, 1)
        line.addWidget(self.unit)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.go)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(10)
        column.addWidget(text)
        column.addLayout(line)
        column.addWidget(self.message)
        column.addLayout(buttons)
        self.setFixedWidth(380)
        self.field.textChanged.connect(self._read)
        self.unit.currentIndexChanged.connect(self._read)
        self.accepted.connect(lambda: self.placeGiven.emit(self._place))
        self._read()
        self.field.setFocus()

    def _read(self) -> None:
        text, self._place, problem = self.field.text().strip(), None, " "
        if text:
            try:
                self._place = parse_place(
                    text, unit=self.unit.currentText(), mpp=self._info.mpp, size_l0=self._info.size_l0
                )
            except ValueError as error:
                problem = str(error)
        self.message.setText(problem)
        self.go.setEnabled(self._place is not None)
