"""Asks for a slide's resolution: never guessed, recorded as given."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.panels.words import count, millimetres
from inference.slides.frames import Mpp
from inference.slides.resolution import COARSEST_MPP, FINEST_MPP
from inference.slides.slide import SlideInfo

PRESETS = (("40×", 0.25), ("20×", 0.5), ("10×", 1.0))


class MppDialog(QDialog):
    """Micrometres per pixel, by preset or by hand.

    Signals:
        mppGiven: the `Mpp` the user states.
    """

    mppGiven = Signal(object)

    def __init__(self, info: SlideInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._info = info
        self.setWindowTitle("Resolution of the slide")
        missing = info.mpp is None
        text = QLabel(
            (f"{info.path.name} does not state its resolution. " if missing else f"{info.path.name}: ")
            + "How many micrometres is one pixel of the full-size image? Your answer is recorded as given by you "
            "and used for lengths and scans."
        )
        text.setWordWrap(True)
        self.value = QDoubleSpinBox()
        self.value.setDecimals(4)
        self.value.setSuffix(" µm/px")
        self.value.setSingleStep(0.01)
        # Nothing is preset: 0 reads "not given", and the button stays off until something is chosen.
        self.value.setRange(0.0, COARSEST_MPP)
        self.value.setSpecialValueText("not given")
        self.value.setAccessibleName("Micrometres per pixel")
        self.value.setToolTip(f"From {FINEST_MPP:g} to {COARSEST_MPP:g} µm per pixel")
        self.value.setMinimumWidth(140)
        if info.mpp is not None:
            self.value.setValue(info.mpp.mean)
        # Typing replaces what stands there. The margin is that of the other fields, which a spin box ignores.
        self.value.lineEdit().setTextMargins(6, 0, 0, 0)
        self.value.selectAll()
        self._meaning = QLabel()
        self._meaning.setObjectName("caption")
        self.accept_button = QPushButton("Use this resolution")
        self.accept_button.setObjectName("primary")
        self.accept_button.setDefault(True)
        self.accept_button.clicked.connect(self.accept)
        later = QPushButton("Only look" if missing else "Cancel")
        later.setToolTip(
            "Look at the slide without lengths; a scan asks again" if missing else "Change nothing"
        )
        later.clicked.connect(self.reject)
        self._lay_out(text, later)
        self.value.valueChanged.connect(self._on_value_changed)
        self._on_value_changed(self.value.value())
        self.accepted.connect(lambda: self.mppGiven.emit(Mpp.square(self.value.value())))

    def _lay_out(self, text: QLabel, later: QPushButton) -> None:
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.value)
        for name, mpp in PRESETS:
            button = QPushButton(f"{name}  {mpp:g}")
            button.setToolTip(f"A scan with a {name} objective: about {mpp:g} µm per pixel")
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, mpp=mpp: self.value.setValue(mpp))
            line.addWidget(button)
        line.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(later)
        buttons.addWidget(self.accept_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(12)
        column.addWidget(text)
        column.addLayout(line)
        column.addWidget(self._meaning)
        column.addSpacing(4)
        column.addLayout(buttons)
        self.setFixedWidth(460)

    def _on_value_changed(self, value: float) -> None:
        size = self._info.size_l0
        if value == 0:
            self._meaning.setText(f"{count(size.width)} × {count(size.height)} px")
        else:
            across, down = millimetres(size.width, value), millimetres(size.height, value)
            self._meaning.setText(f"The slide is then {across} × {down} mm.")
        self.accept_button.setEnabled(value >= FINEST_MPP)
