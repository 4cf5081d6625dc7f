"""Room for tiles: threads compute side by side until memory runs out, then one at a time, with ever fewer tiles."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from inference.engine.predictor import Predictor
from inference.slides.slide import RgbImage


class Room:
    """Calls a predictor with no more images at a time, over all threads, than memory was found to hold.

    Safe to use from several threads.

    Attributes:
        most: images computed at a time by one call.
        notices: a sentence for the user on each step down; to be taken away by who tells it.
    """

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self.most = predictor.batch
        self.notices: deque[str] = deque()
        self._alone = predictor.calls == 1
        self._running = 0
        self._changed = threading.Condition()

    def probabilities(self, images: Sequence[RgbImage]) -> list[NDArray[np.float32]]:
        """As `Predictor.probabilities`, of any number of images of one size.

        Raises MemoryError where one image does not fit while nothing else is computed.
        """
        results: list[NDArray[np.float32]] = []
        while len(results) < len(images):
            with self._turn() as (alone, most):
                part = images[len(results) : len(results) + most]
                try:
                    results += self._predictor.probabilities(part)
                except MemoryError:
                    if alone and most == 1:
                        raise
                    self._step_down(alone, most, len(part))
        return results

    @contextmanager
    def _turn(self) -> Iterator[tuple[bool, int]]:
        """A turn at the device: whether no other call is made during it, and the images that it may take."""
        with self._changed:
            # Also those that began side by side must have ended.
            self._changed.wait_for(lambda: not (self._alone and self._running))
            self._running += 1
            limit = self._alone, self.most
        try:
            yield limit
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _step_down(self, alone: bool, most: int, tried: int) -> None:
        """What failed under a limit that was lowered meanwhile is tried again and says nothing of the new one."""
        with self._changed:
            if (alone, most) != (self._alone, self.most):
                return
            if alone:
                self.most = max(1, tried // 2)
            self._alone = True
            tiles = "1 tile is" if self.most == 1 else f"{self.most} tiles are"
            self.notices.append(f"{self._predictor.device} ran out of memory: {tiles} computed at a time.")
