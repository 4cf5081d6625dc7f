"""What a model is to a scan: colours in, probabilities out, on a named device."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inference.slides.slide import RgbImage


class Predictor(Protocol):
    """A model ready to run.

    Attributes:
        device: in plain words for the user, e.g. "CPU (OpenVINO)".
        precision: e.g. "float32".
        batch: images that are best given in one call.
        calls: how many threads should call it at a time, so that the device never waits for the next batch.
        one_by_one: it computes images one after the other, so that half an image takes half the time; a card is faster
            with many of one size.
    """

    @property
    def device(self) -> str: ...

    @property
    def precision(self) -> str: ...

    @property
    def batch(self) -> int: ...

    @property
    def calls(self) -> int: ...

    @property
    def one_by_one(self) -> bool: ...

    def probabilities(self, images: Sequence[RgbImage]) -> list[NDArray[np.float32]]:
        """Tumour probabilities of images of one size, both sides multiples of 32 and at least 96.

        Returns:
            For each image ((height - 64) / 32, (width - 64) / 32) float32 in 0..1; NaN where the network gave no
            finite number. The result of an image does not depend on the others.

        Raises MemoryError where memory does not suffice for so many; fewer may fit.
        """
        ...


def at_a_time(predictor: Predictor) -> int:
    """Images that make a device busy: those of one batch, or one for each call."""
    return max(predictor.batch, predictor.calls)


def usable_cores() -> int:
    """Cores that this process may run on, where the system tells: a container may have two of 64."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities of logits without overflow; NaN for every logit that is not finite."""
    # An infinite logit is a broken model, not a certain one.
    finite = np.where(np.isfinite(logits), logits, np.nan)
    small = np.exp(-np.abs(finite))
    return np.where(finite >= 0, 1 / (1 + small), small / (1 + small)).astype(np.float32)
