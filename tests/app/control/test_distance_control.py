from __future__ import annotations

import numpy as np
import pytest
import shapely

from app.control.distance_control import lie_of
from inference.results.annotation import Annotation, Shape
from inference.slides.frames import Mpp


def test_distances_are_in_micrometres_along_each_axis_and_inside_an_area_its_class_is_known() -> None:
    annotations = [
        Annotation(1, Shape.RECTANGLE, shapely.box(0, 0, 100, 100), "Tumor"),
        Annotation(2, Shape.POINT, shapely.Point(1000, 0), "Other"),
        Annotation(3, Shape.RECTANGLE, shapely.box(5000, 0, 5100, 100)),
    ]
    places = np.array([(50.0, 50.0), (200.0, 50.0), (50.0, 200.0), (990.0, 0.0), (5050.0, 50.0)])
    distances_um, classes = lie_of(places, annotations, Mpp(0.5, 0.25))
    assert distances_um.tolist() == pytest.approx([0.0, 50.0, 25.0, 5.0, 0.0])
    assert classes.names == ["Other", "Tumor"]
    assert classes.inside.tolist() == [1, -1, -1, -1, -1]
