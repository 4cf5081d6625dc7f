"""What is looked at comes first, and the result knows nothing of it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.engine.focus import nearest_first
from inference.slides.frames import Mpp, RegionL0, SizeL0
from inference.slides.grid import TileGrid

GRID = TileGrid.of_slide(SizeL0(8000, 6000), Mpp.square(0.243), model_mpp=0.972, tile_cells=4)
TILES = list(GRID.tiles())


def test_without_a_region_tiles_come_in_reading_order() -> None:
    assert nearest_first(TILES[::-1], GRID, None) == TILES


@given(st.floats(-2000, 9000), st.floats(-2000, 7000), st.floats(1, 4000))
def test_every_tile_once_and_those_in_view_before_all_others(x: float, y: float, side: float) -> None:
    region = RegionL0(x, y, side, side)
    ordered = nearest_first(TILES, GRID, region)
    assert sorted(ordered, key=lambda t: (t.row, t.column)) == TILES
    in_view = [
        tile.column * GRID.stride_x_l0 < x + side
        and (tile.column + tile.columns) * GRID.stride_x_l0 > x
        and tile.row * GRID.stride_y_l0 < y + side
        and (tile.row + tile.rows) * GRID.stride_y_l0 > y
        for tile in ordered
    ]
    assert all(before >= after for before, after in pairwise(in_view))


@pytest.mark.parametrize("corner", [(0, 0), (7900, 5900)])
def test_the_tile_under_a_point_is_the_first(corner: tuple[int, int]) -> None:
    first = nearest_first(TILES, GRID, RegionL0(*corner, 10, 10))[0]
    assert first == (TILES[0] if corner == (0, 0) else TILES[-1])
