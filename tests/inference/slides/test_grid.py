"""The grid covers the slide and has no cell that lies wholly outside it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from inference.slides.frames import Mpp, SizeL0
from inference.slides.grid import CELL, TileGrid


@pytest.mark.parametrize("mpp", ["0.2", "0.2125", "0.24", "0.243", "0.25", "0.2505", "0.5", "1.0"])
def test_a_slide_of_whole_cells_gets_no_cell_beyond_its_edge(mpp: str) -> None:
    # By exact arithmetic, where floating point makes 25.000000000000004 cells of 25.
    stride_l0 = CELL * Fraction("0.972") / Fraction(mpp)
    for cells in range(stride_l0.denominator, 1500, stride_l0.denominator):
        side = int(stride_l0 * cells)
        grid = TileGrid.of_slide(SizeL0(side, side), Mpp.square(float(mpp)), model_mpp=0.972)
        assert (grid.rows, grid.columns) == (cells, cells)
        wider = TileGrid.of_slide(SizeL0(side + 1, side), Mpp.square(float(mpp)), model_mpp=0.972)
        assert (wider.rows, wider.columns) == (cells, cells + 1)
