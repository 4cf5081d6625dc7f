"""Places on a slide, each with its coordinate frame in its type.

Frames: `_l0` level-0 pixels, `_lv` pixels of one level, `_plane` pixels of the slide resampled to a model's
resolution, `_grid` heatmap cells, `_um` micrometres. Origin top left, x right, y down, everywhere. Coordinates are
edges, not centres: pixel (0, 0) covers [0, 1) x [0, 1).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PointL0:
    """A place in level-0 pixels (fractions allowed)."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class SizeL0:
    """Width and height in level-0 pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class RegionL0:
    """An axis-parallel rectangle in level-0 pixels: [x, x + width) x [y, y + height)."""

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> PointL0:
        """The middle of the rectangle."""
        return PointL0(self.x + self.width / 2, self.y + self.height / 2)


@dataclass(frozen=True, slots=True)
class Mpp:
    """Micrometres per level-0 pixel along x and y."""

    x: float
    y: float

    @property
    def mean(self) -> float:
        """One number for both axes, for display."""
        return (self.x + self.y) / 2

    @classmethod
    def square(cls, value: float) -> Mpp:
        """The same resolution along both axes."""
        return cls(value, value)
