from __future__ import annotations

import math

import pytest
import shapely

from inference.results.annotation import Annotation, Shape, ellipse_l0, rectangle_l0

SQUARE = shapely.box(0, 0, 100, 100)


def test_a_shape_takes_its_own_geometries_only() -> None:
    with pytest.raises(ValueError, match="no Point"):
        Annotation(1, Shape.POLYGON, shapely.Point(1, 2))


@pytest.mark.parametrize("geometry", [shapely.Polygon(), shapely.Polygon([(0, 0), (1, 0), (math.inf, 1)])])
def test_an_annotation_needs_finite_coordinates(geometry: shapely.Polygon) -> None:
    with pytest.raises(ValueError, match="finite"):
        Annotation(1, Shape.POLYGON, geometry)


def test_moving_keeps_all_but_the_place() -> None:
    moved = Annotation(1, Shape.POLYGON, SQUARE, "Tumor", locked=True).moved(5, -3)
    assert moved.geometry.bounds == (5, -3, 105, 97)
    assert (moved.class_name, moved.locked) == ("Tumor", True)


def test_corners_may_be_given_in_any_order() -> None:
    assert rectangle_l0(10, 20, 0, 0).bounds == (0, 0, 10, 20)
    assert ellipse_l0(10, 20, 0, 0).bounds == pytest.approx((0, 0, 10, 20))


def test_an_ellipse_has_its_area_to_a_fifth_of_a_percent() -> None:
    assert ellipse_l0(0, 0, 40, 20).area == pytest.approx(math.pi * 20 * 10, rel=2e-3)


@pytest.mark.parametrize("make", [rectangle_l0, ellipse_l0])
def test_a_shape_without_area_is_none(make) -> None:
    with pytest.raises(ValueError, match="needs two"):
        make(0, 0, 10, 0)
