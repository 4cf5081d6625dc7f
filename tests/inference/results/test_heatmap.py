"""A heatmap puts each cell where its affine says, and holds probabilities or NaN only."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.results.heatmap import Heatmap
from inference.slides.frames import Mpp, PointL0, SizeL0
from inference.slides.grid import TileGrid

strides = st.floats(0.5, 2000)


def block(*rows: list[float]) -> np.ndarray:
    return np.array(rows, dtype=np.float32)


@pytest.fixture
def heatmap() -> Heatmap:
    return Heatmap.empty(TileGrid(rows=3, columns=5, stride_x_l0=100.0, stride_y_l0=50.0, tile_cells=2))


def test_an_empty_heatmap_has_the_shape_of_its_grid_and_no_values(heatmap: Heatmap) -> None:
    assert heatmap.values.shape == (3, 5)
    assert heatmap.computed_fraction == 0.0
    assert heatmap.maximum is None
    assert heatmap.value_at(PointL0(10, 10)) is None


def test_a_block_lands_in_its_cells_only(heatmap: Heatmap) -> None:
    heatmap.put_block(1, 3, block([0.25, 0.5], [np.nan, 1.0]))
    expected = np.full((3, 5), np.nan, dtype=np.float32)
    expected[1:3, 3:5] = [[0.25, 0.5], [np.nan, 1.0]]
    np.testing.assert_array_equal(heatmap.values, expected)
    assert heatmap.computed_fraction == 3 / 15
    assert heatmap.maximum == 1.0


def test_value_at_takes_x_for_columns_and_y_for_rows(heatmap: Heatmap) -> None:
    heatmap.put_block(1, 3, block([0.25]))
    assert heatmap.value_at(PointL0(399.9, 50)) == 0.25
    assert heatmap.value_at(PointL0(400, 50)) is None
    assert heatmap.value_at(PointL0(399.9, 49.9)) is None


@pytest.mark.parametrize("point", [PointL0(-0.1, 0), PointL0(0, -0.1), PointL0(500, 0), PointL0(0, 150)])
def test_there_is_no_value_outside_the_grid(heatmap: Heatmap, point: PointL0) -> None:
    heatmap.put_block(0, 0, np.ones((3, 5), dtype=np.float32))
    assert heatmap.cell_at(point) is None
    assert heatmap.value_at(point) is None


@given(
    row=st.integers(0, 3000),
    column=st.integers(0, 3000),
    stride_x_l0=strides,
    stride_y_l0=strides,
    x=st.floats(-1e5, 1e5),
    y=st.floats(-1e5, 1e5),
)
def test_the_centre_of_a_cell_lies_in_that_cell(
    row: int, column: int, stride_x_l0: float, stride_y_l0: float, x: float, y: float
) -> None:
    values = np.broadcast_to(np.float32(0), (3001, 3001))
    heatmap = Heatmap(values, stride_x_l0, stride_y_l0, PointL0(x, y))
    centre = heatmap.cell_centre_l0(row, column)
    assert heatmap.cell_at(centre) == (row, column)
    region = heatmap.cell_region_l0(row, column)
    assert (region.centre.x, region.centre.y) == pytest.approx((centre.x, centre.y))


@given(
    width=st.integers(1, 100_000),
    height=st.integers(1, 100_000),
    mpp=st.floats(0.1, 1.5),
    x=st.floats(0, 0.999),
    y=st.floats(0, 0.999),
)
def test_heatmap_and_grid_agree_on_the_cell_of_a_point(
    width: int, height: int, mpp: float, x: float, y: float
) -> None:
    grid = TileGrid.of_slide(SizeL0(width, height), Mpp.square(mpp), model_mpp=0.972)
    point = PointL0(x * width, y * height)
    heatmap = Heatmap.empty(grid)
    assert heatmap.cell_at(point) == grid.cell_at(point)
    assert heatmap.cell_region_l0(2, 3) == grid.cell_region_l0(2, 3)


@pytest.mark.parametrize(("row", "column"), [(-1, 0), (0, -1), (2, 0), (0, 4)])
def test_a_block_that_leaves_the_grid_is_refused(heatmap: Heatmap, row: int, column: int) -> None:
    with pytest.raises(ValueError, match="leaves the grid"):
        heatmap.put_block(row, column, np.zeros((2, 2), dtype=np.float32))
    assert heatmap.computed_fraction == 0.0


@pytest.mark.parametrize("value", [-0.01, 1.01, np.inf, -np.inf])
def test_what_is_no_probability_is_refused(heatmap: Heatmap, value: float) -> None:
    with pytest.raises(ValueError, match="probabilities"):
        heatmap.put_block(0, 0, block([0.5, value]))
    assert heatmap.computed_fraction == 0.0


@pytest.mark.parametrize("values", [np.zeros((2, 2)), np.zeros(3, dtype=np.float32)])
def test_values_are_two_dimensional_float32(values: np.ndarray) -> None:
    with pytest.raises(ValueError, match="2-D float32"):
        Heatmap(values, 1.0, 1.0)


@pytest.mark.parametrize("stride_l0", [0.0, -1.0, np.nan, np.inf])
def test_a_stride_is_positive(stride_l0: float) -> None:
    with pytest.raises(ValueError, match="stride"):
        Heatmap(np.zeros((1, 1), dtype=np.float32), 1.0, stride_l0)


def test_a_cell_that_reads_the_threshold_reaches_it_and_nan_never_does() -> None:
    # float32(0.7) is below 0.7 as a double; the user sees 0.7 in both places.
    heatmap = Heatmap(block([0.7, 0.69, np.nan, 0.0]), 1.0, 1.0)
    assert heatmap.at_least(0.7).tolist() == [[True, False, False, False]]
    assert heatmap.at_least(0.0).tolist() == [[True, True, False, True]]


@pytest.mark.parametrize("threshold", [-0.1, 1.1, np.nan])
def test_a_threshold_is_a_probability(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        Heatmap(block([0.5]), 1.0, 1.0).at_least(threshold)
