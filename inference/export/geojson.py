"""Regions as GeoJSON that QuPath opens as annotations, byte for byte the same at every export."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely
from shapely import Polygon
from shapely.geometry.polygon import orient

from inference.export.atomic import write_bytes
from inference.export.provenance import Provenance
from inference.results.regions import Region

CLASS_NAME = "Tumor"
"""QuPath's own name of the class, so that its colour, filters and measurements apply."""

CLASS_COLOUR = (200, 0, 0)
"""QuPath's own red of that class. An object without a colour would make QuPath refuse the file."""

DECIMALS = 2
"""A hundredth of a level-0 pixel, some 3 nm: below anything an image shows, and files stay small."""

_NAMESPACE = uuid.UUID("5b0f8e8a-6a50-5d0c-9d5e-3a1f6f0f7c11")
"""Drawn once for the program; ids are made from it and the content (RFC 9562, version 5)."""


def regions_geojson(regions: Sequence[Region], *, threshold: float, provenance: Provenance) -> bytes:
    """A FeatureCollection in level-0 pixels, one Feature a region, in the order given.

    Outer rings run counter-clockwise and holes clockwise in the sense of RFC 7946, x and y taken as they are
    (with y pointing down, as on screen, an outer ring then looks clockwise). The member `equiscope` beside
    `features` says where the file comes from; readers pass over it, QuPath's included (it takes `features`
    only).
    """
    origin = provenance.to_json() | {"threshold": threshold, "coordinates": "level-0 pixels"}
    # An id is made from everything that makes the region what it is: the run, the threshold, its content.
    seed = orjson.dumps(origin, option=orjson.OPT_SORT_KEYS)
    collection = {
        "type": "FeatureCollection",
        "features": [_feature(number, region, seed) for number, region in enumerate(regions, start=1)],
        "equiscope": origin,
    }
    return orjson.dumps(collection, option=orjson.OPT_SORT_KEYS)


def write_regions(path: Path, regions: Sequence[Region], *, threshold: float, provenance: Provenance) -> None:
    """Writes `regions_geojson` atomically. Raises `ExportError`."""
    write_bytes(path, regions_geojson(regions, threshold=threshold, provenance=provenance))


def _feature(number: int, region: Region, seed: bytes) -> dict[str, Any]:
    content = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": _rings(region.polygon)},
        "properties": {
            "objectType": "annotation",
            "name": f"Region {number}",
            "classification": {"name": CLASS_NAME, "color": list(CLASS_COLOUR)},
            "measurements": {
                "Area µm^2": _number(region.area_um2),
                "Cells": region.cells,
                "Probability max": _number(region.max_probability),
                "Probability mean": _number(region.mean_probability),
            },
        },
    }
    name = seed + orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return content | {"id": str(uuid.uuid5(_NAMESPACE, name.decode()))}


def _rings(polygon: Polygon) -> list[list[list[float]]]:
    """Closed rings of [x, y], the outer one first."""
    # Normalising fixes where each ring starts and the order of holes, which GEOS is free to choose.
    oriented = orient(polygon.normalize())
    return [
        np.round(shapely.get_coordinates(ring), DECIMALS).tolist()
        for ring in (oriented.exterior, *oriented.interiors)
    ]


def _number(value: float) -> float | str:
    """Six significant digits, beyond what float32 probabilities carry; not a number as QuPath writes it."""
    return float(f"{value:.6g}") if math.isfinite(value) else "NaN"
