"""Hand and keyboard on the slide: what dragging, wheel, clicks, keys and pinching do to the viewport."""

from __future__ import annotations

import math
import time
from collections import deque

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QNativeGestureEvent, QWheelEvent
from PySide6.QtWidgets import QPinchGesture

from app.canvas.view_motion import ViewMotion
from app.state.viewport import PointView

CLICK_REACH_VIEW = 3.0
"""A press that moved less is a click: a steady hand on a mouse moves a pixel or two."""
WHEEL_HALVING = 240.0
"""Wheel angle (eighths of a degree) that doubles the size: two notches of an ordinary wheel."""
PIXELS_HALVING = 200.0
"""The same for a touch pad, in the px it reports."""
KEY_ZOOM = 2.0
KEY_PAN_PART = 0.2
"""Part of the view that an arrow key moves it by; with Shift, a whole view less a little overlap."""
KEY_PAGE_PART = 0.9
_SPEED_SECONDS = 0.08
"""The hand's speed at release is taken over this time."""

_PAN_BUTTONS = (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton)
_ARROWS = {
    Qt.Key.Key_Left: (1.0, 0.0),
    Qt.Key.Key_Right: (-1.0, 0.0),
    Qt.Key.Key_Up: (0.0, 1.0),
    Qt.Key.Key_Down: (0.0, -1.0),
}


