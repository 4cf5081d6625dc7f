"""The keys page and the page about the program, made from the table of actions."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.actions import ACTIONS, GROUPS, MOUSE_GESTURES
from inference.version import VERSION

ABOUT = (
    "Equiscope shows whole-slide images and lays over them the tumour probability that a rotation-equivariant "
    "network computes (Veeling et al., Rotation Equivariant CNNs for Digital Pathology, 2018)."
)
RESEARCH_ONLY = (
    "For research use only. It is not a medical device: it must not be used for diagnosis or for decisions on "
    "treatment."
)
PRIVACY = "It uses no network. Slides and results stay on this computer."


class KeysPage(QDialog):
    """All keys by group, and what the mouse does."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        columns = QHBoxLayout()
        columns.setSpacing(40)
        halves = (GROUPS[:2], GROUPS[2:])
        for number, groups in enumerate(halves):
            column = QVBoxLayout()
            column.setSpacing(12)
            for group in groups:
                rows = [
                    (QKeySequence(spec.shortcut).toString(QKeySequence.SequenceFormat.NativeText), spec.text)
                    for spec in ACTIONS
                    if spec.group == group and spec.shortcut
                ]
                column.addLayout(_table(group, rows))
            if number == 0:
                column.addLayout(_table("Mouse and arrows", list(MOUSE_GESTURES)))
            column.addStretch(1)
            columns.addLayout(column)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 20, 24, 16)
        outer.setSpacing(16)
        outer.addLayout(columns)
        peek = QLabel("Hold H to peek: the heatmap turns for as long as the key is down.")
        peek.setObjectName("caption")
        outer.addWidget(peek)
        outer.addLayout(_close_line(self))


class AboutPage(QDialog):
    """What the program is, and what it is not for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Equiscope")
        self.setFixedWidth(460)
        title = QLabel(f"Equiscope {VERSION}")
        title.setObjectName("emptyTitle")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 20, 24, 16)
        outer.setSpacing(10)
        outer.addWidget(title)
        for text in (ABOUT, RESEARCH_ONLY, PRIVACY):
            label = QLabel(text)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            outer.addWidget(label)
        outer.addLayout(_close_line(self))


def _table(title: str, rows: list[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(4)
    grid.setColumnMinimumWidth(0, 120)
    heading = QLabel(title)
    heading.setObjectName("cardTitle")
    grid.addWidget(heading, 0, 0, 1, 2)
    for number, (key, text) in enumerate(rows, start=1):
        label = QLabel(key)
        label.setObjectName("factName")
        grid.addWidget(label, number, 0)
        grid.addWidget(QLabel(text), number, 1)
    grid.setColumnStretch(1, 1)
    return grid


def _close_line(dialog: QDialog) -> QHBoxLayout:
    close = QPushButton("Close")
    close.clicked.connect(dialog.accept)
    line = QHBoxLayout()
    line.addStretch(1)
    line.addWidget(close)
    return line
