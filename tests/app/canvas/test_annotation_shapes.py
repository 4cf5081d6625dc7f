"""The rows of annotations follow any edits, and find what a plain look through all geometries finds."""

from __future__ import annotations

from random import Random

import shapely
from hypothesis import given
from hypothesis import strategies as st

from app.canvas.annotation_shapes import AnnotationShapes
from inference.results.annotation import Annotation, Shape
from inference.slides.frames import PointL0, RegionL0

RED = (200, 0, 0)


def _random(random: Random, number: int) -> Annotation:
    x, y, size = random.uniform(0, 100), random.uniform(0, 100), random.uniform(1, 30)
    if random.random() < 0.4:
        return Annotation(number, Shape.POINT, shapely.Point(x, y))
    return Annotation(number, Shape.RECTANGLE, shapely.box(x, y, x + size, y + size))


@given(seed=st.integers(0, 2**32))
def test_edits_and_queries_agree_with_a_plain_look(seed: int) -> None:
    random = Random(seed)
    known = {number: _random(random, number) for number in range(1, 20)}
    shapes = AnnotationShapes()
    shapes.replace_all([(each, RED) for each in known.values()], hidden=frozenset())
    for number in range(20, 120):
        if random.random() < 0.5 or not known:
            known[number] = _random(random, number)
            shapes.put(known[number], RED)
        elif random.random() < 0.5:
            gone = random.choice(sorted(known))
            del known[gone]
            shapes.remove(gone)
        else:
            other = random.choice(sorted(known))
            known[other] = _random(random, other)
            shapes.put(known[other], RED)
    hidden = frozenset(random.sample(sorted(known), min(3, len(known))))
    shapes.set_hidden(hidden)
    region = RegionL0(random.uniform(0, 50), random.uniform(0, 50), 40, 40)
    box = shapely.box(region.x, region.y, region.x + 40, region.y + 40)
    shown = {number: each for number, each in known.items() if number not in hidden}
    assert shapes.ids_inside(region) == [n for n in sorted(shown) if box.covers(shown[n].geometry)]
    assert len(shapes.within(region)) == sum(box.intersects(each.geometry) for each in shown.values())
    place = PointL0(random.uniform(0, 100), random.uniform(0, 100))
    hit = shapes.id_at(place, 0.5)
    near = {n for n, each in shown.items() if each.geometry.distance(shapely.Point(place.x, place.y)) <= 0.5}
    assert (hit in near) if near else (hit is None)


def test_a_click_takes_the_smallest_area_and_points_before_areas() -> None:
    shapes = AnnotationShapes()
    big, small = shapely.box(0, 0, 100, 100), shapely.box(40, 40, 60, 60)
    holed = shapely.box(200, 0, 300, 100).difference(shapely.box(240, 40, 260, 60))
    drawn = [
        Annotation(1, Shape.RECTANGLE, small),
        Annotation(2, Shape.RECTANGLE, big),
        Annotation(3, Shape.POINT, shapely.Point(55, 55)),
        Annotation(4, Shape.POLYGON, holed),
    ]
    shapes.replace_all([(each, RED) for each in drawn], hidden=frozenset())
    assert shapes.id_at(PointL0(45, 45), 1.0) == 1
    assert shapes.id_at(PointL0(55.5, 55), 1.0) == 3
    assert shapes.id_at(PointL0(10, 10), 1.0) == 2
    assert shapes.id_at(PointL0(250, 50), 1.0) is None
    assert shapes.id_at(PointL0(210, 50), 1.0) == 4


def test_a_change_is_remembered_by_nothing() -> None:
    shapes = AnnotationShapes()
    made = []
    for _ in range(2):
        shapes.remembered("plan", 1, lambda: made.append(1))
    assert len(made) == 1
    shapes.put(Annotation(1, Shape.POINT, shapely.Point(0, 0)), RED)
    shapes.remembered("plan", 1, lambda: made.append(1))
    assert len(made) == 2


def test_a_row_of_an_unknown_id_is_no_error_to_remove() -> None:
    shapes = AnnotationShapes()
    shapes.remove(7)
    assert len(shapes) == 0 and shapes.within(RegionL0(0, 0, 1, 1)).tolist() == []


def test_a_hidden_annotation_that_changes_or_comes_back_stays_hidden() -> None:
    shapes, box = AnnotationShapes(), Annotation(1, Shape.RECTANGLE, shapely.box(0, 0, 9, 9))
    shapes.replace_all([(box, RED)], hidden=frozenset())
    shapes.set_hidden(frozenset([1]))
    shapes.put(box.moved(1, 1), RED)
    assert len(shapes.within(RegionL0(0, 0, 20, 20))) == 0
    shapes.remove(1)
    shapes.put(box, RED)
    assert len(shapes.within(RegionL0(0, 0, 20, 20))) == 0 and shapes.id_at(PointL0(5, 5), 1.0) is None
    shapes.set_hidden(frozenset())
    assert shapes.id_at(PointL0(5, 5), 1.0) == 1
