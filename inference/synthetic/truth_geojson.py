"""The drawn tumour as a GeoJSON file QuPath opens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from shapely.geometry import Polygon

from inference.synthetic.spec import DRAWING_VERSION, DemoTruth

NAMESPACE = UUID("6d2f4b0e-98c1-5d0a-8a43-3f1c5b7e2d90")
"""Fixed, so that the same drawing gives the same ids and a second import replaces instead of doubling."""

TUMOUR_CLASS = {"name": "Tumor", "color": [200, 0, 0]}
"""QuPath's own class of that name and its colour."""


def truth_to_geojson(truth: DemoTruth) -> dict[str, Any]:
    """A FeatureCollection: one annotation for each tumour polygon, level-0 pixels, two decimals."""
    return {
        "type": "FeatureCollection",
        "features": [_feature(truth, number, polygon) for number, polygon in enumerate(truth.tumour_l0)],
    }


def write_truth(path: Path, truth: DemoTruth) -> None:
    """Write the FeatureCollection of `truth` to `path`, the same bytes for the same truth. Raises OSError."""
    path.write_text(json.dumps(truth_to_geojson(truth), indent=1) + "\n", encoding="utf-8", newline="\n")


def _feature(truth: DemoTruth, number: int, polygon: Polygon) -> dict[str, Any]:
    """One polygon with its name, class and id."""
    spec = truth.spec
    key = f"{DRAWING_VERSION}/{spec.seed}/{spec.width}x{spec.height}/{spec.mpp}/{number}"
    return {
        "type": "Feature",
        "id": str(uuid5(NAMESPACE, key)),
        "geometry": {
            "type": "Polygon",
            "coordinates": [_ring(ring.coords) for ring in (polygon.exterior, *polygon.interiors)],
        },
        "properties": {
            "objectType": "annotation",
            "name": f"Drawn tumour {number + 1}",
            "classification": TUMOUR_CLASS,
        },
    }


def _ring(coordinates: Any) -> list[list[float]]:
    """A closed ring as lists."""
    return [[round(float(x), 2), round(float(y), 2)] for x, y in coordinates]
