from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import shapely

from inference.export.annotation_geojson import annotations_geojson
from inference.results.annotation import Annotation, Shape
from tests.support.exports import ANNOTATIONS, make_source, read_back
from tests.support.qupath_rules import assert_follows_the_rules


def test_it_follows_rfc_7946_and_qupath_s_rules() -> None:
    assert len(assert_follows_the_rules(annotations_geojson(make_source()))) == len(ANNOTATIONS)


def test_annotations_come_back_whole(tmp_path: Path) -> None:
    back = read_back(annotations_geojson(make_source()), tmp_path / "a.geojson")
    assert back.left_out == 0
    assert back.classes == {"Tumor": (200, 0, 0), "Stroma & <co>": (150, 200, 150)}
    for old, new in zip(ANNOTATIONS, back.annotations, strict=True):
        assert new.shape is old.shape and new.kind is old.kind
        assert new.geometry.normalize().equals_exact(old.geometry.normalize(), 0.01)
        assert (new.name, new.note, new.class_name, new.locked) == (
            old.name,
            old.note,
            old.class_name,
            old.locked,
        )
        assert new.colour == old.colour and new.metadata == old.metadata
        assert {name for name, _ in old.measurements} <= {name for name, _ in new.measurements}


def test_equal_annotations_have_ids_of_their_own_and_the_same_at_every_export() -> None:
    source = make_source(annotations=(ANNOTATIONS[2], replace(ANNOTATIONS[2], id=9)))
    data = annotations_geojson(source)
    first, second = (feature["id"] for feature in orjson.loads(data)["features"])
    assert first != second
    assert annotations_geojson(source) == data


def test_zero_has_no_sign() -> None:
    point = Annotation(1, Shape.POINT, shapely.Point(-0.001, 0.001))
    (feature,) = orjson.loads(annotations_geojson(make_source(annotations=(point,), heatmap=None)))[
        "features"
    ]
    assert str(feature["geometry"]["coordinates"]) == "[0.0, 0.0]"
