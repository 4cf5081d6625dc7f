"""Regions hold exactly the cells above the threshold, as valid polygons."""

from __future__ import annotations

import time

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from inference.results.heatmap import Heatmap
from inference.results.regions import Region, find_regions
from inference.slides.frames import Mpp, PointL0

MPP = Mpp(0.25, 0.5)

masks = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12))


def heatmap_of(mask: np.ndarray) -> Heatmap:
    """0.75 in the mask, below a threshold of 0.5 or not computed outside it; uneven cells off the corner."""
    outside = np.where(np.indices(mask.shape).sum(axis=0) % 2, np.nan, 0.25)
    return Heatmap(np.where(mask, 0.75, outside).astype(np.float32), 127.25, 130.5, PointL0(10.0, -20.0))


def regions_of(mask: np.ndarray, **options: int) -> tuple[Region, ...]:
    return find_regions(heatmap_of(mask), threshold=0.5, mpp=MPP, **options)


def rasterised(regions: tuple[Region, ...], heatmap: Heatmap) -> np.ndarray:
    """How many regions hold the centre of each cell."""
    rows, columns = np.indices(heatmap.values.shape)
    x = heatmap.origin_l0.x + (columns + 0.5) * heatmap.stride_x_l0
    y = heatmap.origin_l0.y + (rows + 0.5) * heatmap.stride_y_l0
    count = np.zeros(heatmap.values.shape, dtype=int)
    for region in regions:
        count += shapely.contains_xy(region.polygon, x, y)
    return count


def mask_of(*rows: str) -> np.ndarray:
    return np.array([[cell == "#" for cell in row] for row in rows])


@given(masks)
def test_rasterising_the_regions_gives_the_mask_back(mask: np.ndarray) -> None:
    heatmap = heatmap_of(mask)
    np.testing.assert_array_equal(rasterised(regions_of(mask), heatmap), mask.astype(int))


@given(masks)
def test_polygons_are_valid_separate_and_of_the_area_of_their_cells(mask: np.ndarray) -> None:
    heatmap = heatmap_of(mask)
    regions = regions_of(mask)
    cell_area_l0 = heatmap.stride_x_l0 * heatmap.stride_y_l0
    for region in regions:
        assert region.polygon.is_valid
        assert region.polygon.area == pytest.approx(region.cells * cell_area_l0, rel=1e-12)
        assert region.area_um2 == pytest.approx(region.polygon.area * MPP.x * MPP.y, rel=1e-12)
        rings = (region.polygon.exterior, *region.polygon.interiors)
        for ring in rings:
            steps = np.diff(shapely.get_coordinates(ring), axis=0)
            # Along cell borders only, and turning at every vertex but perhaps the one it starts from.
            assert np.all((steps == 0).sum(axis=1) == 1)
            assert np.all((steps[1:, 0] == 0) != (steps[:-1, 0] == 0))
    assert sum(region.cells for region in regions) == np.count_nonzero(mask)
    for index, region in enumerate(regions):
        for other in regions[index + 1 :]:
            assert region.polygon.intersection(other.polygon).area == 0
            # Those that touch do so in points: cells that share a side are in one region.
            assert region.polygon.intersection(other.polygon).length == 0


def test_cells_that_meet_at_a_corner_are_two_regions() -> None:
    regions = regions_of(mask_of("#.", ".#"))
    assert [region.cells for region in regions] == [1, 1]
    assert [region.polygon.bounds for region in regions] == [
        (10.0, -20.0, 137.25, 110.5),
        (137.25, 110.5, 264.5, 241.0),
    ]


def test_a_region_keeps_its_hole_and_the_island_in_it_is_another() -> None:
    regions = regions_of(mask_of("#####", "#...#", "#.#.#", "#...#", "#####"))
    assert [region.cells for region in regions] == [16, 1]
    assert [len(region.polygon.interiors) for region in regions] == [1, 0]


def test_a_hole_that_touches_the_outside_at_a_corner_is_still_a_hole() -> None:
    (region,) = regions_of(mask_of("###", "#.#", "##."))
    assert region.cells == 7
    assert len(region.polygon.interiors) == 1
    assert region.polygon.is_valid


def test_mean_and_maximum_are_over_the_cells_of_the_region() -> None:
    values = np.array([[0.5, 1.0, 0.25, 0.625], [0.75, np.nan, 0.25, 0.25]], dtype=np.float32)
    first, second = find_regions(Heatmap(values, 1.0, 1.0), threshold=0.5, mpp=MPP)
    assert (first.cells, first.mean_probability, first.max_probability) == (3, 0.75, 1.0)
    assert (second.cells, second.mean_probability, second.max_probability) == (1, 0.625, 0.625)
    assert first.area_um2 == 3 * 0.125


def test_small_regions_can_be_left_out() -> None:
    mask = mask_of("##.#", "...#", "#..#")
    assert [region.cells for region in regions_of(mask)] == [2, 3, 1]
    assert [region.cells for region in regions_of(mask, min_cells=2)] == [2, 3]
    assert [region.cells for region in regions_of(mask, min_cells=4)] == []


@pytest.mark.parametrize("fill", [np.nan, 0.25])
def test_nothing_above_the_threshold_gives_no_regions(fill: float) -> None:
    values = np.full((3, 3), fill, dtype=np.float32)
    assert find_regions(Heatmap(values, 1.0, 1.0), threshold=0.5, mpp=MPP) == ()


@given(st.integers(1, 9), st.integers(1, 9))
def test_a_full_heatmap_is_one_rectangle(rows: int, columns: int) -> None:
    (region,) = regions_of(np.ones((rows, columns), dtype=np.bool_))
    assert len(region.polygon.exterior.coords) == 5
    assert region.polygon.bounds == (10.0, -20.0, 10 + columns * 127.25, -20 + rows * 130.5)


def test_a_whole_slide_takes_seconds_at_most() -> None:
    rng = np.random.default_rng(3)
    coarse = rng.random((125, 250), dtype=np.float32)
    values = np.kron(coarse, np.ones((8, 8), dtype=np.float32))
    start = time.process_time()
    regions = find_regions(Heatmap(values, 127.0, 127.0), threshold=0.9, mpp=MPP)
    assert len(regions) > 1000
    # 0.6 s measured on 2 million cells.
    assert time.process_time() - start < 4
