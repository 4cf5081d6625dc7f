"""Collects what has to be repainted and asks for it at most once a frame."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QRegion
from PySide6.QtWidgets import QWidget

from app.canvas.view_motion import FRAME_MS


class RepaintPacer(QObject):
    """Stands before a widget's `update`.

    Signals:
        due: a frame is about to be asked for; what goes with it can be updated now.
    """

    due = Signal()

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._dirty = QRegion()
        self._asked = False
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_due)

    @property
    def is_pending(self) -> bool:
        """Whether a repaint was asked for and has not begun."""
        return self._asked or self._timer.isActive()

    def ask(self, rect: QRect | None = None) -> None:
        """Wants a rectangle of the widget repainted, or all of it."""
        self._dirty += self._widget.rect() if rect is None else rect
        if not self._timer.isActive():
            waited_ms = (time.perf_counter() - self._last) * 1000
            self._timer.start(max(0, round(FRAME_MS - waited_ms)))

    def begun(self) -> None:
        """The widget is being painted."""
        self._asked = False

    def _on_due(self) -> None:
        self._last = time.perf_counter()
        self._asked = self._widget.isVisible() and not self._dirty.isEmpty()
        dirty, self._dirty = self._dirty, QRegion()
        self.due.emit()
        self._widget.update(dirty)
