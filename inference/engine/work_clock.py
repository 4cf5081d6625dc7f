"""A clock that stands still while work waits, so that speed and time left are those of the work alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class WorkClock:
    """Seconds spent on one piece of work."""

    def __init__(self) -> None:
        self._idle = 0.0

    def now(self) -> float:
        """Seconds since some moment, less those in which the clock was stopped."""
        return time.monotonic() - self._idle

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """The work waits for what is done in here."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self._idle += time.monotonic() - begun
