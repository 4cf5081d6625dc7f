"""The fast search for candidates finds what the naive one of its definition finds."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from inference.results.candidates import Candidate, find_candidates
from inference.results.heatmap import Heatmap
from inference.slides.frames import PointL0

# Few distinct values, so that ties are common; NaN among them.
heatmaps = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=14),
    elements=st.sampled_from([float("nan"), 0.0, 0.1, 0.25, 0.5, 0.7, 0.9, 1.0]),
).map(lambda values: Heatmap(values, 127.5, 130.0))


def naive(heatmap: Heatmap, *, threshold: float, radius_cells: int) -> list[tuple[float, int, int]]:
    """Take the highest remaining cell, the first in reading order among equals, and blank its window."""
    remaining = heatmap.values.copy()
    found = []
    while True:
        best: tuple[float, int, int] | None = None
        for row in range(heatmap.rows):
            for column in range(heatmap.columns):
                value = remaining[row, column]
                if value >= np.float32(threshold) and (best is None or value > best[0]):
                    best = (float(value), row, column)
        if best is None:
            return found
        found.append(best)
        for row in range(heatmap.rows):
            for column in range(heatmap.columns):
                if abs(row - best[1]) <= radius_cells and abs(column - best[2]) <= radius_cells:
                    remaining[row, column] = np.nan


def places(candidates: tuple[Candidate, ...]) -> list[tuple[float, int, int]]:
    return [(each.probability, each.row, each.column) for each in candidates]


@given(heatmaps, st.sampled_from([0.0, 0.1, 0.3, 0.7, 1.0]), st.integers(0, 5))
def test_it_finds_what_the_definition_finds(heatmap: Heatmap, threshold: float, radius_cells: int) -> None:
    found = find_candidates(heatmap, threshold=threshold, radius_cells=radius_cells)
    assert places(found) == naive(heatmap, threshold=threshold, radius_cells=radius_cells)


@given(heatmaps, st.integers(0, 4))
def test_a_lower_threshold_only_lengthens_the_list(heatmap: Heatmap, radius_cells: int) -> None:
    few = find_candidates(heatmap, threshold=0.7, radius_cells=radius_cells)
    many = find_candidates(heatmap, threshold=0.1, radius_cells=radius_cells)
    assert many[: len(few)] == few


def test_a_candidate_stands_at_the_centre_of_its_cell_with_its_rank() -> None:
    values = np.zeros((20, 30), dtype=np.float32)
    values[2, 25], values[15, 4] = 0.75, 0.875
    heatmap = Heatmap(values, 100.0, 50.0, PointL0(1000.0, 0.0))
    assert find_candidates(heatmap, threshold=0.5) == (
        Candidate(0, 0.875, PointL0(1450.0, 775.0), 15, 4),
        Candidate(1, 0.75, PointL0(3550.0, 125.0), 2, 25),
    )


def test_both_ends_of_the_window_are_in() -> None:
    values = np.zeros((1, 20), dtype=np.float32)
    values[0, [3, 9, 10]] = [1.0, 0.9, 0.8]
    found = find_candidates(Heatmap(values, 1.0, 1.0), threshold=0.5, radius_cells=6)
    # Column 9 is 6 away and blanked, column 10 is 7 away and stays.
    assert [each.column for each in found] == [3, 10]


def test_equal_cells_are_taken_in_reading_order() -> None:
    values = np.full((5, 5), 0.5, dtype=np.float32)
    found = find_candidates(Heatmap(values, 1.0, 1.0), threshold=0.5, radius_cells=1)
    assert [(each.row, each.column) for each in found] == [
        (row, column) for row in (0, 2, 4) for column in (0, 2, 4)
    ]


def test_nothing_computed_gives_no_candidates() -> None:
    values = np.full((4, 4), np.nan, dtype=np.float32)
    assert find_candidates(Heatmap(values, 1.0, 1.0), threshold=0.0) == ()


def test_a_negative_radius_is_refused() -> None:
    with pytest.raises(ValueError, match="radius"):
        find_candidates(Heatmap(np.zeros((1, 1), np.float32), 1.0, 1.0), threshold=0.5, radius_cells=-1)


def test_a_whole_slide_with_100_000_cells_above_the_threshold_takes_well_under_a_second() -> None:
    values = np.random.default_rng(5).random((1000, 2000), dtype=np.float32)
    heatmap = Heatmap(values, 127.0, 127.0)
    assert np.count_nonzero(heatmap.at_least(0.95)) > 90_000
    start = time.process_time()
    find_candidates(heatmap, threshold=0.95)
    # 0.15 s measured; the limit leaves room for a slow machine and none for a search per candidate (minutes).
    assert time.process_time() - start < 1.5
