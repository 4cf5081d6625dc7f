"""Cells inside tumour, against outlines whose cells can be counted."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from inference.results.annotation import Annotation, Shape
from inference.results.tumour_cells import counts_as_tumour, tumour_cells, tumour_within
from inference.slides.frames import RegionL0

GRID = {"row": 2, "column": 3, "rows": 4, "columns": 5, "stride_x_l0": 100.0, "stride_y_l0": 50.0}


def outlined(left: float, top: float, right: float, bottom: float, class_name: str) -> Annotation:
    return Annotation(1, Shape.POLYGON, shapely.box(left, top, right, bottom), class_name)


@pytest.mark.parametrize(
    ("name", "counts"),
    [("Tumor", True), ("Tumour bed", False), ("Metastases", True), ("_0", True), ("_2", False), ("", False),
     ("Stroma", False), ("Non-tumor", False), ("normal", False), ("Carcinoma in situ", True),
     ("Tumor-free", False), ("Tumour_free tissue", False), ("Metastasis-negative node", False), ("Tumor stroma", False),
     ("Cancer, abnormal", True)],
)  # fmt: skip
def test_classes_of_tumour(name: str, counts: bool) -> None:
    assert counts_as_tumour(name) is counts


def test_the_middle_of_a_cell_counts_and_what_is_excluded_does_not() -> None:
    marks = [
        outlined(0, 0, 451, 151, "Tumor"),  # columns 3 and (its middle at 450) 4, row 2
        outlined(600, 200, 5000, 5000, "Tumor"),  # from column 6, row 4 on
        outlined(700, 250, 800, 300, "Exclusion"),
        outlined(300, 100, 800, 300, "Stroma"),
    ]
    expected = np.zeros((4, 5), bool)
    expected[0, :2] = True
    expected[2:, 3:] = True
    expected[3, 4] = False
    np.testing.assert_array_equal(tumour_cells(marks, **GRID), expected)  # type: ignore[arg-type]


def test_an_outline_elsewhere_or_no_area_has_no_cells() -> None:
    line = Annotation(1, Shape.LINE, shapely.LineString([(0, 0), (900, 900)]), "Tumor")
    assert not tumour_cells([line, outlined(0, 0, 90, 90, "Tumor")], **GRID).any()  # type: ignore[arg-type]


def test_tumour_may_reach_into_a_region_without_the_middle_of_a_cell() -> None:
    region = RegionL0(300, 100, 500, 200)
    small = outlined(310, 110, 320, 120, "Tumor")
    assert not tumour_cells([small], **GRID).any()  # type: ignore[arg-type]
    assert tumour_within([small], region)
    assert not tumour_within(
        [outlined(0, 0, 90, 90, "Tumor"), outlined(310, 110, 320, 120, "Stroma")], region
    )
