"""GeoJSON as QuPath and others write it: strict about numbers, tolerant about everything else.

Read besides the standard's FeatureCollection: a bare array of features, a bare feature or geometry, `type` or
`object_type` for `objectType`, a classification as text, object or a printed Python dict, measurements as an object
or as QuPath's older list, `isEllipse`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from inference.importing.found import Finds, ImportResult, coordinates, refused, ring, shape_of, text
from inference.results.annotation import Annotation, Colour, Kind, Shape

NOTE_KEY = "ANNOTATION_DESCRIPTION"
"""Where QuPath keeps the description of an annotation among its metadata."""

_PRINTED_DICT = re.compile(r"^\{'name': '([^']*)'")
_GEOMETRIES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")


def read_geojson(path: Path, data: bytes) -> ImportResult:
    """Reads the bytes of a file. Raises AnnotationError where it is no GeoJSON at all."""
    try:
        content = orjson.loads(data)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise refused(path, f"This file is not valid JSON ({error})", "Export it again") from error
    finds = Finds(path)
    for feature in _features(path, content):
        _read_feature(finds, feature)
    return finds.result("GeoJSON")


def _features(path: Path, content: object) -> list[Any]:
    if isinstance(content, list):
        return content
    if isinstance(content, dict):
        if isinstance(content.get("features"), list):
            return list(content["features"])
        if content.get("type") == "Feature" or content.get("type") in _GEOMETRIES:
            return [content]
        if content.get("type") == "GeometryCollection" and isinstance(content.get("geometries"), list):
            return list(content["geometries"])
    raise refused(path, "This JSON holds no annotations", "Choose a GeoJSON file, e.g. of QuPath")


def _read_feature(finds: Finds, feature: object) -> None:
    if not isinstance(feature, dict):
        finds.leave_out("An object that is no feature")
        return
    bare = feature.get("type") in _GEOMETRIES
    geometry = feature if bare else feature.get("geometry")
    given = None if bare else feature.get("properties")
    properties: dict[str, Any] = given if isinstance(given, dict) else {}
    if not isinstance(geometry, dict):
        finds.leave_out("A feature without geometry")
        return
    if feature.get("nucleusGeometry") is not None:
        finds.note("The outline of a cell's nucleus was left out")
    name, colour = _classification(finds, properties.get("classification"))
    if name and colour is not None:
        finds.classes.setdefault(name, colour)
    finds.add(partial(_annotation, finds, geometry, properties, name), what=str(geometry.get("type"))[:40])


def _annotation(
    finds: Finds, geometry: Mapping[str, Any], properties: Mapping[str, Any], class_name: str
) -> Annotation:
    placed = _geometry(geometry)
    is_ellipse = bool(geometry.get("isEllipse") or properties.get("isEllipse"))
    is_polygon = placed.geom_type == "Polygon"
    metadata = properties.get("metadata")
    texts = {text(key): text(value) for key, value in metadata.items()} if isinstance(metadata, dict) else {}
    return Annotation(
        id=0,
        shape=Shape.ELLIPSE if is_ellipse and is_polygon else shape_of(placed),
        geometry=placed,
        class_name=class_name,
        name=text(properties.get("name")),
        note=texts.pop(NOTE_KEY, ""),
        kind=_kind(properties),
        colour=_colour(properties.get("color")),
        locked=properties.get("isLocked") is True,
        measurements=_measurements(finds, properties.get("measurements")),
        metadata=tuple(texts.items()),
    )


def _geometry(record: Mapping[str, Any]) -> BaseGeometry:
    """The shapely geometry of a GeoJSON one. Raises ValueError with the reason."""
    kind, values = record.get("type"), record.get("coordinates")
    match kind:
        case "Point":
            return shapely.Point(coordinates([values], least=1)[0])
        case "MultiPoint":
            points = coordinates(values, least=1)
            return shapely.Point(points[0]) if len(points) == 1 else shapely.MultiPoint(points)
        case "LineString":
            return shapely.LineString(coordinates(values, least=2))
        case "Polygon":
            return _polygon(values)
        case "MultiPolygon":
            parts = [_polygon(part) for part in _list(values)]
            if not parts:
                raise ValueError("no part")
            return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    raise ValueError("this kind of geometry is not supported")


def _polygon(values: object) -> shapely.Polygon:
    rings = [ring(coordinates(each, least=3)) for each in _list(values)]
    if not rings:
        raise ValueError("a polygon without a ring")
    return shapely.Polygon(rings[0], rings[1:])


def _list(values: object) -> list[Any]:
    if not isinstance(values, list):
        raise ValueError("coordinates that are no list")
    return values


def _kind(properties: Mapping[str, Any]) -> Kind:
    """The object type, annotation where the file says none that we know."""
    for key in ("objectType", "object_type", "type"):
        value = properties.get(key)
        if isinstance(value, str) and value.lower() in list(Kind):
            return Kind(value.lower())
    return Kind.ANNOTATION


def _classification(finds: Finds, value: object) -> tuple[str, Colour | None]:
    """(class name, colour if given)."""
    if isinstance(value, str):
        printed = _PRINTED_DICT.match(value)
        return text(printed.group(1) if printed else value), None
    if isinstance(value, dict):
        name = value.get("name")
        # QuPath 0.5 and later may list the parts of a derived class.
        if name is None and isinstance(value.get("names"), list):
            name = ": ".join(part for part in value["names"] if isinstance(part, str))
        colour = _colour(value.get("color", value.get("colorRGB")))
        return text(name), colour
    if value is not None:
        finds.note("A classification that is neither text nor object was left out")
    return "", None


def _colour(value: object) -> Colour | None:
    """A colour as [r, g, b] or as Java's packed integer."""
    if isinstance(value, list) and len(value) in (3, 4):
        if all(type(part) is int and 0 <= part <= 255 for part in value):
            return value[0], value[1], value[2]
    elif type(value) is int:
        return (value >> 16) & 255, (value >> 8) & 255, value & 255
    return None


def _measurements(finds: Finds, values: object) -> tuple[tuple[str, float], ...]:
    """As an object of numbers, or as the older list of {"name", "value"}."""
    if isinstance(values, dict):
        pairs = list(values.items())
    elif isinstance(values, list):
        pairs = [(each.get("name"), each.get("value")) for each in values if isinstance(each, dict)]
    else:
        return ()
    found = {}
    for name, value in pairs:
        number = math.nan if value == "NaN" else value
        if type(number) not in (int, float) or not isinstance(name, str) or math.isinf(number):
            finds.note("A measurement that is no number was left out")
            continue
        # The very object math.nan: not-a-number equals nothing but is found equal to itself inside tuples.
        found[text(name)] = math.nan if math.isnan(number) else float(number)
    return tuple(found.items())
