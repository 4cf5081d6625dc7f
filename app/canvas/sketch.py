"""A view painted in a quarter of the pixels, a layer at a time over several frames: what a moving view shows next."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from app.canvas.device_frame import DeviceFrame
from inference.slides.frames import RegionL0

StepsOf = Callable[[QImage, DeviceFrame, QRect], Sequence[Callable[[], None]]]
"""What paints a part of an image of a frame when called in turn."""


class Sketch:
    """An RGB32 image of `frame.halved`, of use once it is whole.

    Attributes:
        frame: of the view, in full pixels; None for nothing.
        image: in pixels twice as wide; it may be a pixel larger than the view, and is kept for the next sketch.
        dirty: the parts of the slide that have changed since it was begun.
        took_ms: that its painting has taken so far.
    """

    def __init__(self) -> None:
        self.frame: DeviceFrame | None = None
        self.image = QImage()
        self.dirty: list[RegionL0] = []
        self.took_ms = 0.0
        self._steps: list[Callable[[], None]] = []

    @property
    def is_whole(self) -> bool:
        """Whether all of it is painted."""
        return self.frame is not None and not self._steps

    @property
    def is_coming(self) -> bool:
        """Whether it is begun and not whole."""
        return bool(self._steps)

    def begin(self, frame: DeviceFrame, steps_of: StepsOf) -> None:
        """Begins to be the sketch of a frame."""
        self.make_room(frame)
        half = frame.halved
        self._steps = list(steps_of(self.image, half, self.image.rect()))
        self.frame, self.dirty, self.took_ms = frame, [], 0.0

    def make_room(self, frame: DeviceFrame) -> None:
        """Has the memory for a frame of this size, so that a moving one need not wait for it."""
        half = frame.halved
        if (self.image.width(), self.image.height()) != (half.width, half.height):
            self.image = QImage(half.width, half.height, QImage.Format.Format_RGB32)
            self.image.fill(0)

    def go_on(self, ms: float) -> None:
        """Paints one layer, and more while that takes less than so long."""
        started = time.perf_counter()
        before = self.took_ms
        while self._steps:
            self._steps.pop(0)()
            self.took_ms = before + (time.perf_counter() - started) * 1000
            if self.took_ms - before >= ms:
                return

    def drop(self) -> None:
        """Is of no use any more."""
        self.frame, self._steps, self.dirty = None, [], []
