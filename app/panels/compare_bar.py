"""The bar above two views side by side: which scan each shows, and what it says under the cursor."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Signal
from PySide6.QtGui import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from app.icons import icon_of
from app.panels.combo import Combo
from app.theme import Palette

BAR_PX = 38
Choice = tuple[str, int]
"""What the user reads, and a number for the code."""


class CompareBar(QWidget):
    """A choice and a value for either side, and a button that ends it.

    Signals:
        leftChosen, rightChosen: the number of a choice.
        closeWanted: one view is enough.
    """

    leftChosen = Signal(int)
    rightChosen = Signal(int)
    closeWanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("compareBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.left, self.left_value = _chooser("Left view", self.leftChosen), _value("Left")
        self.right, self.right_value = _chooser("Right view", self.rightChosen), _value("Right")
        self.close_button = QToolButton()
        self.close_button.setAccessibleName("End side by side")
        self.close_button.setToolTip("Back to one view (X)")
        self.close_button.clicked.connect(self.closeWanted)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 0, 8, 0)
        line.setSpacing(0)
        line.addLayout(_side(self.left, self.left_value), 1)
        line.addSpacing(12)
        line.addLayout(_side(self.right, self.right_value, self.close_button), 1)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), BAR_PX)

    def show_left(self, choices: Sequence[Choice], chosen: int) -> None:
        """What the left view can show, and what it shows."""
        _fill(self.left, choices, chosen)

    def show_right(self, choices: Sequence[Choice], chosen: int, *, can_choose: bool) -> None:
        """What the right view can show, and what it shows."""
        _fill(self.right, choices, chosen)
        self.right.setEnabled(can_choose)

    def show_values(self, left: float | None, right: float | None) -> None:
        """The probabilities under the cursor."""
        for label, value in ((self.left_value, left), (self.right_value, right)):
            label.setText("" if value is None else f"{value:.2f}")

    def set_palette(self, palette: Palette) -> None:
        """Colours of the icons."""
        self.close_button.setIcon(
            icon_of("close", normal=palette.text_secondary, disabled=palette.text_disabled)
        )


def _chooser(name: str, chosen: object) -> Combo:
    combo = Combo()
    combo.setAccessibleName(name)
    combo.setToolTip(f"{name}: what lies on the slide")
    combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    combo.setMinimumWidth(110)
    combo.setMaximumWidth(300)
    combo.activated.connect(lambda index: chosen.emit(combo.itemData(index)))  # type: ignore[attr-defined]
    return combo


def _value(side: str) -> QLabel:
    label = QLabel()
    label.setFixedWidth(36)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    label.setToolTip(f"{side} view: tumour probability under the cursor")
    return label


def _side(combo: Combo, value: QLabel, end: QWidget | None = None) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setSpacing(8)
    line.addWidget(combo, 10)
    line.addWidget(value)
    line.addStretch(1)
    if end is not None:
        line.addWidget(end)
    return line


def _fill(combo: Combo, choices: Sequence[Choice], chosen: int) -> None:
    shown = [(combo.itemText(index), combo.itemData(index)) for index in range(combo.count())]
    # A scan's progress shows the same choices many times a second: a list that is open must stay as it is.
    if shown == list(choices) and combo.currentData() == chosen:
        return
    with QSignalBlocker(combo):
        combo.clear()
        for text, number in choices:
            combo.addItem(text, number)
        combo.setCurrentIndex(combo.findData(chosen))
