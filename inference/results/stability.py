"""Rotation stability: how far the model's answer for a cell depends on how the glass lay in the scanner.

A region is predicted under evenly spaced turns below 90 degrees (Veeling et al. 2018, Fig. 3); for each cell the mean
and the standard deviation over the turns are its stability. Both are those of the turns computed, not estimates for a
larger set, so the standard deviation divides by their number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

QUARTER = 90.0
"""Degrees. A quarter turn adds nothing for p4 and p4m networks; it is looked at by itself."""
FIRST_TURNS = 4
"""Turns of the first, coarse answer; each further one doubles them."""
LEAST_TURNS, MOST_TURNS = 2, 128
"""One turn has no deviation; 128 are steps of 0.7 degrees, a pixel at the rim of what a cell sees."""
LEAST_PROBABILITY = 6e-8
"""Half of what float32 can tell from 1."""
TURN_COST = 2.8
"""A turn of a whole slide over a scan, in time: measured on 39,000 cells. Turned pictures overlap (1.7 times as many)
and take finer pixels; on small slides, where a scan is mostly its beginning, it is 0.6 to 0.8."""
BOUND_DEVIATIONS = 2.0
"""The lower bound of a probability is its mean less so many standard deviations over the turns."""


def turn_angle(turn: int, turns: int) -> float:
    """Degrees of turn k of n: k * 90 / n."""
    return turn * QUARTER / turns


def nested_order(turns: int) -> tuple[int, ...]:
    """The turns 0..n-1 so that after 4, 8, 16, ... of them those computed are evenly spaced.

    Exactly so where n is a power of two; for any other number the steps are as even as they can be.
    """
    order: list[int] = []
    step = turns
    while step > turns / FIRST_TURNS and step > 1:
        step = -(-step // 2)
    while True:
        order.extend(k for k in range(0, turns, step) if k not in order)
        if step == 1:
            return tuple(order)
        step = -(-step // 2)


class RunningMoments:
    """Mean, standard deviation and extremes of maps that arrive one by one (Welford 1962); a NaN stays NaN.

    Attributes:
        count: maps so far.
        lowest, highest: (rows, columns) float32 over the maps; NaN before the first one. A cell flips across a
            threshold where only its highest value reaches it.
    """

    def __init__(self, rows: int, columns: int) -> None:
        self.count = 0
        self._mean = np.zeros((rows, columns))
        self._squares = np.zeros((rows, columns))
        self.lowest = np.full((rows, columns), np.nan, np.float32)
        self.highest = self.lowest.copy()

    def add(self, values: NDArray[np.floating]) -> None:
        """Takes the next map, (rows, columns)."""
        self.count += 1
        small = values.astype(np.float32)
        self.lowest = small if self.count == 1 else np.minimum(self.lowest, small)
        self.highest = small if self.count == 1 else np.maximum(self.highest, small)
        apart = values - self._mean
        self._mean += apart / self.count
        self._squares += apart * (values - self._mean)

    @property
    def mean(self) -> NDArray[np.float32]:
        """(rows, columns); NaN before the first map."""
        return (self._mean if self.count else np.full_like(self._mean, np.nan)).astype(np.float32)

    @property
    def std(self) -> NDArray[np.float32]:
        """(rows, columns), divided by the number of maps; NaN before the first one."""
        if not self.count:
            return np.full(self._mean.shape, np.nan, np.float32)
        return np.sqrt(np.maximum(self._squares / self.count, 0)).astype(np.float32)


def logits(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Log odds of probabilities; NaN stays NaN, and 0 and 1 count as what float32 can tell from them."""
    held = np.clip(values.astype(np.float64), LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    return np.asarray(np.log(held / (1 - held)))


def softened(values: NDArray[np.floating], sharpness: float, *, to: float) -> NDArray[np.float64]:
    """Probabilities whose mean absolute logit is `sharpness`, divided by a temperature that makes it `to`.

    Two models whose answers are not equally sure of themselves are compared fairly only so: the standard deviation of
    a probability is also a matter of how near to 0 and 1 it lies (Guo et al. 2017 call it temperature scaling).
    """
    return np.asarray(1 / (1 + np.exp(-logits(values) * (to / sharpness))))


@dataclass(frozen=True, slots=True)
class StabilitySummary:
    """A region's stability in a few numbers, over the cells that see the slide only and have a value.

    Attributes:
        cells: how many those are.
        mean_std, p95_std: mean and 95th percentile of the standard deviation over the cells; NaN without cells.
        flip_share: share of the cells that reach the threshold at some turns and not at others.
        mean_probability: mean over cells and turns.
        mean_logit_std: mean standard deviation of the logit: free of how near to 0 and 1 probabilities lie.
        sharpness: mean absolute logit over cells and turns.
    """

    cells: int
    mean_std: float
    p95_std: float
    flip_share: float
    mean_probability: float
    mean_logit_std: float
    sharpness: float


def summarise(
    maps: NDArray[np.floating], *, threshold: float, counted: NDArray[np.bool_] | None = None
) -> StabilitySummary:
    """The summary of maps (turns, rows, columns) turned back; `counted` (rows, columns) leaves cells out."""
    known = ~np.isnan(maps).any(axis=0)
    if counted is not None:
        known &= counted
    values = maps[:, known]
    if not values.size:
        return StabilitySummary(0, *[float("nan")] * 6)
    std = values.std(axis=0, dtype=np.float64)
    reaches = values >= np.float32(threshold)
    logit = logits(values)
    return StabilitySummary(
        cells=int(known.sum()),
        mean_std=float(std.mean()),
        p95_std=float(np.percentile(std, 95)),
        flip_share=float((reaches.any(axis=0) & ~reaches.all(axis=0)).mean()),
        mean_probability=float(values.mean(dtype=np.float64)),
        mean_logit_std=float(logit.std(axis=0).mean()),
        sharpness=float(np.abs(logit).mean()),
    )


def beyond_interpolation(
    std: NDArray[np.floating], interpolation: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Standard deviations without what interpolating makes by itself: as variances, which add up where independent."""
    return np.asarray(
        np.sqrt(np.maximum(std.astype(np.float64) ** 2 - interpolation.astype(np.float64) ** 2, 0))
    )


def lower_bounds(mean: NDArray[np.float64], std: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same as `lower_bound`, of many cells; NaN stays NaN."""
    return np.maximum(0.0, mean - BOUND_DEVIATIONS * std)


def lower_bound(mean: float, std: float) -> float:
    """A probability that most turns exceed: mean less two standard deviations, not below 0."""
    return max(0.0, mean - BOUND_DEVIATIONS * std)
