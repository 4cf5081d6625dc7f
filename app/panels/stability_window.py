"""The rotation stability of a region in a window of its own, large enough to look at cells."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget

from app.panels.stability_panel import StabilityPanel

SIZE = (1080, 700)


class StabilityWindow(QDialog):
    """Stays beside the main window and shows what the card shows.

    Attributes:
        panel: the pictures; words: the figures below them.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Rotation stability")
        self.setModal(False)
        self.resize(*SIZE)
        self.panel = StabilityPanel(wide=True)
        self.words = QLabel()
        self.words.setObjectName("caption")
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addWidget(self.panel, 1)
        column.addWidget(self.words)
