"""Whatever goes in, annotations, reasons or an AnnotationError come out."""

from __future__ import annotations

import tarfile
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.errors import AnnotationError
from inference.importing.read_annotations import read_annotations
from tests.support.exports import read_back

FINGERPRINT = "0123456789abcdef" * 2
KEYS = [
    *("type", "features", "geometry", "geometries", "coordinates", "properties", "classification", "name"),
    *("color", "names", "measurements", "metadata", "isEllipse", "objectType", "positive", "negative"),
    *("vertices", "value"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner | st.sampled_from(["Feature", "Polygon", "Point", "MultiPolygon", "LineString", "NaN"]),
            max_size=5,
        )
    ),
    max_leaves=20,
)
NUMBER = st.floats() | st.integers() | st.sampled_from(["", "x", "1e999", "nan"])


def read(data: bytes, folder: Path, name: str = "a.geojson") -> None:
    try:
        result = read_back(data, folder / name)
    except AnnotationError as error:
        assert error.advice
    else:
        assert result.left_out == 0 or result.reasons


@settings(deadline=None)
@given(content=JSON)
def test_any_json(tmp_path_factory: pytest.TempPathFactory, content: object) -> None:
    read(
        orjson.dumps(content, option=orjson.OPT_PASSTHROUGH_DATETIME, default=str)
        if _fits(content)
        else b"{}",
        tmp_path_factory.getbasetemp(),
    )


def _fits(content: object) -> bool:
    try:
        orjson.dumps(content)
    except TypeError:  # Integers beyond 64 bits and lone surrogates are not for orjson.
        return False
    return True


@settings(deadline=None)
@given(rings=st.lists(st.lists(st.lists(NUMBER, max_size=3), max_size=5), max_size=3))
def test_any_rings(tmp_path_factory: pytest.TempPathFactory, rings: list[object]) -> None:
    text = str({"type": "Polygon", "coordinates": rings}).replace("'", '"')
    read(text.encode(), tmp_path_factory.getbasetemp())


@settings(deadline=None)
@given(data=st.binary(max_size=200), start=st.sampled_from([b"", b"{", b"[", b"<", b"1,", b"<Annotations>"]))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes, start: bytes) -> None:
    read(start + data, tmp_path_factory.getbasetemp(), "a.csv")


@settings(deadline=None)
@given(
    kind=st.sampled_from(["Polygon", "Spline", "Dot", "PointSet", "Measurement", "Rectangle", "None", "x"]),
    points=st.lists(st.tuples(NUMBER, NUMBER, NUMBER), max_size=5),
)
def test_any_asap(
    tmp_path_factory: pytest.TempPathFactory, kind: str, points: list[tuple[object, ...]]
) -> None:
    listed = "".join(f'<Coordinate Order="{n}" X="{x}" Y="{y}"/>' for n, x, y in points)
    xml = f'<ASAP_Annotations><Annotations><Annotation Type="{kind}"><Coordinates>{listed}</Coordinates>'
    read(f"{xml}</Annotation></Annotations></ASAP_Annotations>".encode(), tmp_path_factory.getbasetemp())


