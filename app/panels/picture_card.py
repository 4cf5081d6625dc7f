"""The card of the slide's picture: brightness, contrast, gamma, one stain alone, and a way back."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton

from app.canvas.adjustment import LEAST_GAMMA, MOST_GAMMA, STAINS, Adjustment
from app.panels.card import Card
from app.panels.combo import Combo
from app.panels.slider_row import NAME_WIDTH, SliderRow


class PictureCard(Card):
    """Shows an `Adjustment`.

    Signals:
        adjustmentChosen: the new `Adjustment`.
    """

    adjustmentChosen = Signal(object)

    def __init__(self, *, is_open: bool = False) -> None:
        super().__init__("picture", "Picture", is_open=is_open)
        self._shown = Adjustment()
        self.brightness = SliderRow(
            "Brightness",
            lowest=-1.0,
            highest=1.0,
            text_of=_signed,
            tooltip="Brighter to the right, for the eye only",
        )
        self.contrast = SliderRow(
            "Contrast",
            lowest=-1.0,
            highest=1.0,
            text_of=_signed,
            tooltip="More contrast to the right, for the eye only",
        )
        self.gamma = SliderRow(
            "Gamma",
            lowest=LEAST_GAMMA,
            highest=MOST_GAMMA,
            text_of=lambda value: f"{value:.2f}",
            tooltip="Above 1 the dark parts become brighter, for the eye only",
        )
        self.brightness.moved.connect(lambda value: self._choose(replace(self._shown, brightness=value)))
        self.contrast.moved.connect(lambda value: self._choose(replace(self._shown, contrast=value)))
        self.gamma.moved.connect(lambda value: self._choose(replace(self._shown, gamma=value)))
        self.stain = Combo()
        self.stain.setAccessibleName("Stain")
        self.stain.setToolTip(
            "Show one dye alone, separated by its colour; the model always sees the slide as scanned"
        )
        for name, label in STAINS.items():
            self.stain.addItem(label, name)
        self.stain.currentIndexChanged.connect(
            lambda index: self._choose(replace(self._shown, stain=self.stain.itemData(index)))
        )
        self.reset = QPushButton("Reset")
        self.reset.setToolTip("Show the slide as scanned")
        self.reset.clicked.connect(lambda: self._choose(Adjustment()))
        line = QHBoxLayout()
        line.setSpacing(8)
        name_label = QLabel("Stain")
        name_label.setFixedWidth(NAME_WIDTH)
        line.addWidget(name_label)
        line.addWidget(self.stain, 1)
        line.addWidget(self.reset)
        for row in (self.brightness, self.contrast, self.gamma):
            self.content.addWidget(row)
        self.content.addLayout(line)
        self.show_adjustment(self._shown)

    def show_adjustment(self, adjustment: Adjustment) -> None:
        """Puts the controls where the state is; a folded card still says that the colours are changed."""
        self._shown = adjustment
        self.brightness.show_value(adjustment.brightness)
        self.contrast.show_value(adjustment.contrast)
        self.gamma.show_value(adjustment.gamma)
        with QSignalBlocker(self.stain):
            self.stain.setCurrentIndex(self.stain.findData(adjustment.stain))
        self.reset.setEnabled(not adjustment.is_neutral)
        self.set_caption("" if adjustment.is_neutral else "changed for the eye")

    def _choose(self, adjustment: Adjustment) -> None:
        self.adjustmentChosen.emit(adjustment)


def _signed(value: float) -> str:
    return "0" if round(value, 2) == 0 else f"{value:+.2f}".replace("-", "\u2212")
