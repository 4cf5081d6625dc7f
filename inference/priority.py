"""Work that gives way: on a busy machine the hand on the window comes before scans and reading ahead."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

STEPS = 10
"""Of the 20 that a user may go down: on a core that both want, the window has nine tenths. Alone, nothing is lost;
beside other programs at work on all cores, a scan still gets on."""
GIVE_WAY_SECONDS = 0.02
"""A frame that takes longer is late anyway; the work that waits for it must get on, however many follow."""


WINDOW_TURN = 5e-4
"""Seconds. Each call of a painter lets go of the interpreter and wants it back: beside busy readers a frame waits many
times."""
ENGINE_TURN = 2e-4
"""Seconds. With Python's own 5 ms the device waits for its next tile while another is resampled: up to a tenth of a
scan on two cores."""


def lower_process() -> None:
    """Puts this process's work behind the window's; to be called before it starts threads, which inherit it."""
    if sys.platform == "win32":
        import ctypes

        below_normal = 0x4000
        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), below_normal)
    else:
        with suppress(OSError):
            os.nice(STEPS)


def lower_thread() -> None:
    """Puts the calling thread behind the others of its process, where the system has that (Linux)."""
    if sys.platform == "linux":
        here = threading.get_native_id()
        # A sandbox may forbid it; then the work is only no slower.
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, here, os.getpriority(os.PRIO_PROCESS, here) + STEPS)


class _Gate:
    """What others wait at while urgent work is being done: a lock made for each, so that none of them can hold it."""

    closed: threading.Lock | None = None


@contextmanager
def urgent(when: bool = True) -> Iterator[None]:
    """Marks work that a person waits for, such as a frame of a moving view: meanwhile others `give_way`.

    To be used on one thread only, the GUI's, which never waits here. Where `when` is false it marks nothing.
    """
    if not when or _Gate.closed is not None:
        yield
        return
    gate = threading.Lock()
    with gate:
        _Gate.closed = gate
        try:
            yield
        finally:
            _Gate.closed = None


def give_way(seconds: float = GIVE_WAY_SECONDS) -> None:
    """Waits while urgent work is being done, but not longer than this.

    For work in this process that can be put off, between two of its pieces: it shares memory and the interpreter with
    the urgent one, which no priority divides. Returns at once where nothing is urgent. It does not look again and
    again: each look would want the interpreter, and the urgent thread wait until this one has had it.
    """
    gate = _Gate.closed
    if gate is not None and gate.acquire(timeout=seconds):
        gate.release()


def hand_over_quickly(seconds: float = WINDOW_TURN) -> None:
    """Lets a thread wait no longer than this for another one's Python to give way, instead of five milliseconds.

    For the whole process; to be called once, when it starts.
    """
    sys.setswitchinterval(seconds)
