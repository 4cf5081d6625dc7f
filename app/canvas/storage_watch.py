"""Watches the reads of a slide: says when its storage hangs or has vanished, and when to try again."""

from __future__ import annotations

import threading
import time
from enum import Enum

from PySide6.QtCore import QObject, QTimer, Signal

from inference.slides.slide import RgbImage, Slide, SlideInfo

LOOK_MS = 500
SLOW_SECONDS = 2.0
"""A read is some 1,000 px square and takes milliseconds. With the time between looks the user is told within 3 s."""
RETRY_SECONDS = 2.0
"""A drive that was plugged in again is noticed soon; one that is gone costs a failed read every so often."""


class StorageState(Enum):
    """How a slide's storage answers."""

    FINE = "fine"
    SLOW = "slow"
    GONE = "gone"


class WatchedSlide:
    """A slide that knows how long its oldest read has been under way; obeys the `Slide` protocol."""

    def __init__(self, slide: Slide) -> None:
        self.slide = slide
        self._begun: dict[int, float] = {}

    @property
    def info(self) -> SlideInfo:
        """The slide's description."""
        return self.slide.info

    def read_region(self, level: int, *, x_lv: int, y_lv: int, width: int, height: int) -> RgbImage:
        """As the slide does."""
        # Each thread has its own key, so no lock is needed.
        me = threading.get_ident()
        self._begun[me] = time.monotonic()
        try:
            return self.slide.read_region(level, x_lv=x_lv, y_lv=y_lv, width=width, height=height)
        finally:
            del self._begun[me]

    def close(self) -> None:
        """As the slide does."""
        self.slide.close()

    def oldest_read_seconds(self) -> float:
        """How long the oldest read has been under way; 0 where there is none."""
        begun = list(self._begun.values())
        return time.monotonic() - min(begun) if begun else 0.0


class StorageWatch(QObject):
    """Looks at one slide after the other, twice a second.

    Signals:
        changed: the new `StorageState`.
        retryDue: the storage had vanished; it is time to see whether it is back.
    """

    changed = Signal(object)
    retryDue = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._slide: WatchedSlide | None = None
        self._state = StorageState.FINE
        self._is_gone = False
        self._tried = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)

    def set_slide(self, slide: WatchedSlide | None) -> None:
        """The slide to watch, of which nothing bad is known."""
        self._slide = slide
        self._is_gone = False
        self._show(StorageState.FINE)
        if slide is None:
            self._timer.stop()
        else:
            self._timer.start()

    def note_gone(self) -> None:
        """A read found the slide's file or drive gone."""
        self._is_gone = True
        self._tried = time.monotonic()
        self._look()

    def note_back(self) -> None:
        """A read succeeded again."""
        self._is_gone = False
        self._look()

    def _look(self) -> None:
        if self._slide is None:
            return
        if self._is_gone:
            self._show(StorageState.GONE)
            if time.monotonic() - self._tried >= RETRY_SECONDS:
                self._tried = time.monotonic()
                self.retryDue.emit()
        else:
            slow = self._slide.oldest_read_seconds() >= SLOW_SECONDS
            self._show(StorageState.SLOW if slow else StorageState.FINE)

    def _show(self, state: StorageState) -> None:
        if state is not self._state:
            self._state = state
            self.changed.emit(state)
