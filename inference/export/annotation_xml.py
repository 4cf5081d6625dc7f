"""Annotations as the XML of ASAP and of Aperio ImageScope; what a format cannot say is told, not dropped in silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from inference.export.export_source import ExportSource
from inference.importing.asap_xml import EXCLUSION_GROUP, NO_GROUP
from inference.results.annotation import Annotation, Colour, Shape

DECIMALS = 4
"""ASAP keeps float32; at 200,000 px that is a hundredth, near the origin more."""
EXCLUSION_COLOUR: Colour = (120, 120, 120)
_ASAP_TYPES = {
    Shape.POINT: "Dot",
    Shape.POINTS: "PointSet",
    Shape.RECTANGLE: "Rectangle",
    Shape.ELLIPSE: "Polygon",
    Shape.POLYGON: "Polygon",
    Shape.SPLINE: "Spline",
    Shape.LINE: "Measurement",
}
_IMAGESCOPE_TYPES = {Shape.RECTANGLE: "1", Shape.ELLIPSE: "2", Shape.LINE: "4", Shape.POINT: "5"}


def asap_xml(source: ExportSource) -> tuple[bytes, tuple[str, ...]]:
    """(the file, what it cannot say).

    Classes become groups, every one of them declared, since ASAP discards a file that names an undeclared one. Parts of
    a multipolygon become polygons of one name; holes become polygons of the group `exclusion`.
    """
    root = Element("ASAP_Annotations")
    listed = SubElement(root, "Annotations")
    left_out: list[str] = []
    groups: dict[str, Colour] = {}
    for annotation in source.annotations:
        if annotation.shape is Shape.LINE and len(annotation.geometry.coords) > 2:
            left_out.append(f"Line {_called(annotation)}: ASAP knows lines of two points only")
            continue
        group = annotation.class_name or NO_GROUP
        if annotation.class_name:
            groups[group] = source.class_colour(group)
        colour = source.colour_of(annotation)
        shape = _ASAP_TYPES[annotation.shape]
        for part in _parts(annotation.geometry):
            has_holes = part.geom_type == "Polygon" and len(part.interiors) > 0
            kind = "Polygon" if has_holes and shape == "Rectangle" else shape
            _asap_annotation(listed, annotation.name, kind, group, colour, _points(part))
            if has_holes:
                groups[EXCLUSION_GROUP] = EXCLUSION_COLOUR
                for hole in part.interiors:
                    ring = shapely.get_coordinates(hole)[:-1]
                    _asap_annotation(
                        listed, annotation.name, "Polygon", EXCLUSION_GROUP, EXCLUSION_COLOUR, ring
                    )
    declared = SubElement(root, "AnnotationGroups")
    for name, colour in sorted(groups.items()):
        group_element = SubElement(
            declared, "Group", Name=_xml(name), PartOfGroup=NO_GROUP, Color=_hex(colour)
        )
        SubElement(group_element, "Attributes")
    return _file(root), (*left_out, *_unsaid(source.annotations, "ASAP"))


def imagescope_xml(source: ExportSource) -> tuple[bytes, tuple[str, ...]]:
    """(the file, what it cannot say). Classes become layers; holes become negative regions of the same layer."""
    attributes = {} if source.mpp is None else {"MicronsPerPixel": f"{source.mpp.mean:.6f}"}
    root = Element("Annotations", attributes)
    by_class: dict[str, list[Annotation]] = {}
    for annotation in source.annotations:
        by_class.setdefault(annotation.class_name, []).append(annotation)
    for layer_id, (name, of_class) in enumerate(sorted(by_class.items()), start=1):
        red, green, blue = source.class_colour(name)
        layer = SubElement(
            root,
            "Annotation",
            Id=str(layer_id),
            Name=_xml(name) or "Unclassified",
            Type="4",
            Visible="1",
            LineColor=str(red | green << 8 | blue << 16),
        )
        regions, ids = SubElement(layer, "Regions"), count(1)
        for annotation in of_class:
            kind = _IMAGESCOPE_TYPES.get(annotation.shape, "0")
            for part in _parts(annotation.geometry, split_points=True):
                is_point = part.geom_type == "Point"
                if part.geom_type == "Polygon" and annotation.shape is Shape.ELLIPSE:
                    left, top, right, bottom = part.bounds
                    points = np.array([[left, top], [right, bottom]])
                else:
                    points = _points(part)
                region_kind = "5" if is_point else kind
                holes = list(part.interiors) if part.geom_type == "Polygon" else []
                if holes:
                    region_kind, points = "0", _points(part)
                _region(regions, next(ids), region_kind, annotation.name, points, negative=False)
                for hole in holes:
                    ring = shapely.get_coordinates(hole)[:-1]
                    _region(regions, next(ids), "0", annotation.name, ring, negative=True)
    return _file(root), tuple(_unsaid(source.annotations, "ImageScope"))


def _unsaid(annotations: Sequence[Annotation], program: str) -> Iterator[str]:
    """What neither format has a place for, a sentence each with its count: there may be thousands."""
    several = sum(
        each.geometry.geom_type == "MultiPolygon" and shapely.get_num_geometries(each.geometry) > 1
        for each in annotations
    )
    if several:
        yield f"Areas of several parts: {several:,} became one outline a part, as {program} knows no others"
    for what, many in (
        ("notes", sum(bool(each.note) for each in annotations)),
        ("measurements", sum(bool(each.measurements) for each in annotations)),
        ("locks", sum(each.locked for each in annotations)),
    ):
        if many:
            yield f"The {what} of {many:,} annotation{'' if many == 1 else 's'}: {program} has no place for them"


def _asap_annotation(
    listed: Element, name: str, kind: str, group: str, colour: Colour, points: np.ndarray
) -> None:
    element = SubElement(
        listed, "Annotation", Name=_xml(name), Type=kind, PartOfGroup=_xml(group), Color=_hex(colour)
    )
    coordinates = SubElement(element, "Coordinates")
    for order, (x, y) in enumerate(points.tolist()):
        SubElement(coordinates, "Coordinate", Order=str(order), X=_number(x), Y=_number(y))


def _region(
    regions: Element, number: int, kind: str, name: str, points: np.ndarray, *, negative: bool
) -> None:
    region = SubElement(
        regions, "Region", Id=str(number), Type=kind, Text=_xml(name), NegativeROA="1" if negative else "0"
    )
    vertices = SubElement(region, "Vertices")
    for x, y in points.tolist():
        SubElement(vertices, "Vertex", X=_number(x), Y=_number(y))


def _parts(geometry: BaseGeometry, *, split_points: bool = False) -> Iterable[BaseGeometry]:
    split = geometry.geom_type == "MultiPolygon" or (split_points and geometry.geom_type == "MultiPoint")
    parts: Iterator[BaseGeometry] = iter(geometry.geoms if split else (geometry,))
    return parts


def _points(part: BaseGeometry) -> np.ndarray:
    """(points, 2) of an outline without its closing point, of a line or of points."""
    if part.geom_type == "Polygon":
        points: np.ndarray = shapely.get_coordinates(part.exterior)[:-1]
    else:
        points = shapely.get_coordinates(part)
    return points


def _called(annotation: Annotation) -> str:
    return repr(annotation.name) if annotation.name else f"no. {annotation.id}"


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _number(value: float) -> str:
    return f"{value + 0.0:.{DECIMALS}f}".rstrip("0").rstrip(".")


def _xml(text: str) -> str:
    """A text without the characters that XML 1.0 cannot hold, escaped or not."""
    return "".join(
        c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
    )


def _file(root: Element) -> bytes:
    indent(root, "\t")
    data: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"
