"""Annotations are painted in their colours where they lie, and strips fit what is beside them."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from app.canvas.annotation_shapes import AnnotationShapes
from app.canvas.device_frame import DeviceFrame
from app.canvas.paint_annotations import paint_annotations
from inference.results.annotation import Annotation, Shape

RED, BLUE = (200, 0, 0), (0, 0, 250)
FRAME = DeviceFrame(0, 0, 4.0, 300, 200, 1.0)
TURNED = DeviceFrame(-40, 20, 4.0, 300, 200, 1.0, angle_deg=30.0)


def _shapes(*drawn: tuple[Annotation, tuple[int, int, int]]) -> AnnotationShapes:
    shapes = AnnotationShapes()
    shapes.replace_all(drawn, hidden=frozenset())
    return shapes


def _painted(shapes: AnnotationShapes, frame: DeviceFrame, *parts: QRect) -> NDArray[np.uint8]:
    """(height, width, 3) RGB on white; painted part by part."""
    image = QImage(frame.width, frame.height, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    for part in parts or (image.rect(),):
        paint_annotations(image, frame, shapes, exposed=part)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(frame.height, -1, 4)
    return pixels[:, : frame.width, 2::-1].copy()


def test_an_outline_has_its_colour_its_fill_and_its_hole() -> None:
    outline = shapely.box(100, 100, 500, 500).difference(shapely.box(200, 200, 400, 400))
    picture = _painted(_shapes((Annotation(1, Shape.POLYGON, outline), RED)), FRAME)
    assert picture[50, 25].tolist() == [200, 0, 0]
    assert picture[75, 50].tolist() == [200, 0, 0]
    fill = picture[40, 40].astype(int)
    assert abs(fill - [248, 222, 222]).max() <= 1
    assert picture[75, 75].tolist() == [255, 255, 255]
    assert picture[10, 10].tolist() == [255, 255, 255]


def test_an_outline_of_thousands_of_vertices_is_thinned_and_lies_where_it_did() -> None:
    circle = (
        shapely.Point(400, 400)
        .buffer(300, quad_segs=2000)
        .difference(shapely.Point(400, 400).buffer(200, quad_segs=2000))
    )
    picture = _painted(_shapes((Annotation(1, Shape.POLYGON, circle), RED)), FRAME)
    assert picture[100, 175].tolist() == [200, 0, 0]
    assert picture[100, 100].tolist() == [255, 255, 255]
    assert abs(picture[100, 163].astype(int) - [248, 222, 222]).max() <= 1


def test_small_ones_are_dots_and_hidden_ones_are_not_there() -> None:
    shapes = _shapes(
        (Annotation(1, Shape.POINT, shapely.Point(400, 400)), RED),
        (Annotation(2, Shape.RECTANGLE, shapely.box(796, 396, 804, 404)), BLUE),
    )
    picture = _painted(shapes, FRAME)
    assert picture[100, 100].tolist() == [200, 0, 0]
    assert picture[100, 200].tolist() == [0, 0, 250]
    shapes.set_hidden(frozenset({2}))
    assert _painted(shapes, FRAME)[100, 200].tolist() == [255, 255, 255]


@pytest.mark.parametrize("frame", [FRAME, TURNED], ids=["upright", "turned"])
@pytest.mark.parametrize("count", [30, 900, 4000])
def test_strips_painted_one_after_the_other_are_the_whole(frame: DeviceFrame, count: int) -> None:
    """Few: smooth lines. More: a crowd. Most: a density, whose squares may not hang on the strip."""
    rng = np.random.default_rng(0)
    drawn = []
    for number in range(count):
        x, y, size = rng.uniform(0, 1200), rng.uniform(0, 800), rng.uniform(1, 80 if count < 4000 else 5)
        drawn.append((Annotation(number, Shape.RECTANGLE, shapely.box(x, y, x + size, y + size)), RED))
    shapes = _shapes(*drawn)
    whole = _painted(shapes, frame)
    strips = _painted(
        shapes, frame, *(QRect(left, 0, min(70, 300 - left), 200) for left in range(0, 300, 70))
    )
    assert (whole != 255).any()
    # Lines are clipped at a strip's edge, which moves them by a fraction of a pixel.
    different = (np.abs(whole.astype(int) - strips) > 8).any(axis=2).mean()
    assert different <= (0.01 if count < 4000 else 0.002)


def test_a_density_is_denser_where_more_dots_are() -> None:
    rng = np.random.default_rng(1)
    places = np.concatenate([rng.uniform(0, 600, (6000, 2)), rng.uniform((600, 0), (1200, 600), (1500, 2))])
    shapes = _shapes(
        *((Annotation(n, Shape.POINT, shapely.Point(x, y)), RED) for n, (x, y) in enumerate(places))
    )
    picture = _painted(shapes, FRAME)
    crowd, few = picture[10:140, 10:140, 1].mean(), picture[10:140, 160:290, 1].mean()
    assert crowd < few < 250
