from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from inference.results.annotation import Annotation, Shape, ellipse_l0
from inference.results.annotation_edit import (
    brushed,
    erased,
    handles_of,
    merged,
    simplified,
    split,
    subtracted,
    with_handle_at,
    with_vertex_added,
    without_holes,
    without_vertex,
)
from inference.results.annotation_measure import measurements_of
from inference.slides.frames import Mpp

HOLED = Annotation(
    1, Shape.POLYGON, shapely.box(0, 0, 100, 100).difference(shapely.box(40, 40, 60, 60)), "Tumor", name="a"
)
OTHER = Annotation(2, Shape.RECTANGLE, shapely.box(80, 80, 180, 180), "Stroma")
LINE = Annotation(3, Shape.LINE, shapely.LineString([(50, -10), (50, 110)]))


def test_merging_keeps_the_first_ones_words_and_counts_overlap_once() -> None:
    union = merged([HOLED, OTHER, LINE])
    assert (union.class_name, union.name, union.shape) == ("Tumor", "a", Shape.POLYGON)
    assert union.geometry.area == 100 * 100 - 400 + 100 * 100 - 400
    with pytest.raises(ValueError, match="two areas"):
        merged([HOLED, LINE])


def test_subtracting_cuts_the_first_and_refuses_to_leave_nothing() -> None:
    assert subtracted(HOLED, [OTHER]).geometry.area == 100 * 100 - 400 - 400
    cover = Annotation(4, Shape.RECTANGLE, shapely.box(-1, -1, 101, 101))
    with pytest.raises(ValueError, match="Nothing would be left"):
        subtracted(HOLED, [cover])


def test_splitting_along_a_line_and_into_parts() -> None:
    pieces, ids = split([HOLED, LINE])
    assert ids == (1, 3)
    assert sorted(each.geometry.area for each in pieces) == [4800, 4800]
    two = Annotation(
        5, Shape.POLYGON, shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 7, 7)])
    )
    pieces, ids = split([two])
    assert ids == (5,) and [each.geometry.area for each in pieces] == [1, 4]
    with pytest.raises(ValueError, match="line across"):
        split([OTHER])


def test_a_crossing_outline_is_made_sound_where_it_has_to_be() -> None:
    bow = Annotation(6, Shape.POLYGON, shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]))
    grown = brushed(bow, shapely.box(4, 4, 6, 6))
    assert grown.geometry.is_valid and grown.geometry.area > 50
    assert erased(bow, shapely.box(-1, -1, 11, 11)) is None


def test_holes_are_filled_and_outlines_simplified_within_the_tolerance() -> None:
    assert without_holes(HOLED).geometry.area == 10_000
    circle = Annotation(7, Shape.ELLIPSE, ellipse_l0(0, 0, 100, 100))
    simple = simplified(circle, 2.0)
    assert shapely.get_num_coordinates(simple.geometry) < 40
    assert shapely.hausdorff_distance(simple.geometry, circle.geometry) <= 2.0
    assert simplified(OTHER, 50.0) == OTHER


def test_a_rectangle_is_resized_by_its_corners_and_a_polygon_by_its_vertices() -> None:
    resized = with_handle_at(OTHER, 2, 200.0, 220.0)
    assert resized.shape is Shape.RECTANGLE and resized.geometry.bounds == (80, 80, 200, 220)
    with pytest.raises(ValueError):
        with_handle_at(OTHER, 2, 80.0, 300.0)
    ring = handles_of(HOLED)
    moved = with_handle_at(HOLED, len(ring) - 1, 41.0, 41.0)
    assert np.count_nonzero((handles_of(moved) != ring).any(axis=1)) == 1
    with pytest.raises(ValueError):
        without_vertex(OTHER, 0)


@given(at=st.tuples(st.floats(-50, 150), st.floats(-50, 150)))
def test_a_vertex_added_on_the_outline_changes_no_area_and_can_be_removed(at: tuple[float, float]) -> None:
    more = with_vertex_added(HOLED, *at)
    assert more.geometry.area == pytest.approx(HOLED.geometry.area)
    assert len(handles_of(more)) == len(handles_of(HOLED)) + 1
    (new,) = [
        n
        for n in range(len(handles_of(more)))
        if np.array_equal(np.delete(handles_of(more), n, axis=0), handles_of(HOLED))
    ][:1]
    assert without_vertex(more, new).geometry.equals(HOLED.geometry)


ON_A_LINE = Annotation(7, Shape.POLYGON, shapely.Polygon([(0, 0), (5, 5), (10, 10)]))


def test_holes_of_a_multipolygon_that_crosses_itself_are_filled() -> None:
    crossing = shapely.Polygon(
        [(0, 0), (100, 100), (100, 0), (0, 100)], [[(5, 45), (10, 45), (10, 55), (5, 55)]]
    )
    both = Annotation(8, Shape.POLYGON, shapely.MultiPolygon([crossing, shapely.box(80, 0, 200, 100)]))
    filled = without_holes(both)
    assert filled.geometry.is_valid
    assert sum(len(part.interiors) for part in shapely.get_parts(filled.geometry)) == 0
    assert filled.geometry.area == pytest.approx(
        50 * 50 * 2 + 120 * 100 - 2 * (10 * 20 + 20 * 20 / 2) / 2, rel=0.1
    )


def test_outlines_on_a_line_are_refused_in_words_and_break_nothing() -> None:
    with pytest.raises(ValueError, match="encloses"):
        merged([ON_A_LINE, ON_A_LINE])
    for shape in (Shape.RECTANGLE, Shape.ELLIPSE):
        flat = replace(ON_A_LINE, shape=shape, geometry=shapely.Polygon([(0, 3), (5, 3), (10, 3)]))
        assert len(handles_of(flat)) == 3
        assert with_handle_at(flat, 1, 5.0, 9.0).geometry.area > 0
        with pytest.raises(ValueError, match="too few"):
            without_vertex(flat, 0)
    holed = replace(
        ON_A_LINE,
        geometry=shapely.MultiPolygon(
            [shapely.Polygon([(0, 0), (9, 9), (10, 10)], [[(1, 1), (2, 2), (3, 3)]]), ON_A_LINE.geometry]
        ),
    )
    assert without_holes(holed) is holed
    assert measurements_of(ON_A_LINE, mpp=Mpp.square(0.25), heatmap=None, threshold=0.5)["Area µm^2"] == 0
