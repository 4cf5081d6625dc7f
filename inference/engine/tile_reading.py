"""Tile inputs read from a slide: complete where it can be read, known to be incomplete where not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inference.errors import UnreadableTileError
from inference.slides.grid import CELL, Tile, TileGrid
from inference.slides.slide import RgbImage


class Plane(Protocol):
    """A slide at the model's resolution; `ModelPlane` is the real one."""

    def read(self, x: int, y: int, width: int, height: int) -> RgbImage:
        """Pixels of the plane, white outside the slide."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class TileInput:
    """The network's input for one tile.

    Attributes:
        tile: its cells.
        image: (T, T, 3) uint8 RGB, T = 32 (tile_cells + 2); white where the slide cannot be read.
        readable: (tile.rows, tile.columns) bool: every pixel the cell sees was read.
    """

    tile: Tile
    image: RgbImage
    readable: NDArray[np.bool_]


def read_tile(plane: Plane, grid: TileGrid, tile: Tile) -> TileInput:
    """Reads a tile's input. What cannot be decoded is narrowed down to squares of 32 px and left white."""
    x, y = grid.tile_origin_plane(tile)
    squares = grid.tile_side_plane // CELL
    image, unreadable = read_squares(plane, x, y, rows=squares, columns=squares)
    # Cell (i, j) sees the squares i .. i + 2, j .. j + 2 of its tile's input.
    seen = np.asarray(np.lib.stride_tricks.sliding_window_view(unreadable, (3, 3)).any(axis=(2, 3)))
    return TileInput(tile, image, ~seen[: tile.rows, : tile.columns])


def read_squares(
    plane: Plane, x: int, y: int, *, rows: int, columns: int
) -> tuple[RgbImage, NDArray[np.bool_]]:
    """Plane pixels from (x, y) on, in squares of 32 px; what cannot be decoded is left white.

    Returns (32 rows, 32 columns, 3) uint8 and (rows, columns) bool, the squares that could not be read.
    """
    unreadable = np.zeros((rows, columns), bool)
    try:
        return plane.read(x, y, CELL * columns, CELL * rows), unreadable
    except UnreadableTileError:
        image = np.full((CELL * rows, CELL * columns, 3), 255, np.uint8)
        _read_by_quarters(plane, x, y, image, unreadable)
        return image, unreadable


def _read_by_quarters(plane: Plane, x: int, y: int, image: RgbImage, unreadable: NDArray[np.bool_]) -> None:
    """Fills `image` and `unreadable` (views that shrink with the recursion) square by square."""
    rows, columns = unreadable.shape
    if rows == 0 or columns == 0:
        return
    try:
        image[:] = plane.read(x, y, columns * CELL, rows * CELL)
    except UnreadableTileError:
        if rows == columns == 1:
            unreadable[:] = True
            return
        half_rows, half_columns = (rows + 1) // 2, (columns + 1) // 2
        for r in (slice(0, half_rows), slice(half_rows, rows)):
            for c in (slice(0, half_columns), slice(half_columns, columns)):
                part = image[r.start * CELL : r.stop * CELL, c.start * CELL : c.stop * CELL]
                _read_by_quarters(plane, x + c.start * CELL, y + r.start * CELL, part, unreadable[r, c])