class Navigation(QObject):
    """Turns events into motion. Every method says whether it took the event.

    The left button drags here; when a drawing tool takes the left button instead, Space with it and the
    middle button still do.

    Signals:
        clicked: the `PointView` of a left click that was no drag.
        letGo: a drag has ended; the view may glide on.
        cursorWanted: a `Qt.CursorShape`.
    """

    clicked = Signal(object)
    letGo = Signal()
    cursorWanted = Signal(object)

    def __init__(self, motion: ViewMotion) -> None:
        super().__init__()
        self._motion = motion
        self._button: Qt.MouseButton | None = None
        self._pressed_at = self._last_at = QPointF()
        self._dragging = False
        self._space = False
        self._turning = False
        self._over_mark = False
        self._idle_cursor = Qt.CursorShape.ArrowCursor
        self._trail: deque[tuple[float, QPointF]] = deque()

    @property
    def is_dragging(self) -> bool:
        """Whether the hand moves the slide."""
        return self._dragging

    @property
    def claims_left_button(self) -> bool:
        """Whether the left button moves the slide whatever tool is chosen, as Space is held."""
        return self._space

    def set_idle_cursor(self, cursor: Qt.CursorShape) -> None:
        """The cursor while nothing is done: the chosen tool's."""
        self._idle_cursor = cursor
        self.cursorWanted.emit(self._resting_cursor())

    def press(self, event: QMouseEvent) -> bool:
        if self._button is not None or event.button() not in _PAN_BUTTONS:
            return False
        self._motion.halt()
        self._button = event.button()
        self._pressed_at = self._last_at = event.position()
        self._dragging = False
        self._turning = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        self._trail.clear()
        return True

    def move(self, event: QMouseEvent) -> bool:
        if self._button is None:
            return False
        at = event.position()
        if not self._dragging and _length(at - self._pressed_at) > CLICK_REACH_VIEW:
            self._dragging = True
            self.cursorWanted.emit(Qt.CursorShape.ClosedHandCursor)
        if self._dragging:
            before, self._last_at = self._last_at, at
            if self._turning:
                self._turn(before, at)
            else:
                self._note(at)
                self._motion.pan(at.x() - before.x(), at.y() - before.y())
        return True

    def release(self, event: QMouseEvent) -> bool:
        if event.button() != self._button:
            return False
        self._button = None
        if self._dragging:
            self._dragging = False
            self.cursorWanted.emit(self._resting_cursor())
            if not self._turning:
                self._motion.glide(*self._speed(event.position()))
            self.letGo.emit()
        elif event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(PointView(event.position().x(), event.position().y()))
        return True

    def double_click(self, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        out = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._motion.zoom_about(_point(event.position()), 1 / KEY_ZOOM if out else KEY_ZOOM)
        return True

    def wheel(self, event: QWheelEvent) -> bool:
        # Only touch pads report px together with a phase; on X11 a wheel's px are not to be trusted.
        by_pixels = event.hasPixelDelta() and event.phase() != Qt.ScrollPhase.NoScrollPhase
        amount = (
            event.pixelDelta().y() / PIXELS_HALVING if by_pixels else event.angleDelta().y() / WHEEL_HALVING
        )
        if amount:
            self._motion.zoom_about(_point(event.position()), 2.0**amount, smoothly=not by_pixels)
        return True

    def key_press(self, event: QKeyEvent) -> bool:
        viewport, key = self._motion.viewport, event.key()
        centre = PointView(viewport.width_view / 2, viewport.height_view / 2)
        if key in _ARROWS:
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            part = KEY_PAGE_PART if shift else KEY_PAN_PART
            right, down = _ARROWS[Qt.Key(key)]
            self._motion.pan_smoothly(right * part * viewport.width_view, down * part * viewport.height_view)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._motion.zoom_about(centre, KEY_ZOOM)
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self._motion.zoom_about(centre, 1 / KEY_ZOOM)
        elif key == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._space = True
                self.cursorWanted.emit(self._resting_cursor())
        elif key == Qt.Key.Key_Escape and self._motion.is_moving:
            self._motion.finish()
        else:
            return False
        return True

    def key_release(self, event: QKeyEvent) -> bool:
        if event.key() != Qt.Key.Key_Space:
            return False
        if not event.isAutoRepeat():
            self._space = False
            self.cursorWanted.emit(self._resting_cursor())
        return True

    def pinch(self, gesture: QPinchGesture, centre_view: QPointF) -> None:
        """Two fingers on a touch screen: what their distance and angle changed by, about their middle."""
        if gesture.scaleFactor() > 0:
            self._motion.zoom_about(_point(centre_view), gesture.scaleFactor(), smoothly=False)
        by_deg = gesture.rotationAngle() - gesture.lastRotationAngle()
        if by_deg:
            angle_deg = self._motion.viewport.angle_deg + by_deg
            self._motion.turn_to(_point(centre_view), angle_deg, smoothly=False)

    def native_gesture(self, event: QNativeGestureEvent) -> bool:
        """Two fingers on a touch pad, pinching or turning."""
        at, kind = _point(event.position()), event.gestureType()
        if kind == Qt.NativeGestureType.ZoomNativeGesture and event.value() > -1:
            self._motion.zoom_about(at, 1 + event.value(), smoothly=False)
        elif kind == Qt.NativeGestureType.RotateNativeGesture:
            self._motion.turn_to(at, self._motion.viewport.angle_deg + event.value(), smoothly=False)
        else:
            return False
        return True

    def hover(self, over_mark: bool) -> None:
        """The cursor moved over a mark that can be clicked, or off it."""
        if over_mark != self._over_mark:
            self._over_mark = over_mark
            self.cursorWanted.emit(self._resting_cursor())

    def _resting_cursor(self) -> Qt.CursorShape:
        if self._over_mark:
            return Qt.CursorShape.PointingHandCursor
        return Qt.CursorShape.OpenHandCursor if self._space else self._idle_cursor

    def _turn(self, before: QPointF, now: QPointF) -> None:
        """Turns the picture as the hand runs round the view's middle."""
        viewport = self._motion.viewport
        middle = PointView(viewport.width_view / 2, viewport.height_view / 2)
        old_rad = math.atan2(before.y() - middle.y, before.x() - middle.x)
        new_rad = math.atan2(now.y() - middle.y, now.x() - middle.x)
        self._motion.turn_to(middle, viewport.angle_deg + math.degrees(new_rad - old_rad), smoothly=False)

    def _note(self, at: QPointF) -> None:
        now = time.perf_counter()
        self._trail.append((now, at))
        while self._trail[0][0] < now - _SPEED_SECONDS:
            self._trail.popleft()

    def _speed(self, at: QPointF) -> tuple[float, float]:
        """The hand's speed in view px per second; none if it held still before letting go."""
        self._note(at)
        (first, start), (last, end) = self._trail[0], self._trail[-1]
        if len(self._trail) < 3 or last - first < 0.01:
            return 0.0, 0.0
        return (end.x() - start.x()) / (last - first), (end.y() - start.y()) / (last - first)


def _point(at: QPointF) -> PointView:
    return PointView(at.x(), at.y())


def _length(vector: QPointF) -> float:
    return float((vector.x() ** 2 + vector.y() ** 2) ** 0.5)
