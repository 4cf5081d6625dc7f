"""Quantising keeps order and gaps, blocks land in their place, Qt sees the same memory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.canvas.colormaps import first_visible_index
from app.canvas.heatmap_image import HeatmapImage, quantised
from inference.slides.frames import PointL0, RegionL0


def made(rows: int = 5, columns: int = 7) -> HeatmapImage:
    return HeatmapImage(rows=rows, columns=columns, origin_l0=PointL0(10, 20), stride_x_l0=4, stride_y_l0=8)


def test_not_computed_and_infinite_are_index_0() -> None:
    values = np.array([np.nan, np.inf, -np.inf, 0.0, 1.0], np.float32)
    assert quantised(values).tolist() == [0, 0, 0, 1, 255]


@given(st.floats(0, 1, width=32), st.floats(0, 1))
def test_what_is_painted_is_at_or_above_the_threshold(value: float, threshold: float) -> None:
    visible = bool(quantised(np.array([value], np.float32))[0] >= first_visible_index(threshold))
    if abs(value - threshold) > 1 / 254:
        assert visible == (value > threshold)


def test_a_block_lands_in_its_cells_and_says_where_to_repaint() -> None:
    heatmap = made()
    region = heatmap.set_values(np.full((2, 3), 1.0, np.float32), row=1, column=2)
    expected = np.zeros((5, 7), np.uint8)
    expected[1:3, 2:5] = 255
    assert np.array_equal(heatmap.indices, expected)
    assert region == RegionL0(10 + 2 * 4, 20 + 1 * 8, 3 * 4, 2 * 8)


def test_a_block_is_cut_at_the_grids_edge_and_refused_off_it() -> None:
    heatmap = made()
    heatmap.set_values(np.full((4, 4), 0.5, np.float32), row=3, column=5)
    assert (heatmap.indices > 0).sum() == 2 * 2
    with pytest.raises(ValueError, match="off the grid"):
        heatmap.set_values(np.zeros((1, 1), np.float32), row=5, column=0)


def test_qt_reads_the_buffer_itself() -> None:
    heatmap = made()
    image = heatmap.indexed([0xFF000000 + index for index in range(256)])
    heatmap.set_values(np.array([[1.0]], np.float32), row=4, column=6)
    assert image.pixel(6, 4) & 0xFF == 255
    assert image.pixel(5, 4) & 0xFF == 0
