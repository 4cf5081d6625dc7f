"""The scale bar: a round length in micrometres or millimetres at the present zoom."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.canvas import theme
from app.canvas.overlay import KeptOverlay

LONGEST_PX = 160
"""The bar is between 64 and 160 px long: each round length is 2 or 2.5 times the one before."""


@dataclass(frozen=True, slots=True)
class ScaleLength:
    """A round length and its size on the screen in device-independent px."""

    text: str
    length_um: float
    length_view: float


def round_length(um_per_view: float, *, longest_view: float = LONGEST_PX) -> ScaleLength:
    """The longest of 1, 2, 5 x 10^n um that fits `longest_view` px; from 1 mm on it is written in mm."""
    most_um = um_per_view * longest_view
    power = 10.0 ** math.floor(math.log10(most_um))
    # The small allowance lets a length that fits exactly count as fitting in spite of rounding.
    length_um = max(step * power for step in (1, 2, 5) if step * power <= most_um * (1 + 1e-9))
    text = f"{length_um / 1000:g} mm" if length_um >= 1000 else f"{length_um:g} µm"
    return ScaleLength(text, length_um, length_um / um_per_view)


class ScaleBar(KeptOverlay):
    """A white bar with its length; empty while the resolution is unknown."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._length: ScaleLength | None = None
        self.setFixedSize(self.sizeHint())
        self.setAccessibleName("Scale bar")

    @property
    def length(self) -> ScaleLength | None:
        """What is shown."""
        return self._length

    def set_um_per_view(self, um_per_view: float | None) -> None:
        """Micrometres per device-independent px, or None where the slide's resolution is unknown."""
        length = None if um_per_view is None else round_length(um_per_view)
        if length != self._length:
            self._length = length
            self.setAccessibleDescription(length.text if length is not None else "")
            self.refresh()

    def has_content(self) -> bool:
        return self._length is not None

    def sizeHint(self) -> QSize:
        return QSize(LONGEST_PX + 20, 36)

    def paint_content(self, painter: QPainter) -> None:
        if self._length is None:
            return
        painter.setBrush(Qt.GlobalColor.white)
        painter.drawRect(QRectF(10, 7, self._length.length_view, 4))
        painter.setPen(theme.TEXT)
        painter.setFont(theme.font_of(self.font(), pixels=theme.TEXT_PX))
        painter.drawText(
            QRectF(10, 13, LONGEST_PX, 20),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            self._length.text,
        )