@settings(deadline=None)
@given(
    kind=st.sampled_from(["0", "1", "2", "3", "4", "5", "9", ""]),
    points=st.lists(st.tuples(NUMBER, NUMBER), max_size=5),
    negative=st.sampled_from("01x"),
)
def test_any_imagescope(
    tmp_path_factory: pytest.TempPathFactory, kind: str, points: list[tuple[object, ...]], negative: str
) -> None:
    listed = "".join(f'<Vertex X="{x}" Y="{y}"/>' for x, y in points)
    region = f'<Region Type="{kind}" NegativeROA="{negative}"><Vertices>{listed}</Vertices></Region>'
    xml = f'<Annotations><Annotation LineColor="99999999999"><Regions>{region}</Regions></Annotation>'
    read(f"{xml}</Annotations>".encode(), tmp_path_factory.getbasetemp())


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><Annotations>&b;</Annotations>', "document type"),
        ("a.xml", b"<html></html>", "neither ASAP"),
        ("a.geojson", b"[" * 100_000, "not valid JSON"),
        ("a.geojson", b'{"a": 1}', "no annotations"),
        ("a.csv", b"name,value\n", "no detections"),
        ("a.geojson", b"", "known format"),
        ("a.csv", b"\xff\xfe1,2,3", "not text"),
    ],
)
def test_what_is_no_annotation_file_is_refused_in_a_sentence(
    tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    with pytest.raises(AnnotationError, match=words):
        read_back(data, tmp_path / name)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.geojson", tmp_path / ("x" * 300)):
        with pytest.raises(AnnotationError):
            read_annotations(path)


def test_every_object_left_out_has_its_reason(tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}, "properties": None},
        {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}},
        {"type": "Feature", "geometry": {"type": "Curve", "coordinates": []}},
        {"type": "Feature", "geometry": None},
        7,
    ]
    result = read_back(orjson.dumps(features), tmp_path / "a.json")
    assert (result.read, result.left_out) == (1, 4)
    assert result.summary() == (
        "a.json: 1 read (GeoJSON), 4 left out",
        "Polygon: fewer than 3 points",
        "Curve: this kind of geometry is not supported",
        "A feature without geometry",
        "An object that is no feature",
    )


def test_qupath_s_variants_mean_the_same(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [1, 2]}
    variants: list[dict[str, object]] = [
        {"objectType": "detection", "classification": "T", "measurements": {"a": 1}},
        {
            "object_type": "detection",
            "classification": {"name": "T"},
            "measurements": [{"name": "a", "value": 1}],
        },
        {"type": "detection", "classification": "{'name': 'T'}", "measurements": {"a": 1}},
    ]
    features = [{"type": "Feature", "geometry": point, "properties": each} for each in variants]
    result = read_back(orjson.dumps({"type": "FeatureCollection", "features": features}), tmp_path / "a.json")
    assert len(set(result.annotations)) == 1
    assert result.annotations[0].measurements == (("a", 1.0),)


def _all_files(shared_data: Path, unpacked: Path) -> list[Path]:
    with tarfile.open(shared_data / "camelyon16" / "polygons.tar.xz") as archive:
        archive.extractall(unpacked, filter="data")
    files = [path for path in (shared_data / "annotations").rglob("*.*") if path.is_file()]
    return (
        files
        + sorted(unpacked.rglob("*.json"))
        + sorted((shared_data / "camelyon16" / "detections").iterdir())
    )


@pytest.mark.parametrize("kind", ["Polygon", "Spline", "Rectangle"])
def test_an_outline_that_encloses_nothing_is_left_out_with_its_reason(tmp_path: Path, kind: str) -> None:
    def xml(*points: tuple[int, int]) -> str:
        listed = "".join(f'<Coordinate Order="{n}" X="{x}" Y="{y}"/>' for n, (x, y) in enumerate(points))
        return f'<Annotation Name="a" Type="{kind}"><Coordinates>{listed}</Coordinates></Annotation>'

    flat, eight = xml((0, 0), (5, 5), (10, 10)), xml((0, 0), (10, 10), (10, 0), (0, 10))
    file = f"<ASAP_Annotations><Annotations>{flat}{eight}</Annotations></ASAP_Annotations>"
    result = read_back(file.encode(), tmp_path / "a.xml")
    assert (result.read, result.left_out) == (1, 1)
    assert result.reasons[0] == f"{kind} 'a': an outline that encloses nothing"


@pytest.mark.realdata
def test_every_real_file_imports(shared_data: Path, tmp_path: Path) -> None:
    files = _all_files(shared_data, tmp_path)
    assert len(files) > 140
    left_out = {}
    for path in files:
        result = read_annotations(path)
        assert result.read > 0
        if result.left_out:
            left_out[path.name] = result.reasons
    assert set(left_out) == {"tumor_054.json", "res_tumor_001.csv", "vgg_tumor_001.csv"}
    assert "Outline in 'positive': fewer than 3 points" in left_out["tumor_054.json"]
