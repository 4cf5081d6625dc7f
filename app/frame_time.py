"""What a program does once at its start so that frames and tiles take about the same time, whatever else is at work."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress

import cv2

from inference.priority import hand_over_quickly

FEW_CORES = 2
"""With more, one is free for a second thread of Qt's."""


M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's `mallopt`, from its malloc.h."""
KEPT_BYTES = 256 << 20
"""So much free memory is not given back to the system at once."""
LARGEST_KEPT_BYTES = 32 << 20
"""Larger pieces are the system's as soon as they are free: those of whole pictures, not of tiles."""


def keep_frames_steady() -> None:
    """Lets each thread paint and convert alone; to be called before the QApplication is made.

    Qt and OpenCV divide a picture among threads and wait for all of them. Where readers and the engine keep every core
    busy, that saves less than a millisecond and now and then costs tens: OpenCV's threads have the priority of the
    first that used it, which may be a reader's. Readers are threads themselves, and two of them convert twice as many
    tiles without OpenCV's.
    """
    hand_over_quickly()
    cv2.setNumThreads(1)
    if (os.cpu_count() or 1) <= FEW_CORES:
        os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")
    _keep_memory()


def _keep_memory() -> None:
    """Lets glibc keep the memory of a tile for the next one.

    It gives back a megabyte as soon as it is free, and what is taken anew comes page by page: that took longer than
    decoding the tile, and two readers waited for each other in it. Elsewhere nothing is changed.
    """
    if sys.platform == "linux":
        # musl, say, has no such function.
        with suppress(OSError, AttributeError):
            libc = ctypes.CDLL(None)
            libc.mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT_BYTES)
            libc.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
