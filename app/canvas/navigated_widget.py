"""A widget with a viewport that mouse, wheel, keys and fingers move."""

from __future__ import annotations

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

    @property
    def viewport(self) -> Viewport:
        """What is on show."""
        return self._motion.viewport

    def show_viewport(self, viewport: Viewport) -> None:
        """Shows what a viewport of any size showed, at once."""
        here = self.viewport
        self._motion.jump(
            viewport.resized(here.width_view, here.height_view, device_pixel_ratio=here.device_pixel_ratio)
        )

    def is_mark_under(self, point_view: PointView) -> bool:
        """Whether a click there would choose something; the cursor then points at it."""
        raise NotImplementedError

    def on_cursor_moved(self) -> None:
        """The cursor is at `_cursor_view` now, or has left (None)."""
        raise NotImplementedError

    def on_screen_changed(self) -> None:
        """The widget has another size or the screen another density."""
        self._motion.resize(self.width(), self.height(), device_pixel_ratio=self.devicePixelRatioF())

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
        event.setAccepted(self._navigation.press(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._cursor_view = PointView(event.position().x(), event.position().y())
        event.setAccepted(self._navigation.move(event))
        if not self._navigation.is_dragging:
            self._navigation.hover(self.is_mark_under(self._cursor_view))
        self.on_cursor_moved()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.setAccepted(self._navigation.release(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.setAccepted(self._navigation.double_click(event))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.setAccepted(self._navigation.wheel(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._navigation.key_press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self._navigation.key_release(event):
            super().keyReleaseEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._cursor_view = None
        self.on_cursor_moved()
