"""A named slider with its value beside it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

STEPS_PER_UNIT = 100
"""Hundredths: as fine as the numbers shown beside it."""
NAME_WIDTH = 84


class SliderRow(QWidget):
    """A value between two bounds in steps of 0.01.

    Signals:
        moved: the new value, while the knob moves.
    """

    moved = Signal(float)

    def __init__(
        self, name: str, *, lowest: float, highest: float, text_of: Callable[[float], str], tooltip: str
    ) -> None:
        super().__init__()
        self._text_of = text_of
        self.slider = _QuietSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(round(lowest * STEPS_PER_UNIT), round(highest * STEPS_PER_UNIT))
        self.slider.setPageStep(5)
        self.slider.setAccessibleName(name)
        self.slider.valueChanged.connect(self._on_value_changed)
        self._value = QLabel()
        self._value.setFixedWidth(40)
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        label = QLabel(name)
        label.setFixedWidth(NAME_WIDTH)
        self.setToolTip(tooltip)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(label)
        line.addWidget(self.slider, 1)
        line.addWidget(self._value)

    def show_value(self, value: float) -> None:
        """Puts the knob at a value without telling of it."""
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(value * STEPS_PER_UNIT))
        self._value.setText(self._text_of(value))

    def _on_value_changed(self, steps: int) -> None:
        self._value.setText(self._text_of(steps / STEPS_PER_UNIT))
        self.moved.emit(steps / STEPS_PER_UNIT)


class _QuietSlider(QSlider):
    """Takes the wheel only while it has the focus, so that scrolling the panel changes nothing."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
