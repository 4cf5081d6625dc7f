"""The grid of heatmap cells on a slide and the tiles that compute them.

Framing (derived from the network's receptive field of 96 px and stride of 32 px, both at the model's resolution):
the plane, which is the slide resampled to the model's micrometres per pixel, is padded with white by 32 px all round
and at the right and bottom up to a multiple of 32. Then cell (row, column) *is* the square
[32 column, 32 column + 32) x [32 row, 32 row + 32) of the plane. A tile of side T = 32 n computes (n - 2)^2 cells and
starts at a multiple of 32, so that a stitched heatmap equals the heatmap of the whole plane.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from inference.slides.frames import Mpp, PointL0, RegionL0, SizeL0

CELL = 32
"""Side of a cell in plane pixels: the product of the network's strides."""
MARGIN = 32
"""Plane pixels a cell sees beyond its own square on every side: (96 - 32) / 2."""
SLIVER = 1e-9
"""Part of a cell by which floating-point error may overstate a slide's size: without it a slide of 25 whole cells,
computed as 25.000000000000004, would get a row that lies wholly outside."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Cells computed by one pass of the network, in grid coordinates.

    Attributes:
        row, column: the first cell.
        rows, columns: cells of the tile that lie on the grid (fewer than computed at the right and bottom).
    """

    row: int
    column: int
    rows: int
    columns: int


@dataclass(frozen=True, slots=True)
class TileGrid:
    """The cells of a whole slide and their places.

    Attributes:
        rows, columns: cells down and across; the last ones may reach beyond the slide.
        stride_x_l0, stride_y_l0: level-0 pixels per cell (fractions allowed).
        tile_cells: cells per side of a tile, n - 2.
    """

    rows: int
    columns: int
    stride_x_l0: float
    stride_y_l0: float
    tile_cells: int

    @classmethod
    def of_slide(cls, size_l0: SizeL0, mpp: Mpp, *, model_mpp: float, tile_cells: int = 14) -> TileGrid:
        """The grid of a slide at a model's resolution.

        The default tile is 16 cells (512 px) wide with its margin: 23 % of its work is margin, and eight of them
        still fit a small cache.
        """
        if tile_cells < 1:
            raise ValueError("a tile needs at least one cell")
        stride_x_l0, stride_y_l0 = CELL * model_mpp / mpp.x, CELL * model_mpp / mpp.y
        return cls(
            rows=max(1, math.ceil(size_l0.height / stride_y_l0 - SLIVER)),
            columns=max(1, math.ceil(size_l0.width / stride_x_l0 - SLIVER)),
            stride_x_l0=stride_x_l0,
            stride_y_l0=stride_y_l0,
            tile_cells=tile_cells,
        )

    @property
    def tile_side_plane(self) -> int:
        """Side of a tile's input in plane pixels, a multiple of 32."""
        return CELL * self.tile_cells + 2 * MARGIN

    def tiles(self) -> Iterator[Tile]:
        """All tiles in reading order."""
        for row in range(0, self.rows, self.tile_cells):
            for column in range(0, self.columns, self.tile_cells):
                yield Tile(
                    row,
                    column,
                    min(self.tile_cells, self.rows - row),
                    min(self.tile_cells, self.columns - column),
                )

    def tile_origin_plane(self, tile: Tile) -> tuple[int, int]:
        """(x, y) of a tile's input in plane pixels: one margin left of and above its first cell."""
        return CELL * tile.column - MARGIN, CELL * tile.row - MARGIN

    def cell_region_l0(self, row: int, column: int) -> RegionL0:
        """The square of a cell in level-0 pixels."""
        return RegionL0(column * self.stride_x_l0, row * self.stride_y_l0, self.stride_x_l0, self.stride_y_l0)

    def cell_at(self, point: PointL0) -> tuple[int, int] | None:
        """(row, column) of the cell that holds a level-0 point, or None outside the grid."""
        row, column = math.floor(point.y / self.stride_y_l0), math.floor(point.x / self.stride_x_l0)
        return (row, column) if 0 <= row < self.rows and 0 <= column < self.columns else None
