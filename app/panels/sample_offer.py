"""The offer of a sample slide on the start page: a button, then how far its drawing is."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.panels.words import duration, percent

_STEPS = 1000
_BAR_PX = 240


class SampleOffer(QWidget):
    """One button that starts the drawing, and calls it off while it is under way.

    Signals:
        wanted: the user asks for the sample slide.
        stopWanted: the user asks to stop drawing it.
    """

    wanted = Signal()
    stopWanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._is_drawing = False
        self.button = QPushButton()
        self.button.clicked.connect(self._on_clicked)
        self.bar = QProgressBar()
        self.bar.setObjectName("cardProgress")
        self.bar.setTextVisible(False)
        self.bar.setRange(0, _STEPS)
        self.bar.setFixedSize(_BAR_PX, 4)
        self.bar.setAccessibleName("Drawing the sample slide")
        # Its room is kept, so that the button stays under the cursor.
        policy = self.bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(policy)
        self.words = QLabel()
        self.words.setObjectName("caption")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.button, self.bar, self.words):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        self.show_offer()

    def show_offer(self) -> None:
        """Nothing is being drawn."""
        self._is_drawing = False
        self.button.setText("Try the sample slide")
        self.button.setToolTip("Look around, scan and review without a slide of your own")
        self.words.setText("A lymph node drawn by a program: no patient. It takes a minute the first time.")
        self.bar.setVisible(False)

    def show_progress(self, part: float, seconds_left: float | None) -> None:
        """How far the drawing is."""
        self._is_drawing = True
        self.button.setText("Stop drawing")
        self.button.setToolTip("Stop; nothing stays of it")
        left = "" if seconds_left is None else f", {duration(max(1.0, seconds_left))} left"
        self.words.setText(f"Drawing the sample slide: {percent(part)}{left}")
        self.bar.setValue(round(part * _STEPS))
        self.bar.setVisible(True)

    def _on_clicked(self) -> None:
        (self.stopWanted if self._is_drawing else self.wanted).emit()
