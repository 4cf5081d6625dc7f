"""What a program does once at its start so that its frames take about the same time, whatever else is at work."""

from __future__ import annotations

import os

import cv2

from inference.priority import hand_over_quickly

FEW_CORES = 2
"""With more, one is free for a second thread of the window's."""


def keep_frames_steady() -> None:
    """Lets the GUI thread paint alone where cores are few; to be called before the QApplication is made.

    Qt and OpenCV divide a picture among threads and wait for all of them. Where readers and the engine keep every core
    busy, that saves less than a millisecond and now and then costs tens: OpenCV's threads have the priority of the
    first that used it, which may be a reader's.
    """
    hand_over_quickly()
    if (os.cpu_count() or 1) <= FEW_CORES:
        os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")
        cv2.setNumThreads(1)
