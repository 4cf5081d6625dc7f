"""The card of the picture: brightness, contrast, gamma, one stain alone, opacities, and a way back."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton

from app.canvas.adjustment import LEAST_GAMMA, MOST_GAMMA, STAINS, Adjustment
from app.canvas.layer_look import Opacities
from app.panels.card import Card
from app.panels.combo import Combo
from app.panels.slider_row import NAME_WIDTH, SliderRow


class PictureCard(Card):
    """Shows an `Adjustment` and `Opacities`.

    Signals:
        adjustmentChosen: the new `Adjustment`.
        opacitiesChosen: the new `Opacities`.
    """

    adjustmentChosen = Signal(object)
    opacitiesChosen = Signal(object)

    def __init__(self, *, is_open: bool = False) -> None:
        super().__init__("picture", "Picture", is_open=is_open)
        self._shown, self._opacities = Adjustment(), Opacities()
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
        self.reset.setToolTip(
            "Show the slide as scanned; slide, candidates and annotations at 100 %. The heatmap stays as set above"
        )
        self.reset.clicked.connect(self._reset)
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
        self.opacity = {name: self._opacity_row(name) for name in ("slide", "candidates", "annotations")}
        self.show_look(self._shown, self._opacities)

    def show_look(self, adjustment: Adjustment, opacities: Opacities) -> None:
        """Puts the controls where the state is; a folded card still says that the picture is changed."""
        self._shown, self._opacities = adjustment, opacities
        for name, row in self.opacity.items():
            row.show_value(getattr(opacities, name))
        self.brightness.show_value(adjustment.brightness)
        self.contrast.show_value(adjustment.contrast)
        self.gamma.show_value(adjustment.gamma)
        with QSignalBlocker(self.stain):
            self.stain.setCurrentIndex(self.stain.findData(adjustment.stain))
        as_at_first = adjustment.is_neutral and opacities == Opacities()
        self.reset.setEnabled(not as_at_first)
        self.set_caption("" if as_at_first else "changed for the eye")

    def _opacity_row(self, name: str) -> SliderRow:
        row = SliderRow(
            name.capitalize(),
            lowest=0.0,
            highest=1.0,
            text_of=lambda value: f"{value:.0%}".replace("%", " %"),
            tooltip=f"Opacity of the {name}; that of the heatmap is set above",
        )
        row.slider.setAccessibleName(f"Opacity of the {name}")
        row.moved.connect(lambda value: self.opacitiesChosen.emit(replace(self._opacities, **{name: value})))
        self.content.addWidget(row)
        return row

    def _reset(self) -> None:
        self._choose(Adjustment())
        self.opacitiesChosen.emit(Opacities())

    def _choose(self, adjustment: Adjustment) -> None:
        self.adjustmentChosen.emit(adjustment)


def _signed(value: float) -> str:
    return "0" if round(value, 2) == 0 else f"{value:+.2f}".replace("-", "\u2212")
