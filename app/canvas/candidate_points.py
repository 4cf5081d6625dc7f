"""Candidates as arrays with an index of their places, so that a hundred thousand can be placed and hit-tested."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from app.canvas.device_frame import DeviceFrame
from inference.slides.frames import PointL0, RegionL0

_CHUNK = 512
"""Candidates whose surroundings are looked through at once: where they crowd, pairs take the memory."""


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
        index: the places again, to be searched by area.
    """

    xy_l0: NDArray[np.float64]
    probability: NDArray[np.float32]
    room_l0: NDArray[np.float32] = field(init=False)
    codes: NDArray[np.uint8] = field(init=False)
    index: shapely.STRtree = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", shapely.STRtree(shapely.points(self.xy_l0)))
        object.__setattr__(self, "room_l0", room_of(self.xy_l0, self.probability, self.index))
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

    def within(self, region_l0: RegionL0) -> NDArray[np.intp]:
        """The indices of the candidates in an area, ascending."""
        right, bottom = region_l0.x + region_l0.width, region_l0.y + region_l0.height
        return np.sort(self.index.query(shapely.box(region_l0.x, region_l0.y, right, bottom)))

    def __len__(self) -> int:
        return len(self.probability)


def room_of(
    xy_l0: NDArray[np.float64], probability: NDArray[np.float32], index: shapely.STRtree
) -> NDArray[np.float32]:
    """How far each candidate is from the nearest more probable one, across or down, whichever is more.

    Infinite for the most probable; of equal ones the first counts as more probable. From a zoom on at which this is
    wide enough on the screen, a candidate has room for its ring: that depends on no other view than the zoom, so
    rings neither come and go while panning nor vanish while zooming in.

    Ever wider squares are looked through around the ever fewer candidates that are the most probable of theirs.

    Args:
        index: of the places.
    """
    room = np.full(len(xy_l0), np.inf)
    if not len(xy_l0):
        return room.astype(np.float32)
    rank = np.empty(len(xy_l0), np.intp)
    rank[np.argsort(-probability, kind="stable")] = np.arange(len(xy_l0))
    extent_l0 = float(np.ptp(xy_l0, axis=0).max())
    reach_l0 = _usual_distance(xy_l0, index)
    left = np.arange(len(xy_l0))
    while len(left):
        for start in range(0, len(left), _CHUNK):
            _look_around(xy_l0, rank, index, left[start : start + _CHUNK], reach_l0, room)
        if reach_l0 > extent_l0:
            break
        left = left[np.isinf(room[left])]
        reach_l0 *= 2
    return room.astype(np.float32)


def _usual_distance(xy_l0: NDArray[np.float64], index: shapely.STRtree) -> float:
    """About how far a candidate's neighbour is, told by some of them; where they crowd, squares must be small."""
    some = shapely.points(xy_l0[:: max(1, len(xy_l0) // 1000)])
    _, distance = index.query_nearest(some, exclusive=True, return_distance=True, all_matches=False)
    return max(float(np.median(distance)), 1.0) if len(distance) else 1.0


def _look_around(
    xy_l0: NDArray[np.float64],
    rank: NDArray[np.intp],
    index: shapely.STRtree,
    chosen: NDArray[np.intp],
    reach_l0: float,
    room: NDArray[np.float64],
) -> None:
    """Enters the room of the chosen ones that have a more probable one within reach; none nearer can be outside."""
    x, y = xy_l0[chosen].T
    squares = shapely.box(x - reach_l0, y - reach_l0, x + reach_l0, y + reach_l0)
    numbers, others = index.query(squares)
    own = chosen[numbers]
    before = rank[others] < rank[own]
    own, others = own[before], others[before]
    np.minimum.at(room, own, np.abs(xy_l0[own] - xy_l0[others]).max(axis=1))


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
    at_l0, reach_l0 = frame.to_l0(x_device, y_device), reach_device * frame.downsample
    near = points.within(RegionL0(at_l0.x - reach_l0, at_l0.y - reach_l0, 2 * reach_l0, 2 * reach_l0))
    near = near[points.probability[near] >= threshold]
    if not len(near):
        return None
    distance = np.hypot(*(points.xy_l0[near] - (at_l0.x, at_l0.y)).T)
    nearest = int(np.argmin(distance))
    return int(near[nearest]) if distance[nearest] <= reach_l0 else None
