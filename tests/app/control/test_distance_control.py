from __future__ import annotations

import numpy as np
import pytest
import shapely

from app.control.distance_control import distances_to
from inference.slides.frames import Mpp


def test_distances_are_in_micrometres_along_each_axis_and_none_inside_an_area() -> None:
    geometries = [shapely.box(0, 0, 100, 100), shapely.Point(1000, 0)]
    places = np.array([(50.0, 50.0), (200.0, 50.0), (50.0, 200.0), (990.0, 0.0)])
    found = distances_to(places, geometries, Mpp(0.5, 0.25))
    assert found.tolist() == pytest.approx([0.0, 50.0, 25.0, 5.0])
