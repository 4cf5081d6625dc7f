"""Candidates as arrays, so that ten thousand can be placed and hit-tested at once."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.canvas.device_frame import DeviceFrame
from inference.slides.frames import PointL0

_CHUNK = 256
"""Candidates compared with all before them at once: 10 MB for ten thousand."""


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
        room_l0: (n,) float32, see `room_of`: made from the other two.
        codes: (n,) marks, as places in `theme.MARKS`; 0 at first.
    """

    xy_l0: NDArray[np.float64]
    probability: NDArray[np.float32]
    room_l0: NDArray[np.float32] = field(init=False)
    codes: NDArray[np.uint8] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "room_l0", room_of(self.xy_l0, self.probability))
        object.__setattr__(self, "codes", np.zeros(len(self), np.uint8))

    @classmethod
    def of(cls, candidates: Sequence[CandidateLike]) -> CandidatePoints:
        """The arrays of a list of candidates."""
        places = [(candidate.point_l0.x, candidate.point_l0.y) for candidate in candidates]
        return cls(
            np.array(places, np.float64).reshape(-1, 2),
            np.array([candidate.probability for candidate in candidates], np.float32),
        )

    def with_codes(self, codes: NDArray[np.uint8]) -> CandidatePoints:
        """The same candidates with other marks; what was computed of their places is kept."""
        other = copy(self)
        object.__setattr__(other, "codes", codes)
        return other

    def __len__(self) -> int:
        return len(self.probability)


def room_of(xy_l0: NDArray[np.float64], probability: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far each candidate is from the nearest more probable one, across or down, whichever is more.

    Infinite for the most probable; of equal ones the first counts as more probable. From a zoom on at which this is
    wide enough on the screen, a candidate has room for its ring: that depends on no other view than the zoom, so
    rings neither come and go while panning nor vanish while zooming in.
    """
    order = np.argsort(-probability, kind="stable")
    xy = xy_l0[order].astype(np.float32)
    room = np.full(len(xy), np.inf, np.float32)
    for start in range(0, len(xy), _CHUNK):
        end = min(start + _CHUNK, len(xy))
        apart = np.maximum(
            np.abs(xy[start:end, 0, None] - xy[None, :end, 0]),
            np.abs(xy[start:end, 1, None] - xy[None, :end, 1]),
        )
        apart[np.arange(end)[None, :] >= np.arange(start, end)[:, None]] = np.inf
        room[start:end] = apart.min(axis=1)
    placed = np.empty_like(room)
    placed[order] = room
    return placed


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
    away = frame.all_to_device(points.xy_l0) - np.array([x_device, y_device])
    distance = np.hypot(away[:, 0], away[:, 1])
    distance[points.probability < threshold] = np.inf
    nearest = int(np.argmin(distance))
    return nearest if distance[nearest] <= reach_device else None
