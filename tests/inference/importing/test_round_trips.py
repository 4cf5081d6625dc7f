"""Real files through a case and back: every vertex, class, hole, name and measurement, in files that keep the rules."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from inference.export.annotation_geojson import annotations_geojson
from inference.export.annotation_xml import asap_xml
from inference.export.export_source import ExportSource, source_of_case
from inference.importing.into_case import import_into_case
from inference.importing.read_annotations import read_annotations
from inference.results.annotation import Annotation
from inference.results.case_place import open_case
from inference.slides.frames import SizeL0
from inference.slides.slide import SlideInfo
from tests.support.exports import read_back
from tests.support.qupath_rules import assert_follows_the_rules

pytestmark = pytest.mark.realdata
FINGERPRINT = "0123456789abcdef" * 2
EVERY = 9
"""Of the 135 Camelyon files one in so many, to be quick; each of them was gone through once by hand."""


def through_a_case(path: Path, folder: Path) -> ExportSource:
    case_path = folder / f"{path.name}.case"
    info = SimpleNamespace(fingerprint=FINGERPRINT, mpp=None, size_l0=SizeL0(200_000, 250_000))
    import_into_case(case_path, cast(SlideInfo, info), path)
    with open_case(case_path) as case:
        return source_of_case(case, slide=None, threshold=0.5)


def rings(geometry: BaseGeometry) -> Iterator[np.ndarray]:
    """(points, 2) of each outline, hole or line, as begun; areas counter-clockwise."""
    for part in shapely.get_parts(geometry):
        if part.geom_type != "Polygon":
            yield shapely.get_coordinates(part)
            continue
        for ring in (part.exterior, *part.interiors):
            yield shapely.get_coordinates(ring)


def words(annotation: Annotation) -> tuple[object, ...]:
    measured = [(name, str(value)) for name, value in annotation.measurements]
    return annotation.class_name, annotation.name, measured, annotation.locked, annotation.kind


def assert_same(before: tuple[Annotation, ...], after: tuple[Annotation, ...]) -> int:
    """How many vertices were compared."""
    vertices = 0
    for old, new in zip(before, after, strict=True):
        assert words(new) == words(old)
        for was, now in zip(rings(old.geometry), rings(new.geometry), strict=True):
            assert was.shape == now.shape
            # A ring may have been turned round, by the rule.
            assert min(np.abs(was - now).max(), np.abs(was - now[::-1]).max()) < 0.01
            vertices += len(was)
    return vertices


def test_geojson_keeps_everything_of_every_real_file(shared_data: Path, tmp_path: Path) -> None:
    with tarfile.open(shared_data / "camelyon16" / "polygons.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    files = sorted(path for path in (shared_data / "annotations").rglob("*.*") if path.is_file())
    vertices = 0
    for path in files + sorted(tmp_path.rglob("*.json"))[::EVERY]:
        data = annotations_geojson(through_a_case(path, tmp_path))
        features = assert_follows_the_rules(data)
        before = read_annotations(path).annotations
        assert len(features) == len(before)
        vertices += assert_same(before, read_back(data, tmp_path / "back.geojson").annotations)
    assert vertices > 150_000


def test_asap_keeps_everything_of_real_asap_files_and_declares_every_group(
    shared_data: Path, tmp_path: Path
) -> None:
    for path in sorted((shared_data / "annotations" / "asap").iterdir()):
        data, unsaid = asap_xml(through_a_case(path, tmp_path))
        before, after = read_annotations(path), read_back(data, tmp_path / "back.xml")
        assert assert_same(before.annotations, after.annotations) > 10_000
        assert [each.shape for each in before.annotations] == [each.shape for each in after.annotations]
        assert {each.class_name for each in after.annotations} - {""} <= set(after.classes)
        assert unsaid == ()
