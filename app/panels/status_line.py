"""The status line: where the cursor is, at what magnification, over what probability."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.panels.words import THIN_SPACE
from inference.slides.frames import Mpp, PointL0

STATUS_PX = 26
RESEARCH_ONLY = "Research use only · not a medical device"


def place_text(point_l0: PointL0 | None, mpp: Mpp | None) -> str:
    """A place in micrometres, or in level-0 pixels while the resolution is unknown."""
    if point_l0 is None:
        return ""
    x, y, unit = point_l0.x, point_l0.y, "px"
    if mpp is not None:
        x, y, unit = x * mpp.x, y * mpp.y, "µm"
    return f"x {x:,.0f}  y {y:,.0f} {unit}".replace(",", THIN_SPACE)


def pixel_text(point_l0: PointL0 | None, colour: QColor | None) -> str:
    """The level-0 pixel of a place and the colour shown there."""
    if point_l0 is None:
        return ""
    text = f"px {int(point_l0.x)}, {int(point_l0.y)}"
    if colour is None:
        return text
    return f"{text} · RGB {colour.red()} {colour.green()} {colour.blue()}"


def zoom_text(
    magnification: float | None,
    downsample: float | None,
    mpp: Mpp | None,
    *,
    angle_deg: float = 0.0,
    flipped: bool = False,
) -> str:
    """The magnification, what a pixel of the screen is on the slide, and how the picture is turned."""
    if downsample is None:
        return ""
    parts = [f"{downsample * mpp.mean:.3g} µm/px" if mpp is not None else f"1 : {downsample:.3g}"]
    if magnification is not None:
        parts.insert(0, f"{magnification:.3g}×")
    if round(angle_deg) % 360:
        parts.append(f"{angle_deg:.0f}°")
    if flipped:
        parts.append("mirrored")
    return " · ".join(parts)


class StatusLine(QWidget):
    """Fields of fixed width, so that nothing moves while numbers change."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("statusLine")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(STATUS_PX)
        self.place = self._field(150, "Place of the cursor, from the slide's top left corner")
        self.pixel = self._field(
            230, "Level-0 pixel under the cursor, and the slide's red, green and blue there"
        )
        self.zoom = self._field(
            200, "Magnification, micrometres on the slide per pixel of the screen, and turn"
        )
        self.probability = self._field(110, "Tumour probability of the cell under the cursor")
        self.note = self._field(0, "")
        # A long path is shortened in the middle instead of making the window wider.
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._note_text = ""
        self.research = self._field(0, "Not for diagnosis or for decisions on treatment")
        self.research.setText(RESEARCH_ONLY)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 1, 12, 0)
        line.setSpacing(12)
        for label in (self.place, self.pixel, self.zoom, self.probability):
            line.addWidget(label)
        line.addWidget(self.note, 1)
        line.addWidget(self.research)

    def show_cursor(
        self,
        point_l0: PointL0 | None,
        *,
        mpp: Mpp | None,
        probability: float | None,
        colour: QColor | None = None,
    ) -> None:
        """The place under the cursor, the slide's colour and the heatmap's value there."""
        self.place.setText(place_text(point_l0, mpp))
        self.pixel.setText(pixel_text(point_l0, colour))
        self.probability.setText("" if probability is None else f"probability {probability:.2f}")

    def show_zoom(
        self,
        *,
        magnification: float | None,
        downsample: float | None,
        mpp: Mpp | None,
        angle_deg: float = 0.0,
        flipped: bool = False,
    ) -> None:
        """How large and how turned the slide is shown; None for no slide."""
        self.zoom.setText(zoom_text(magnification, downsample, mpp, angle_deg=angle_deg, flipped=flipped))

    def show_note(self, text: str) -> None:
        """What the program is doing, in a few words; empty for nothing."""
        self._note_text = text
        self.note.setToolTip(text)
        self._fit_note()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_note()

    def _fit_note(self) -> None:
        mode = Qt.TextElideMode.ElideMiddle
        shown = self.note.fontMetrics().elidedText(self._note_text, mode, self.note.width())
        self.note.setText(shown)

    def _field(self, width: int, tooltip: str) -> QLabel:
        label = QLabel()
        label.setTextFormat(Qt.TextFormat.PlainText)
        if width:
            label.setFixedWidth(width)
        if tooltip:
            label.setToolTip(tooltip)
        return label
