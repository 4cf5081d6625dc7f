"""A widget with a viewport that mouse, wheel, keys and fingers move."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QSizePolicy, QWidget

from app.canvas.navigation import Navigation
from app.canvas.tools.tool import Hand, Tool
from app.canvas.view_history import ViewHistory
from app.canvas.view_motion import ViewMotion
from app.state.viewport import PointView, Viewport
from inference.slides.frames import PointL0


class NavigatedWidget(QWidget):
    """Hands its events to a `Navigation` and its size to a `ViewMotion`; painting is its subclass's."""

    def __init__(self, parent: QWidget | None, *, animated: bool) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self._cursor_view: PointView | None = None
        self._motion = ViewMotion(Viewport(PointL0(0, 0), 1.0, self.width(), self.height()))
        self._motion.animated = animated
        self._navigation = Navigation(self._motion)
        self._navigation.cursorWanted.connect(self.setCursor)
        self._history = ViewHistory()
        self._tool: Tool | None = None
        self._tool_holds = False

    @property
    def viewport(self) -> Viewport:
        """What is on show."""
        return self._motion.viewport

    @property
    def tool(self) -> Tool | None:
        """What the left button does; None moves the slide."""
        return self._tool

    def set_tool(self, tool: Tool | None) -> None:
        """Chooses a tool; what the one before had begun is given up."""
        if tool is self._tool:
            return
        if self._tool is not None:
            self._tool.changed.disconnect(self.on_tool_changed)
            self.clear_tool()
        self._tool, self._tool_holds = tool, False
        self._navigation.set_idle_cursor(Qt.CursorShape.ArrowCursor if tool is None else tool.cursor)
        if tool is not None:
            tool.changed.connect(self.on_tool_changed)
        self.on_tool_changed()

    def cancel_tool(self) -> bool:
        """Gives up what the tool has begun or shows; False if there was nothing."""
        return self.tool is not None and self.tool.cancel()

    def clear_tool(self) -> None:
        """Gives up all that the tool has begun and shows, as for another slide."""
        while self.cancel_tool():
            pass

    # Moving

    def show_viewport(self, viewport: Viewport) -> None:
        """Shows what a viewport of any size showed, at once."""
        self._motion.jump(self._in_this_size(viewport))

    def fit(self) -> None:
        """Shows the whole slide."""
        self._motion.fit()

    def fly_to(self, point_l0: PointL0, downsample: float | None = None) -> None:
        """Brings a place to the middle in a short flight, which Escape or any grip of the hand ends."""
        self._motion.go(self.viewport.centred_on(point_l0, downsample=downsample))

    def fly_to_view(self, viewport: Viewport | None) -> None:
        """Shows what a viewport of any size showed, in a flight; None goes nowhere."""
        if viewport is not None:
            self._motion.go(self._in_this_size(viewport))

    def zoom_to_downsample(self, downsample: float) -> None:
        """Zooms about the middle to so many level-0 px per view px."""
        self._motion.go(self._motion.target.centred_on(self._motion.target.centre_l0, downsample=downsample))

    def turn_by(self, by_deg: float) -> None:
        """Turns the picture clockwise about the view's middle."""
        self._motion.turn_by(by_deg)

    def mirror(self) -> None:
        """Swaps left and right of what is on show."""
        self._motion.jump(self._motion.target.mirrored())

    def set_upright(self) -> None:
        """Shows the slide as it was scanned: neither turned nor mirrored."""
        self._motion.go(replace(self._motion.target, angle_deg=0.0, flipped=False))

    def go_back(self) -> None:
        """Flies to the view that was rested at before this one."""
        self.fly_to_view(self._history.back())

    def go_forward(self) -> None:
        """Undoes `go_back`."""
        self.fly_to_view(self._history.forward())

    @property
    def history(self) -> ViewHistory:
        """The views rested at; to be read only."""
        return self._history

    def _in_this_size(self, viewport: Viewport) -> Viewport:
        here = self.viewport
        return viewport.resized(here.width_view, here.height_view, device_pixel_ratio=here.device_pixel_ratio)

    def skip_animation(self) -> None:
        """Ends a flight at its goal."""
        self._motion.finish()

    def set_animated(self, animated: bool) -> None:
        """Whether moves are animated; off, they happen at once."""
        self._motion.finish()
        self._motion.animated = animated

    # For subclasses

    def on_tool_changed(self) -> None:
        """What the tool paints looks different now."""
        raise NotImplementedError

    def is_mark_under(self, point_view: PointView) -> bool:
        """Whether a click there would choose something; the cursor then points at it."""
        raise NotImplementedError

    def on_cursor_moved(self) -> None:
        """The cursor is at `_cursor_view` now, or has left (None)."""
        raise NotImplementedError

    def on_screen_changed(self) -> None:
        """The widget has another size or the screen another density."""
        self._motion.resize(self.width(), self.height(), device_pixel_ratio=self.devicePixelRatioF())

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.on_screen_changed()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.on_screen_changed()
        elif isinstance(event, QNativeGestureEvent) and self._navigation.native_gesture(event):
            return True
        elif isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self._navigation.pinch(pinch, QPointF(self.mapFromGlobal(pinch.hotSpot())))
                return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self._navigation.claims_left_button:
            self._tool_holds = self._tool is not None and self._tool.press(self._hand(event))
        taken = self._tool_holds and event.button() == Qt.MouseButton.LeftButton
        event.setAccepted(taken or self._navigation.press(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._cursor_view = PointView(event.position().x(), event.position().y())
        taken = self._tool is not None and self._tool.move(self._hand(event))
        event.setAccepted(self._navigation.move(event) or taken)
        if not self._navigation.is_dragging:
            self._navigation.hover(self._tool is None and self.is_mark_under(self._cursor_view))
        self.on_cursor_moved()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._tool_holds and event.button() == Qt.MouseButton.LeftButton:
            self._tool_holds = False
            event.setAccepted(self._tool is not None and self._tool.release(self._hand(event)))
        else:
            event.setAccepted(self._navigation.release(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        left = event.button() == Qt.MouseButton.LeftButton
        if left and self._tool is not None and self._tool.double_click(self._hand(event)):
            event.accept()
        else:
            event.setAccepted(self._navigation.double_click(event))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.setAccepted(self._navigation.wheel(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        taken = self._tool is not None and self._tool.key_press(Qt.Key(event.key()))
        if not taken and not self._navigation.key_press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self._navigation.key_release(event):
            super().keyReleaseEvent(event)

    def _hand(self, event: QMouseEvent) -> Hand:
        at = PointView(event.position().x(), event.position().y())
        return Hand(self.viewport.to_l0(at), at, self.viewport.downsample, event.modifiers())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._cursor_view = None
        self.on_cursor_moved()
