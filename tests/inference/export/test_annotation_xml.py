from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import fromstring

import shapely

from inference.export.annotation_xml import asap_xml, imagescope_xml
from inference.results.annotation import Annotation, Shape
from tests.support.exports import ANNOTATIONS, HOLED, make_source, read_back


def test_every_group_that_asap_finds_is_declared_and_points_are_counted() -> None:
    root = fromstring(asap_xml(make_source())[0])
    declared = {group.get("Name") for group in root.iterfind("AnnotationGroups/Group")}
    for annotation in root.iterfind("Annotations/Annotation"):
        assert annotation.get("PartOfGroup") in declared | {"None"}
        orders = [int(each.get("Order", "-1")) for each in annotation.iterfind("Coordinates/Coordinate")]
        assert orders == list(range(len(orders)))


def test_asap_holes_come_back_into_their_polygon(tmp_path: Path) -> None:
    back = read_back(asap_xml(make_source())[0], tmp_path / "a.xml")
    assert back.annotations[0].geometry.normalize().equals_exact(HOLED.normalize(), 0.01)
    assert back.annotations[0].class_name == "Tumor"
    assert [each.shape for each in back.annotations[1:5]] == [
        Shape.POLYGON,
        Shape.POINT,
        Shape.POINTS,
        Shape.LINE,
    ]
    # Two parts make two polygons.
    assert len(back.annotations) == len(ANNOTATIONS) + 1


def test_what_asap_cannot_say_is_told() -> None:
    zigzag = Annotation(1, Shape.LINE, shapely.LineString([(0, 0), (1, 1), (2, 0)]), name="z")
    data, unsaid = asap_xml(make_source(annotations=(zigzag, ANNOTATIONS[0])))
    assert (
        len(unsaid) == 4
        and "notes of 1 annotation:" in unsaid[1]
        and "'z'" in unsaid[0]
        and "two points" in unsaid[0]
    )
    assert b"Measurement" not in data


def test_imagescope_s_own_form_comes_back(tmp_path: Path) -> None:
    back = read_back(imagescope_xml(make_source())[0], tmp_path / "a.xml")
    by_shape = {each.shape: each for each in back.annotations}
    holed = next(each for each in back.annotations if len(getattr(each.geometry, "interiors", ())))
    assert holed.geometry.normalize().equals_exact(HOLED.normalize(), 0.01) and holed.class_name == "Tumor"
    assert by_shape[Shape.RECTANGLE].geometry.equals(ANNOTATIONS[6].geometry)
    assert by_shape[Shape.ELLIPSE].geometry.equals_exact(ANNOTATIONS[1].geometry, 0.01)
    assert back.classes["Tumor"] == (200, 0, 0)


def test_characters_that_xml_forbids_do_not_spoil_the_file(tmp_path: Path) -> None:
    odd = Annotation(1, Shape.POINT, shapely.Point(1, 1), "a\x00b\ud800", name="\x1b")
    for write in (asap_xml, imagescope_xml):
        assert read_back(write(make_source(annotations=(odd,)))[0], tmp_path / "a.xml").read == 1
