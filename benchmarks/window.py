"""Waiting in the benchmarks of the real window."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtWidgets import QApplication


def wait_until(application: QApplication, is_over: Callable[[], bool], *, seconds: float = 120.0) -> None:
    """Lets the window work until something is so; TimeoutError if it takes too long."""
    until = time.monotonic() + seconds
    while not is_over():
        if time.monotonic() > until:
            raise TimeoutError(f"the window was not done within {seconds:g} s")
        application.processEvents()
        time.sleep(0.001)
