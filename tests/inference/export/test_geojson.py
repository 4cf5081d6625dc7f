"""Regions become GeoJSON that QuPath takes: its fields, its colours, stable ids, valid rings."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import shapely
from hypothesis import given
from hypothesis.extra import numpy as hnp

from inference.export.geojson import regions_geojson, write_regions
from inference.export.provenance import Provenance
from inference.results.heatmap import Heatmap
from inference.results.regions import Region, find_regions
from inference.slides.frames import Mpp

PROVENANCE = Provenance(
    slide_fingerprint="0123456789abcdef" * 2,
    mpp=Mpp(0.25, 0.26),
    mpp_source="file",
    model="p4m-densenet-m",
    model_sha256="ab" * 32,
    settings={"batch": 8},
)
# A fraction that two decimals cannot hold.
STRIDE_L0 = 128.0 / 3


def regions_of(mask: np.ndarray) -> tuple[Region, ...]:
    values = np.where(mask, 0.75, 0.25).astype(np.float32)
    return find_regions(Heatmap(values, STRIDE_L0, 100.0), threshold=0.5, mpp=PROVENANCE.mpp)


def exported(mask: np.ndarray, provenance: Provenance = PROVENANCE) -> dict[str, Any]:
    collection: dict[str, Any] = orjson.loads(
        regions_geojson(regions_of(mask), threshold=0.5, provenance=provenance)
    )
    return collection


RING = np.array([[1, 1, 1, 0, 1], [1, 0, 1, 0, 0], [1, 1, 1, 0, 1]], dtype=bool)


def test_a_feature_is_what_qupath_writes_itself() -> None:
    collection = exported(RING)
    assert collection["type"] == "FeatureCollection"
    ring, *others = collection["features"]
    assert len(others) == 2
    assert set(ring) == {"type", "id", "geometry", "properties"}
    assert ring["type"] == "Feature"
    assert str(uuid.UUID(ring["id"])) == ring["id"]
    assert uuid.UUID(ring["id"]).version == 5
    assert ring["geometry"] == {
        "type": "Polygon",
        "coordinates": [
            [[0.0, 0.0], [128.0, 0.0], [128.0, 300.0], [0.0, 300.0], [0.0, 0.0]],
            [[42.67, 100.0], [42.67, 200.0], [85.33, 200.0], [85.33, 100.0], [42.67, 100.0]],
        ],
    }
    assert ring["properties"] == {
        "objectType": "annotation",
        "name": "Region 1",
        "classification": {"name": "Tumor", "color": [200, 0, 0]},
        "measurements": {
            "Area µm^2": pytest.approx(8 * STRIDE_L0 * 0.25 * 100 * 0.26, rel=1e-5),
            "Cells": 8,
            "Probability max": 0.75,
            "Probability mean": 0.75,
        },
    }


@given(hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9)))
def test_geometry_survives_the_rounding(mask: np.ndarray) -> None:
    for feature, region in zip(exported(mask)["features"], regions_of(mask), strict=True):
        outer, *holes = feature["geometry"]["coordinates"]
        for coordinates in (outer, *holes):
            assert coordinates[0] == coordinates[-1]
            assert len(coordinates) >= 5
            assert all(value == round(value, 2) for point in coordinates for value in point)
        # RFC 7946, 3.1.6: outer rings counter-clockwise, holes clockwise.
        assert shapely.is_ccw(shapely.LinearRing(outer))
        assert not any(shapely.is_ccw(shapely.LinearRing(hole)) for hole in holes)
        polygon = shapely.Polygon(outer, holes)
        assert polygon.is_valid
        # No corner moved by more than half a hundredth of a pixel.
        assert polygon.hausdorff_distance(region.polygon) <= 0.0051 * 2**0.5


def test_a_second_export_is_byte_identical(tmp_path: Path) -> None:
    for name in ("first", "second"):
        write_regions(tmp_path / name, regions_of(RING), threshold=0.5, provenance=PROVENANCE)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def ids(collection: dict[str, Any]) -> set[str]:
    return {feature["id"] for feature in collection["features"]}


def test_ids_are_distinct_within_a_file_and_between_slides_models_and_thresholds() -> None:
    here = exported(RING)
    assert len(ids(here)) == len(here["features"])
    assert not ids(here) & ids(exported(RING, replace(PROVENANCE, slide_fingerprint="f" * 32)))
    assert not ids(here) & ids(exported(RING, replace(PROVENANCE, model_sha256="f" * 64)))
    higher = orjson.loads(regions_geojson(regions_of(RING), threshold=0.6, provenance=PROVENANCE))
    assert not ids(here) & ids(higher)


def test_the_file_says_where_it_comes_from() -> None:
    assert exported(RING)["equiscope"] == {
        "slide_fingerprint": "0123456789abcdef" * 2,
        "mpp": [0.25, 0.26],
        "mpp_source": "file",
        "model": "p4m-densenet-m",
        "model_sha256": "ab" * 32,
        "settings": {"batch": 8},
        "synthetic": False,
        "research_use_only": True,
        "threshold": 0.5,
        "coordinates": "level-0 pixels",
    }


def test_no_regions_is_an_empty_collection() -> None:
    assert exported(np.zeros((2, 2), dtype=bool))["features"] == []
