"""The CPU in the place of a CUDA card: what only a card can do is done plainly, and can be made to fail."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor


class NoCard:
    """A `Card` for tests.

    Attributes:
        lanes: given out so far.
        shapes: of what was asked for as page-locked memory, colours and logits by turns.
        replays: how often recorded work was done.
    """

    name = "No card"
    device = torch.device("cpu")

    def __init__(self, *, can_record: bool = True, most_images: int = 100) -> None:
        self.lanes = self.replays = 0
        self.shapes: list[tuple[int, ...]] = []
        self._can_record = can_record
        self._most_images = most_images

    def lane(self) -> NoLane:
        self.lanes += 1
        return NoLane()

    def page_locked(self, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        self.shapes.append(shape)
        if shape[0] > self._most_images:
            raise torch.OutOfMemoryError("no room for so many images")
        return torch.empty(shape, dtype=dtype)

    def recorded(self, work: Callable[[], None]) -> Callable[[], None]:
        if not self._can_record:
            raise RuntimeError("operation not permitted when stream is capturing")

        def replay() -> None:
            self.replays += 1
            work()

        return replay


class NoLane:
    """Work is done when it is asked for."""

    def entered(self) -> AbstractContextManager[object]:
        return nullcontext()

    def wait(self) -> None:
        """Nothing is under way."""
