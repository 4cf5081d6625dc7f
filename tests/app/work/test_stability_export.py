"""Of a whole slide's annotations the figure of a region gets the outlines of tumour that are seen in it."""

from __future__ import annotations

import shapely

from app.work.stability_export import outlines_within
from inference.results.annotation import Annotation, Shape
from inference.slides.frames import RegionL0

REGION = RegionL0(1000, 1000, 500, 400)


def outlined(left: float, top: float, right: float, bottom: float, class_name: str = "Tumor") -> Annotation:
    return Annotation(1, Shape.POLYGON, shapely.box(left, top, right, bottom), class_name)


def test_outlines_elsewhere_of_another_class_or_all_around_are_not_drawn() -> None:
    crossing = outlined(900, 900, 1100, 1100)
    found = outlines_within(
        [crossing, outlined(0, 0, 500, 500), outlined(1100, 1100, 1200, 1200, "Stroma"),
         outlined(0, 0, 9000, 9000)],
        REGION,
    )  # fmt: skip
    assert len(found) == 1
    assert found[0].min() == 900
