"""The heatmap: one probability a cell, and the explicit affine that places the cells on the slide."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.slides.frames import PointL0, RegionL0
from inference.slides.grid import TileGrid

CellValues = NDArray[np.float32]
"""(rows, columns) float32, NaN = not computed."""


SLIDE_CORNER_L0 = PointL0(0.0, 0.0)
"""Top left of level 0, where the grid of a whole slide starts."""


def require_probabilities(values: NDArray[np.float32]) -> None:
    """Raises ValueError unless every value is a probability in [0, 1] or NaN."""
    if not np.all(np.isnan(values) | ((values >= 0) & (values <= 1))):
        raise ValueError("a heatmap holds probabilities in [0, 1] or NaN only")


@dataclass(frozen=True, slots=True, eq=False)
class Heatmap:
    """Probabilities on a grid of cells.

    Cell (row, column) covers [origin_l0.x + column * stride_x_l0, ... + stride_x_l0) along x, and likewise
    along y. This affine is the only link between heatmap and slide: a ratio of image sizes would be wrong
    wherever the last cells reach beyond the slide.

    Attributes:
        values: (rows, columns) float32 in [0, 1]; NaN = not computed. Changed by `put_block` only.
        stride_x_l0, stride_y_l0: level-0 pixels per cell (fractions allowed).
        origin_l0: top left corner of cell (0, 0). The default is where a whole-slide grid starts.
    """

    values: CellValues
    stride_x_l0: float
    stride_y_l0: float
    origin_l0: PointL0 = SLIDE_CORNER_L0

    def __post_init__(self) -> None:
        """Raises ValueError for an array that is not 2-D float32, or a stride that is not positive."""
        if self.values.ndim != 2 or self.values.dtype != np.float32:
            raise ValueError(
                f"heatmap values must be 2-D float32, not {self.values.shape} {self.values.dtype}"
            )
        for stride_l0 in (self.stride_x_l0, self.stride_y_l0):
            if not (math.isfinite(stride_l0) and stride_l0 > 0):
                raise ValueError(f"a stride of {stride_l0} level-0 pixels places no cell")

    @classmethod
    def empty(cls, grid: TileGrid) -> Heatmap:
        """A heatmap of a whole-slide grid on which nothing is computed yet."""
        values = np.full((grid.rows, grid.columns), np.nan, dtype=np.float32)
        return cls(values, grid.stride_x_l0, grid.stride_y_l0)

    @property
    def rows(self) -> int:
        """Cells down."""
        return int(self.values.shape[0])

    @property
    def columns(self) -> int:
        """Cells across."""
        return int(self.values.shape[1])

    def put_block(self, row: int, column: int, block: NDArray[np.float32]) -> None:
        """Writes computed values in place, `block` (rows, columns) with its first cell at (row, column).

        In place, because a slide has up to 100,000 tiles and a copy of the map for each would be quadratic.
        Raises ValueError for a block that leaves the grid or holds a value that is no probability (infinite,
        below 0 or above 1): such numbers are to become NaN, and be reported, where they arise.
        """
        rows, columns = block.shape
        if row < 0 or column < 0 or row + rows > self.rows or column + columns > self.columns:
            raise ValueError(
                f"block of {rows} x {columns} cells at ({row}, {column}) leaves the grid {self.values.shape}"
            )
        require_probabilities(block)
        self.values[row : row + rows, column : column + columns] = block

    def cell_at(self, point: PointL0) -> tuple[int, int] | None:
        """(row, column) of the cell that holds a level-0 point, or None outside the grid."""
        row = math.floor((point.y - self.origin_l0.y) / self.stride_y_l0)
        column = math.floor((point.x - self.origin_l0.x) / self.stride_x_l0)
        return (row, column) if 0 <= row < self.rows and 0 <= column < self.columns else None

    def value_at(self, point: PointL0) -> float | None:
        """The probability at a level-0 point; None outside the grid and where nothing is computed."""
        cell = self.cell_at(point)
        if cell is None or np.isnan(self.values[cell]):
            return None
        return float(self.values[cell])

    def cell_region_l0(self, row: int, column: int) -> RegionL0:
        """The square of a cell in level-0 pixels."""
        return RegionL0(
            self.origin_l0.x + column * self.stride_x_l0,
            self.origin_l0.y + row * self.stride_y_l0,
            self.stride_x_l0,
            self.stride_y_l0,
        )

    def cell_centre_l0(self, row: int, column: int) -> PointL0:
        """The middle of a cell in level-0 pixels."""
        return PointL0(
            self.origin_l0.x + (column + 0.5) * self.stride_x_l0,
            self.origin_l0.y + (row + 0.5) * self.stride_y_l0,
        )

    @property
    def computed_fraction(self) -> float:
        """Share of the grid's cells that hold a value; 0 for a grid without cells."""
        return float(np.count_nonzero(~np.isnan(self.values)) / self.values.size) if self.values.size else 0.0

    @property
    def maximum(self) -> float | None:
        """The highest probability, None where nothing is computed."""
        computed = self.values[~np.isnan(self.values)]
        return float(computed.max()) if computed.size else None

    def at_least(self, threshold: float) -> NDArray[np.bool_]:
        """(rows, columns) mask of the cells whose probability reaches the threshold; NaN never does.

        Compared in float32, so that a threshold of 0.7 keeps a cell that reads 0.7. Every "above the
        threshold" of the program (overlay, candidates, regions) is this one. Raises ValueError for a
        threshold outside [0, 1].
        """
        if not 0 <= threshold <= 1:
            raise ValueError(f"a threshold of {threshold} is no probability")
        # A comparison with NaN is False, which is what is wanted, and numpy does not warn of it.
        return self.values >= np.float32(threshold)
