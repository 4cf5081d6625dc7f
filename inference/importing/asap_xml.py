"""ASAP's XML: polygons, splines, rectangles, dots, point sets and measured lines, in groups that become classes.

ASAP knows no holes. Polygons of the group `exclusion` that lie within one other polygon are read as its holes, which is
how our own export writes them; every other group, Camelyon's `_2` too, stays a class of its own.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from xml.etree.ElementTree import Element

import shapely
from shapely import STRtree

from inference.importing.found import Finds, ImportResult, refused, ring, text
from inference.importing.xml_tree import hex_colour, points_of
from inference.results.annotation import Annotation, Shape

EXCLUSION_GROUP = "exclusion"
NO_GROUP = "None"


def read_asap(path: Path, root: Element) -> ImportResult:
    """Reads a parsed file. Raises AnnotationError where it has no list of annotations."""
    listed = root.find("Annotations")
    if listed is None:
        raise refused(path, "This ASAP file lists no annotations", "Save it again in ASAP")
    finds = Finds(path)
    for group in root.iterfind("AnnotationGroups/Group"):
        colour = hex_colour(group.get("Color"))
        name = text(group.get("Name"))
        if name and colour is not None and name != EXCLUSION_GROUP:
            finds.classes.setdefault(name, colour)
        if group.get("PartOfGroup", NO_GROUP) != NO_GROUP:
            finds.note("A group within a group was read as a class of its own")
    for element in listed.iterfind("Annotation"):
        what = f"{text(element.get('Type'))[:40] or 'Annotation'} {text(element.get('Name'))[:80]!r}"
        finds.add(partial(_annotation, element), what=what)
    result = finds.result("ASAP XML")
    return replace(result, annotations=_with_holes(result.annotations))


def _annotation(element: Element) -> Annotation:
    # In the order that the file counts, which is not always the order it is written in.
    listed = element.findall("Coordinates/Coordinate")
    listed.sort(key=_order)
    kind = element.get("Type", "Polygon")
    points = partial(points_of, listed, x="X", y="Y")
    match kind:
        case "Dot":
            shape, geometry = Shape.POINT, shapely.Point(points(least=1)[0])
        case "PointSet":
            shape, geometry = Shape.POINTS, shapely.MultiPoint(points(least=1))
        case "Measurement":
            shape, geometry = Shape.LINE, shapely.LineString(points(least=2))
        case "Rectangle":
            shape, geometry = Shape.RECTANGLE, shapely.Polygon(ring(points(least=3)))
        case "Polygon" | "Spline":
            shape = Shape.SPLINE if kind == "Spline" else Shape.POLYGON
            geometry = shapely.Polygon(ring(points(least=3)))
        case _:
            raise ValueError("this type of annotation has no shape")
    group = text(element.get("PartOfGroup"))
    return Annotation(
        id=0,
        shape=shape,
        geometry=geometry,
        class_name="" if group == NO_GROUP else group,
        name=text(element.get("Name")),
        colour=hex_colour(element.get("Color")),
    )


def _order(element: Element) -> float:
    try:
        return float(element.get("Order", "0"))
    except ValueError:
        raise ValueError("a point whose order is no number") from None


def _with_holes(annotations: tuple[Annotation, ...]) -> tuple[Annotation, ...]:
    """The annotations with exclusions cut out of the one polygon that holds them."""
    if not any(each.class_name == EXCLUSION_GROUP for each in annotations):
        return annotations
    holders = [
        n
        for n, each in enumerate(annotations)
        if each.class_name != EXCLUSION_GROUP and each.is_area and each.geometry.is_valid
    ]
    tree = STRtree([annotations[n].geometry for n in holders])
    holes: dict[int, list[int]] = {}
    for n, each in enumerate(annotations):
        if each.class_name == EXCLUSION_GROUP and each.is_area and each.geometry.is_valid:
            around = tree.query(each.geometry, predicate="covered_by")
            if len(around) == 1:
                holes.setdefault(holders[around[0]], []).append(n)
    taken = {hole for group in holes.values() for hole in group}
    kept = []
    for n, each in enumerate(annotations):
        if n in taken:
            continue
        if n in holes:
            rings = [annotations[hole].geometry.exterior for hole in holes[n]]
            each = replace(each, geometry=shapely.Polygon(each.geometry.exterior, rings))
        kept.append(each)
    return tuple(kept)
