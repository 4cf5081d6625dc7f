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
        image: (32 (rows + 2), 32 (columns + 2), 3) uint8 RGB; white where the slide cannot be read.
        readable: (tile.rows, tile.columns) bool: every pixel the cell sees was read, or the cell is not in the part.
        part: the rows and columns of the tile that are computed, which may reach beyond the grid.
    """

    tile: Tile
    image: RgbImage
    readable: NDArray[np.bool_]
    part: tuple[slice, slice]

    def whole(self, result: NDArray[np.float32]) -> NDArray[np.float32]:
        """(tile.rows, tile.columns): what was computed of the part, in its place; NaN elsewhere."""
        rows, columns = self.part
        values = np.full(
            (max(self.tile.rows, rows.stop), max(self.tile.columns, columns.stop)), np.nan, np.float32
        )
        values[rows, columns] = result
        return values[: self.tile.rows, : self.tile.columns]


def read_tile(plane: Plane, grid: TileGrid, tile: Tile, part: tuple[slice, slice] | None = None) -> TileInput:
    """Reads a tile's input, or that of a part of its cells.

    What cannot be decoded is narrowed down to squares of 32 px and left white.
    """
    side = grid.tile_cells
    rows, columns = part or (slice(0, side), slice(0, side))
    x, y = grid.tile_origin_plane(tile)
    x, y = x + CELL * columns.start, y + CELL * rows.start
    squares = rows.stop - rows.start + 2, columns.stop - columns.start + 2
    image, unreadable = read_squares(plane, x, y, rows=squares[0], columns=squares[1])
    # Cell (i, j) sees the squares i .. i + 2, j .. j + 2 of its part's input.
    seen = np.asarray(np.lib.stride_tricks.sliding_window_view(unreadable, (3, 3)).any(axis=(2, 3)))
    readable = np.ones((side, side), bool)
    readable[rows, columns] = ~seen
    return TileInput(tile, image, readable[: tile.rows, : tile.columns], (rows, columns))


def half_tiles(wanted: NDArray[np.bool_], tile_cells: int) -> tuple[slice, slice]:
    """The whole, half or quarter of a tile that holds all the cells wanted, as its rows and columns.

    Halves only, so that the network is made ready for no more than four sizes. The two halves of an odd number of cells
    share the middle one.

    Args:
        wanted: (rows, columns) of the tile's cells on the grid, at least one of them True.
    """
    rows, columns = (np.flatnonzero(wanted.any(axis=axis)) for axis in (1, 0))
    return _half(rows, tile_cells), _half(columns, tile_cells)


def _half(places: NDArray[np.intp], cells: int) -> slice:
    half = (cells + 1) // 2
    if places[-1] < half:
        return slice(0, half)
    if places[0] >= cells - half:
        return slice(cells - half, cells)
    return slice(0, cells)


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
