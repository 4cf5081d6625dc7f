"""What cannot be decoded is narrowed down to 32 px squares, and every cell that sees one knows it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inference.engine.tile_reading import read_tile
from inference.errors import UnreadableTileError
from inference.slides.frames import Mpp, SizeL0
from inference.slides.grid import CELL, Tile, TileGrid
from inference.slides.slide import RgbImage

GRID = TileGrid.of_slide(SizeL0(320, 320), Mpp.square(1.0), model_mpp=1.0, tile_cells=4)


class PatchyPlane:
    """A plane whose pixels tell their place, with 32 px squares that cannot be decoded."""

    def __init__(self, bad: set[tuple[int, int]]) -> None:
        self.bad = bad

    def read(self, x: int, y: int, width: int, height: int) -> RgbImage:
        for row, column in self.bad:
            if (
                x < 32 * (column + 1)
                and x + width > 32 * column
                and y < 32 * (row + 1)
                and y + height > 32 * row
            ):
                raise UnreadableTileError("bad", where=f"{row}, {column}")
        ys, xs = np.mgrid[y : y + height, x : x + width]
        return np.stack((xs % 251, ys % 251, (xs + ys) % 251), axis=2).astype(np.uint8)


def test_a_readable_tile_is_read_in_one_piece() -> None:
    item = read_tile(PatchyPlane(set()), GRID, Tile(4, 0, 4, 4))
    assert item.readable.all()
    np.testing.assert_array_equal(item.image, PatchyPlane(set()).read(-32, 96, 192, 192))


@given(st.sets(st.tuples(st.integers(-1, 10), st.integers(-1, 10)), max_size=6))
def test_exactly_the_cells_that_see_a_bad_square_are_unreadable(bad: set[tuple[int, int]]) -> None:
    for tile in GRID.tiles():
        item = read_tile(PatchyPlane(bad), GRID, tile)
        for i in range(tile.rows):
            for j in range(tile.columns):
                row, column = tile.row + i, tile.column + j
                sees_bad = any(abs(row - r) <= 1 and abs(column - c) <= 1 for r, c in bad)
                assert item.readable[i, j] == (not sees_bad)
        good = PatchyPlane(set()).read(*GRID.tile_origin_plane(tile), 192, 192)
        x, y = GRID.tile_origin_plane(tile)
        for row in range(6):
            for column in range(6):
                square = np.s_[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL]
                is_bad = (y // CELL + row, x // CELL + column) in bad
                expected = np.full_like(good[square], 255) if is_bad else good[square]
                np.testing.assert_array_equal(item.image[square], expected)
