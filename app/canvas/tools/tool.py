"""A tool: a small state machine that is handed the mouse in level-0 places and paints what it is about to make."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFont, QPainter

from app.canvas.device_frame import DeviceFrame
from app.state.viewport import PointView
from inference.slides.frames import Mpp, PointL0

NO_MODIFIER = Qt.KeyboardModifier.NoModifier


@dataclass(frozen=True, slots=True)
class Hand:
    """Where the mouse is.

    Attributes:
        point_l0: the place on the slide.
        point_view: the same in the view; for distances that are meant on the screen.
        l0_per_view: level-0 px per view px, to turn a reach on the screen into one on the slide.
        modifiers: the keys held.
    """

    point_l0: PointL0
    point_view: PointView
    l0_per_view: float
    modifiers: Qt.KeyboardModifier = NO_MODIFIER


class Tool(QObject):
    """The base of all tools. A handler returns whether it took the event; what it leaves goes to the navigation.

    A tool gets the left button only: the middle button, Space with the left one and the wheel always move the slide.

    Signals:
        changed: what it paints looks different now.
    """

    changed = Signal()
    cursor = Qt.CursorShape.CrossCursor

    def press(self, hand: Hand) -> bool:
        """The left button went down."""
        return False

    def move(self, hand: Hand) -> bool:
        """The mouse moved, with the left button held or without."""
        return False

    def release(self, hand: Hand) -> bool:
        """The left button was let go after a press that this tool took."""
        return False

    def double_click(self, hand: Hand) -> bool:
        """The second press of a double click; the first came as press and release."""
        return False

    def key_press(self, key: Qt.Key) -> bool:
        """A key went down that is no shortcut."""
        return False

    def cancel(self) -> bool:
        """Gives up what is begun, or else what is shown (Escape); False if there was neither."""
        return False

    def paint(self, painter: QPainter, frame: DeviceFrame, *, mpp: Mpp | None, font: QFont) -> None:
        """Paints over the slide and all layers, in device px."""
