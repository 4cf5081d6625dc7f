"""A flag that one thread sets and the working one looks at between two batches."""

from __future__ import annotations

import threading


class CancelToken:
    """Asked for once, seen by everyone who holds the token."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Asks the work to stop."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether it was asked to stop."""
        return self._event.is_set()
