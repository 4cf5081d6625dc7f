"""The rules of RFC 7946 and of QuPath for a file of GeoJSON, as asserts."""

from __future__ import annotations

import math
import uuid
from typing import Any

import orjson
import shapely

LEAST_POSITIONS = {"Point": 1, "MultiPoint": 1, "LineString": 2}


def assert_follows_the_rules(data: bytes) -> list[dict[str, Any]]:
    """Answers the features."""
    collection = orjson.loads(data)
    assert collection["type"] == "FeatureCollection"
    features: list[dict[str, Any]] = collection["features"]
    assert len({feature["id"] for feature in features}) == len(features)
    for feature in features:
        assert feature["type"] == "Feature"
        assert uuid.UUID(feature["id"]).version == 5
        _geometry(feature["geometry"])
        _properties(feature["properties"])
    return features


def _geometry(geometry: dict[str, Any]) -> None:
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "MultiPolygon":
        assert len(coordinates) >= 2
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(kind)
    if polygons is None:
        # Never a GeometryCollection.
        points = [coordinates] if kind == "Point" else coordinates
        assert len(points) >= LEAST_POSITIONS[kind]
        _positions(points)
        return
    for rings in polygons:
        for number, ring in enumerate(rings):
            assert len(ring) >= 4 and ring[0] == ring[-1]
            _positions(ring)
            outline = shapely.LinearRing(ring)
            # An outline that crosses itself runs both ways round.
            if outline.is_valid and outline.is_simple:
                assert outline.is_ccw == (number == 0)


def _positions(points: list[list[float]]) -> None:
    for point in points:
        assert len(point) == 2
        assert all(math.isfinite(each) and round(each, 2) == each for each in point)


def _properties(properties: dict[str, Any]) -> None:
    assert properties["objectType"] in ("annotation", "detection", "tile", "cell")
    classification = properties.get("classification")
    # An object without a colour makes QuPath throw.
    if classification is not None:
        assert classification["name"]
        assert len(classification["color"]) == 3
    assert properties.get("isLocked", True) is True
    for value in properties.get("measurements", {}).values():
        assert value == "NaN" or (isinstance(value, int | float) and math.isfinite(value))
    assert all(isinstance(each, str) for each in properties.get("metadata", {}).values())
