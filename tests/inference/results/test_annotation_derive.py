from __future__ import annotations

import numpy as np
import pytest

from inference.results.annotation_derive import candidate_annotations, heatmap_annotations
from inference.results.candidates import Candidate
from inference.results.heatmap import Heatmap
from inference.slides.frames import Mpp, PointL0

MPP = Mpp.square(0.25)
CELL_UM2 = (128 * 0.25) ** 2


def _heatmap() -> Heatmap:
    values = np.zeros((20, 30), np.float32)
    values[2:10, 3:15] = 0.9
    values[5:7, 6:9] = 0.1
    values[15, 20] = 0.8
    values[0, 0] = np.nan
    return Heatmap(values, 128.0, 128.0, PointL0(0, 0))


def _areas(**options: float) -> list[float]:
    made = heatmap_annotations(
        _heatmap(), mpp=MPP, **({"threshold": 0.5, "least_area_um2": 0.0, "smoothing_um": 0.0} | options)
    )
    return [each.geometry.area for each in made]


def test_areas_follow_the_cells_largest_first_and_small_ones_are_left_out() -> None:
    big, small = (8 * 12 - 6) * 128**2, 128**2
    assert _areas() == [big, small]
    assert _areas(least_area_um2=1.5 * CELL_UM2) == [big]
    assert _areas(threshold=0.85) == [big]
    assert _areas(threshold=0.95) == []


def test_smoothing_rounds_corners_and_loses_no_area_altogether() -> None:
    rough = heatmap_annotations(_heatmap(), threshold=0.5, mpp=MPP, least_area_um2=0, smoothing_um=0)
    round_ones = heatmap_annotations(_heatmap(), threshold=0.5, mpp=MPP, least_area_um2=0, smoothing_um=20)
    assert len(round_ones) == len(rough) == 2
    assert all(each.geometry.is_valid for each in round_ones)
    assert round_ones[0].geometry.area == pytest.approx(rough[0].geometry.area, rel=0.05)
    assert round_ones[0].geometry.length < rough[0].geometry.length


def test_a_candidate_becomes_a_point_with_its_rank_note_and_probability() -> None:
    (made,) = candidate_annotations([(Candidate(4, 0.75, PointL0(10, 20), 0, 0), "crushed")])
    assert (made.geometry.x, made.geometry.y) == (10, 20)
    assert (made.name, made.note, made.class_name) == ("Candidate 5", "crushed", "Tumor")
    assert made.measurements == (("Probability", 0.75),)
