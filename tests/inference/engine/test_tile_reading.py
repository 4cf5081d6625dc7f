"""What cannot be decoded is narrowed down to 32 px squares, and every cell that sees one knows it."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.engine.tile_reading import half_tiles, read_tile
from inference.errors import UnreadableTileError
from inference.slides.frames import Mpp, SizeL0
from inference.slides.grid import CELL, Tile, TileGrid
from inference.slides.slide import RgbImage

GRID = TileGrid.of_slide(SizeL0(320, 320), Mpp.square(1.0), model_mpp=1.0, tile_cells=4)


@given(st.integers(1, 7), st.data())
def test_the_half_that_is_computed_holds_all_that_is_wanted(cells: int, data: st.DataObject) -> None:
    place = st.tuples(st.integers(0, cells - 1), st.integers(0, cells - 1))
    wanted = np.zeros((cells, cells), bool)
    for row, column in data.draw(st.sets(place, min_size=1)):
        wanted[row, column] = True
    rows, columns = half_tiles(wanted, cells)
    assert wanted[rows, columns].sum() == wanted.sum()
    assert {rows.stop - rows.start, columns.stop - columns.start} <= {cells, (cells + 1) // 2}
    assert 0 <= rows.start < rows.stop <= cells and 0 <= columns.start < columns.stop <= cells


def test_a_lone_cell_needs_a_quarter_of_its_tile() -> None:
    wanted = np.zeros((14, 14), bool)
    wanted[8, 2] = True
    assert half_tiles(wanted, 14) == (slice(7, 14), slice(0, 7))
    # A tile cut by the edge of the grid.
    assert half_tiles(wanted[:9, :3], 14) == (slice(7, 14), slice(0, 7))


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


@settings(deadline=None)
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


@settings(deadline=None)
@given(st.sets(st.tuples(st.integers(-1, 10), st.integers(-1, 10)), max_size=3))
def test_a_part_is_what_the_whole_has_there(bad: set[tuple[int, int]]) -> None:
    part = (slice(2, 4), slice(1, 3))
    for tile in GRID.tiles():
        whole, item = read_tile(PatchyPlane(bad), GRID, tile), read_tile(PatchyPlane(bad), GRID, tile, part)
        np.testing.assert_array_equal(item.image, whole.image[64:192, 32:160])
        seen = np.zeros((4, 4), bool)
        seen[part] = True
        seen = seen[: tile.rows, : tile.columns]
        np.testing.assert_array_equal(item.readable, whole.readable | ~seen)
        placed = item.whole(np.arange(4, dtype=np.float32).reshape(2, 2))
        assert placed.shape == (tile.rows, tile.columns)
        np.testing.assert_array_equal(np.isnan(placed), ~seen)
