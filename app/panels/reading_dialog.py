"""Asks who looks at the slide anew, and says whose readings are over."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.panels.fit_height import fit_height

MOST_SAID = 6
"""Earlier readings that are listed."""


class ReadingDialog(QDialog):
    """A name, which may be left out.

    Signals:
        begun: the reader's name, empty for none.
    """

    begun = Signal(str)

    def __init__(self, present: str, before: Sequence[str], parent: QWidget | None = None) -> None:
        """`present` says how far the reading under way is, `before` lists those that are over, the latest first."""
        super().__init__(parent)
        self.setWindowTitle("Look at the slide anew")
        text = QLabel(
            "The area looked at starts from nothing, as for a second reader. What was looked at so far stays in the "
            "case file; scans, decisions and annotations are not touched."
        )
        text.setWordWrap(True)
        self.field = QLineEdit()
        self.field.setPlaceholderText("May be left out")
        self.field.setMaxLength(80)
        self.field.setAccessibleName("Name of the reader")
        name = QLabel("Name of the reader")
        name.setBuddy(self.field)
        lines = [present, *before[:MOST_SAID]]
        if len(before) > MOST_SAID:
            lines.append(f"and {len(before) - MOST_SAID} earlier ones")
        self.readings = QLabel("\n".join(lines))
        self.readings.setObjectName("caption")
        self.readings.setWordWrap(True)
        self.begin = QPushButton("Begin")
        self.begin.setObjectName("primary")
        self.begin.setDefault(True)
        self.begin.clicked.connect(self.accept)
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.begin)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(10)
        column.addWidget(text)
        column.addWidget(self.readings)
        column.addWidget(name)
        column.addWidget(self.field)
        column.addLayout(buttons)
        self.setFixedWidth(420)
        fit_height(self)
        self.accepted.connect(lambda: self.begun.emit(self.field.text().strip()))
        self.field.setFocus()
