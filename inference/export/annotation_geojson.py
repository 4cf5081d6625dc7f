"""Annotations as GeoJSON by QuPath's rules: classes with colours, measurements, locks, ids made from the content."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from inference.export.export_source import ExportSource
from inference.export.geojson import DECIMALS
from inference.importing.geojson import NOTE_KEY
from inference.results.annotation import Annotation, Shape

_NAMESPACE = uuid.UUID("0a4ce2f6-7a53-5a0e-8c42-94c1b3f6f2d1")


def annotations_geojson(source: ExportSource) -> bytes:
    """A FeatureCollection in level-0 pixels to two decimals, one Feature an annotation, in the order made.

    Outer rings run counter-clockwise in the sense of RFC 7946 and start where they were begun. Our measurements replace
    imported ones of the same name. Ids are UUIDs of version 5 over slide and content, so the same export is the same
    bytes; of equal annotations each further one gets another.
    """
    seen: dict[bytes, int] = {}
    # Keys stay in the order given here: measurements keep that of the file they came from.
    features = [_with_id(feature, source.fingerprint, seen) for feature in _features(source)]
    return orjson.dumps(
        {
            "type": "FeatureCollection",
            "features": features,
            "equiscope": source.provenance.to_json() | {"coordinates": "level-0 pixels"},
        }
    )


def _features(source: ExportSource) -> Iterator[dict[str, Any]]:
    for annotation in source.annotations:
        yield {
            "type": "Feature",
            "geometry": _geometry(annotation),
            "properties": _properties(source, annotation),
        }


def _with_id(feature: dict[str, Any], fingerprint: str, seen: dict[bytes, int]) -> dict[str, Any]:
    content = orjson.dumps(feature)
    seen[content] = copies = seen.get(content, 0) + 1
    return feature | {"id": str(uuid.uuid5(_NAMESPACE, f"{fingerprint} {copies} {content.decode()}"))}


def _properties(source: ExportSource, annotation: Annotation) -> dict[str, Any]:
    properties: dict[str, Any] = {"objectType": annotation.kind.value}
    if annotation.name:
        properties["name"] = annotation.name
    if annotation.class_name:
        # An object without a colour makes QuPath refuse the whole file.
        colour = source.class_colour(annotation.class_name)
        properties["classification"] = {"name": annotation.class_name, "color": list(colour)}
    if annotation.colour is not None:
        properties["color"] = list(annotation.colour)
    if annotation.locked:
        properties["isLocked"] = True
    measured = dict(annotation.measurements) | source.measure(annotation)
    if measured:
        properties["measurements"] = {name: number(value) for name, value in measured.items()}
    metadata = dict(annotation.metadata) | ({NOTE_KEY: annotation.note} if annotation.note else {})
    if metadata:
        properties["metadata"] = metadata
    return properties


def _geometry(annotation: Annotation) -> dict[str, Any]:
    geometry = annotation.geometry
    record: dict[str, Any] = {"type": geometry.geom_type, "coordinates": _coordinates(geometry)}
    if annotation.shape is Shape.ELLIPSE:
        record["isEllipse"] = True
    return record


def _coordinates(geometry: BaseGeometry) -> list[Any]:
    match geometry.geom_type:
        case "Point":
            return _rounded(geometry)[0]
        case "MultiPoint" | "LineString":
            return _rounded(geometry)
        case "Polygon":
            return _rings(geometry)
    return [_rings(part) for part in geometry.geoms]


def _rings(polygon: shapely.Polygon) -> list[list[list[float]]]:
    oriented = orient(polygon)
    return [_rounded(each) for each in (oriented.exterior, *oriented.interiors)]


def _rounded(geometry: BaseGeometry) -> list[list[float]]:
    # Adding zero turns the minus zero that rounding may leave into zero.
    points: list[list[float]] = (np.round(shapely.get_coordinates(geometry), DECIMALS) + 0.0).tolist()
    return points


def number(value: float) -> float | str:
    """A measurement as JSON allows it; not a number as QuPath writes it."""
    return value if math.isfinite(value) else "NaN"
