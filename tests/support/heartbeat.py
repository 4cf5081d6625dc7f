"""Measures whether the GUI thread keeps answering: a timer that should tick every 10 ms, and its longest gap."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, QTimer

TICK_MS = 10


class Heartbeat(QObject):
    """Ticks from now on until it is stopped."""

    def __init__(self) -> None:
        super().__init__()
        self._last = time.monotonic()
        self.longest_gap = 0.0
        """Seconds."""
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def stop(self) -> float:
        """Ends the ticking; answers the longest gap in seconds."""
        self._beat()
        self._timer.stop()
        return self.longest_gap

    def _beat(self) -> None:
        now = time.monotonic()
        self.longest_gap = max(self.longest_gap, now - self._last)
        self._last = now
