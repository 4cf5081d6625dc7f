"""Measures whether the GUI thread keeps answering: a timer that should tick every 10 ms, and its longest gap."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer

TICK_MS = 10
SCHEDULER = Path("/proc/thread-self/schedstat")
"""Linux only; its second number is how long this thread was ready to run while others had the processor."""


class Heartbeat(QObject):
    """Ticks from now on until it is stopped; lives on the thread that it watches."""

    def __init__(self) -> None:
        super().__init__()
        self._last, self._waited = time.monotonic(), waited_seconds()
        self.longest_gap = 0.0
        """Seconds, without the time for which a busy machine gave the thread no processor."""
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
        now, waited = time.monotonic(), waited_seconds()
        self.longest_gap = max(self.longest_gap, now - self._last - (waited - self._waited))
        self._last, self._waited = now, waited


def waited_seconds() -> float:
    """For how long so far this thread was ready and others had the processor; 0 where the system does not tell."""
    try:
        return int(SCHEDULER.read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0
