"""A slide in memory, with pixels that are told by their place, a gate to hold reads and places that cannot be read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from inference.errors import UnreadableTileError
from inference.slides.frames import Mpp, SizeL0
from inference.slides.slide import Level, RgbImage, SlideInfo

Paint = Callable[[np.ndarray, np.ndarray], RgbImage]
"""(x_l0, y_l0), each (height, width) -> (height, width, 3)."""


def uniform(red: int, green: int, blue: int) -> Paint:
    """The same colour everywhere."""
    return lambda x_l0, _y_l0: np.broadcast_to(
        np.array([red, green, blue], np.uint8), (*x_l0.shape, 3)
    ).copy()


def gradient(x_l0: np.ndarray, y_l0: np.ndarray) -> RgbImage:
    """Red grows with x, green with y, 256 level-0 px a turn."""
    return np.stack([x_l0 % 256, y_l0 % 256, np.full_like(x_l0, 90)], axis=-1).astype(np.uint8)


class FakeSlide:
    """Obeys the `Slide` protocol.

    Attributes:
        reads: (level, x_lv, y_lv) of every read begun, in order.
        gate: reads wait while it is cleared.
        unreadable: (level, x_lv, y_lv) of reads that fail.
        reading: reads in progress; closing during one is an AssertionError.
    """

    def __init__(
        self,
        width: int = 4000,
        height: int = 3000,
        *,
        factors: Sequence[float] = (1, 2, 4, 8),
        paint: Paint = gradient,
        mpp: float | None = 0.25,
    ) -> None:
        levels = tuple(
            Level(round(width / f), round(height / f), width / round(width / f), height / round(height / f))
            for f in factors
        )
        self.info = SlideInfo(
            path=Path("fake.svs"),
            fingerprint="0" * 32,
            format="Fake",
            size_l0=SizeL0(width, height),
            levels=levels,
            mpp=None if mpp is None else Mpp.square(mpp),
            mpp_source="missing" if mpp is None else "file",
        )
        self.paint = paint
        self.reads: list[tuple[int, int, int]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.unreadable: set[tuple[int, int, int]] = set()
        self.reading = 0
        self.closed = False
        self._lock = threading.Lock()

    def read_region(self, level: int, *, x_lv: int, y_lv: int, width: int, height: int) -> RgbImage:
        with self._lock:
            assert not self.closed, "read after close"
            self.reads.append((level, x_lv, y_lv))
            self.reading += 1
        try:
            assert self.gate.wait(10), "the test forgot to open the gate"
            if (level, x_lv, y_lv) in self.unreadable:
                raise UnreadableTileError("This place cannot be decoded", where=f"level {level}")
            at = self.info.levels[level]
            x_l0, y_l0 = np.meshgrid(
                (np.arange(x_lv, x_lv + width) + 0.5) * at.downsample_x,
                (np.arange(y_lv, y_lv + height) + 0.5) * at.downsample_y,
            )
            pixels = self.paint(x_l0, y_l0)
            pixels[(x_l0 >= self.info.size_l0.width) | (y_l0 >= self.info.size_l0.height)] = 255
            return pixels
        finally:
            with self._lock:
                self.reading -= 1

    def close(self) -> None:
        with self._lock:
            assert not self.reading, "closed during a read"
            self.closed = True
