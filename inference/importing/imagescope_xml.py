"""Aperio ImageScope's XML: layers with a colour, regions of five types in level-0 pixels, negative regions as holes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np
import shapely
from numpy.typing import NDArray

from inference.importing.found import Finds, ImportResult, ring, text
from inference.importing.xml_tree import points_of
from inference.results.annotation import Annotation, Colour, Shape, ellipse_l0, rectangle_l0

FREEHAND, RECTANGLE, ELLIPSE, ARROW, RULER, POINT = "0", "1", "2", "3", "4", "5"


def read_imagescope(path: Path, root: Element) -> ImportResult:
    """Reads a parsed file; a layer becomes a class by its name, its attribute's name or its number."""
    finds = Finds(path)
    for number, layer in enumerate(root.iterfind("Annotation"), start=1):
        regions = layer.findall("Regions/Region")
        if not regions:
            continue
        class_name = _layer_name(layer, number)
        colour = _colour(layer.get("LineColor"))
        if colour is not None:
            finds.classes.setdefault(class_name, colour)
        negatives = [region for region in regions if region.get("NegativeROA") == "1"]
        holes = _holes(finds, negatives)
        for region in regions:
            if region not in negatives:
                finds.add(partial(_annotation, region, class_name, holes), what=_what(region))
        for hole in holes.values():
            finds.leave_out(f"A negative region that lies in no other ({len(hole) - 1} points)")
    return finds.result("ImageScope XML")


def _what(region: Element) -> str:
    return f"Region {text(region.get('Id'))[:20]!r}"


def _layer_name(layer: Element, number: int) -> str:
    attribute = layer.find("Attributes/Attribute")
    named = text(layer.get("Name")) or (text(attribute.get("Name")) if attribute is not None else "")
    # "Description" is ImageScope's heading of an attribute that nobody named.
    return named if named and named != "Description" else f"Layer {number}"


def _holes(finds: Finds, regions: list[Element]) -> dict[int, NDArray[np.float64]]:
    holes = {}
    for number, region in enumerate(regions):
        try:
            holes[number] = ring(_points(region, least=3))
        except ValueError as error:
            finds.leave_out(f"{_what(region)}: {error}")
    return holes


def _annotation(region: Element, class_name: str, holes: dict[int, NDArray[np.float64]]) -> Annotation:
    kind = region.get("Type", FREEHAND)
    match kind:
        case "0":
            outline = shapely.Polygon(ring(_points(region, least=3)))
            inside = [n for n, hole in holes.items() if outline.is_valid and _covers(outline, hole)]
            shape, geometry = Shape.POLYGON, shapely.Polygon(outline.exterior, [holes.pop(n) for n in inside])
        case "1" | "2":
            points = _points(region, least=2)
            corners = (*points.min(axis=0).tolist(), *points.max(axis=0).tolist())
            if kind == RECTANGLE:
                shape, geometry = Shape.RECTANGLE, rectangle_l0(*corners)
            else:
                shape, geometry = Shape.ELLIPSE, ellipse_l0(*corners)
        case "3" | "4":
            shape, geometry = Shape.LINE, shapely.LineString(_points(region, least=2))
        case "5":
            shape, geometry = Shape.POINT, shapely.Point(_points(region, least=1)[0])
        case _:
            raise ValueError(f"regions of type {text(kind)[:20]!r} are not known")
    return Annotation(0, shape, geometry, class_name, name=text(region.get("Text")))


def _covers(outline: shapely.Polygon, hole: NDArray[np.float64]) -> bool:
    inner = shapely.Polygon(hole)
    return bool(inner.is_valid and outline.covers(inner))


def _points(region: Element, *, least: int) -> NDArray[np.float64]:
    return points_of(region.findall("Vertices/Vertex"), x="X", y="Y", least=least)


def _colour(value: str | None) -> Colour | None:
    """Windows' COLORREF: blue, green, red from the top."""
    if value is None or not value.isdecimal() or len(value) > 10:
        return None
    packed = int(value)
    return packed & 255, (packed >> 8) & 255, (packed >> 16) & 255
