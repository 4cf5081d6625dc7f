"""The keys page and the page about the program, made from the table of actions."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.actions import ACTIONS, MOUSE_GESTURES
from app.panels.fit_height import fit_height
from inference.version import VERSION

ABOUT = (
    "Equiscope shows whole-slide images and lays over them the tumour probability that a rotation-equivariant "
    "network computes (Veeling et al., Rotation Equivariant CNNs for Digital Pathology, 2018)."
)
RESEARCH_ONLY = (
    "For research use only. It is not a medical device: it must not be used for diagnosis or for decisions on "
    "treatment."
)
MOUSE = "Mouse and arrows"
COLUMNS = (("Slide", "Tools"), ("View", MOUSE, "Window", "Help"), ("Layers", "Candidates", "Annotations"))
"""The groups of actions side by side, of about the same length."""
ROOM_AROUND = 120
"""Device-independent px for the buttons, the window's frame and a panel of the desktop."""
PRIVACY = "It uses no network. Slides and results stay on this computer."


class KeysPage(QDialog):
    """All keys by group, and what the mouse does."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        columns = QHBoxLayout()
        columns.setContentsMargins(0, 0, 12, 0)
        columns.setSpacing(32)
        for names in COLUMNS:
            column = QVBoxLayout()
            column.setSpacing(12)
            for name in names:
                column.addLayout(_table(name, _rows_of(name)))
            column.addStretch(1)
            columns.addLayout(column)
        inside = QWidget()
        inside.setLayout(columns)
        # On a small screen it is higher than there is room for.
        self.area = QScrollArea()
        self.area.setWidget(inside)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setAccessibleName("Keys")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 20, 12, 16)
        outer.setSpacing(16)
        outer.addWidget(self.area)
        peek = QLabel("Hold H to peek: the heatmap turns for as long as the key is down.")
        peek.setObjectName("caption")
        outer.addWidget(peek)
        outer.addLayout(_close_line(self))
        wanted = inside.sizeHint()
        self.area.setMinimumWidth(wanted.width() + self.area.verticalScrollBar().sizeHint().width())
        room = self.screen().availableSize().height() - ROOM_AROUND
        self.resize(self.sizeHint().width(), min(wanted.height() + ROOM_AROUND, room))


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
        fit_height(self)


def _rows_of(group: str) -> list[tuple[str, str]]:
    if group == MOUSE:
        return list(MOUSE_GESTURES)
    return [
        (QKeySequence(spec.shortcut).toString(QKeySequence.SequenceFormat.NativeText), spec.text)
        for spec in ACTIONS
        if spec.group == group and spec.shortcut
    ]


def _table(title: str, rows: list[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(2)
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
