"""Candidates as arrays, so that ten thousand can be placed and hit-tested at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.canvas.device_frame import DeviceFrame
from inference.slides.frames import PointL0


class CandidateLike(Protocol):
    """What the canvas needs of a candidate."""

    @property
    def probability(self) -> float:
        """0..1."""
        ...

    @property
    def point_l0(self) -> PointL0:
        """Its place."""
        ...


@dataclass(frozen=True, slots=True)
class CandidatePoints:
    """Places and probabilities of all candidates, in the order given.

    Attributes:
        xy_l0: (n, 2) float64.
        probability: (n,) float32, as the heatmap has them: compared in another precision, a candidate exactly at the
            threshold would be listed but not shown.
    """

    xy_l0: NDArray[np.float64]
    probability: NDArray[np.float32]

    @classmethod
    def of(cls, candidates: Sequence[CandidateLike]) -> CandidatePoints:
        """The arrays of a list of candidates."""
        places = [(candidate.point_l0.x, candidate.point_l0.y) for candidate in candidates]
        return cls(
            np.array(places, np.float64).reshape(-1, 2),
            np.array([candidate.probability for candidate in candidates], np.float32),
        )

    def __len__(self) -> int:
        return len(self.probability)

    def device_xy(self, frame: DeviceFrame) -> NDArray[np.float64]:
        """(n, 2) places in device px."""
        return self.xy_l0 / frame.downsample - np.array([frame.origin_x, frame.origin_y], np.float64)


def candidate_at(
    points: CandidatePoints,
    frame: DeviceFrame,
    *,
    x_device: float,
    y_device: float,
    reach_device: float,
    threshold: float,
) -> int | None:
    """The index of the candidate nearest to a place within `reach_device` px, none below the threshold."""
    if not len(points):
        return None
    away = points.device_xy(frame) - np.array([x_device, y_device])
    distance = np.hypot(away[:, 0], away[:, 1])
    distance[points.probability < threshold] = np.inf
    nearest = int(np.argmin(distance))
    return nearest if distance[nearest] <= reach_device else None
