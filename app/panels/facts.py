"""A list of facts: names at the left, values at the right, rows without a value left out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

Fact = tuple[str, str]
"""Name and value with its unit; an empty value hides the row."""


class Facts(QWidget):
    """Shows facts in the order given; labels are kept, so that nothing flickers while numbers count."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnMinimumWidth(0, 84)
        self._grid.setColumnStretch(1, 1)
        self._rows: list[tuple[QLabel, QLabel]] = []

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Replaces the facts."""
        present = [fact for fact in facts if fact[1]]
        while len(self._rows) < len(present):
            self._rows.append(self._added(len(self._rows)))
        for number, (name, value) in enumerate(self._rows):
            visible = number < len(present)
            if visible:
                name.setText(present[number][0])
                value.setText(present[number][1])
            name.setVisible(visible)
            value.setVisible(visible)

    def text_of(self, name: str) -> str:
        """The value shown for a name; empty if it is not shown."""
        for label, value in self._rows:
            if not label.isHidden() and label.text() == name:
                return value.text()
        return ""

    def _added(self, row: int) -> tuple[QLabel, QLabel]:
        name, value = QLabel(), QLabel()
        # Like the value, or the two would not stand on one line.
        name.setWordWrap(True)
        name.setObjectName("factName")
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        value.setWordWrap(True)
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(name, row, 0, top)
        self._grid.addWidget(value, row, 1, top)
        return name, value
