"""Camelyon16's own files: detections as `probability,x,y` lines, lesion outlines as JSON with positive and negative."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import shapely

from inference.importing.found import Finds, ImportResult, coordinates, refused, ring, text
from inference.results.annotation import Annotation, Colour, Kind, Shape

LESION_CLASS, HOLE_CLASS, DETECTION_CLASS = "Tumor", "Exclusion", "Detection"
_COLOURS: dict[str, Colour] = {
    LESION_CLASS: (200, 0, 0),
    HOLE_CLASS: (120, 120, 120),
    DETECTION_CLASS: (230, 159, 0),
}
PROBABILITY = "Probability"
SENTINEL = (0.0, 0.0, 0.0)
"""A first row of zeros, by which entrants of the challenge marked a slide without detections."""


def read_detections(path: Path, data: bytes) -> ImportResult:
    """Reads a table without header, one detection a line. Raises AnnotationError where no line is one."""
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise refused(path, "This table is not text", "Choose a CSV of probability,x,y") from error
    finds = Finds(path)
    finds.classes[DETECTION_CLASS] = _COLOURS[DETECTION_CLASS]
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in line.split(",")]
        if cells == [""]:
            continue
        try:
            values = tuple(float(cell) for cell in cells)
        except ValueError:
            finds.leave_out("A line of words" if number > 1 else "The heading")
            continue
        if values == SENTINEL:
            finds.leave_out("A row of zeros, which stands for no detection")
            continue
        finds.add(partial(_detection, values), what="A line")
    if not finds.annotations and lines and finds.left_out == len(lines):
        raise refused(path, "This table holds no detections", "Choose a CSV of probability,x,y lines")
    return finds.result("Camelyon detections")


def _detection(values: tuple[float, ...]) -> Annotation:
    if len(values) != 3:
        raise ValueError("not three numbers")
    probability, x_l0, y_l0 = values
    if not 0 <= probability <= 1:
        raise ValueError("a probability outside 0 to 1")
    point = shapely.Point(coordinates([[x_l0, y_l0]], least=1)[0])
    return Annotation(
        0,
        Shape.POINT,
        point,
        DETECTION_CLASS,
        kind=Kind.DETECTION,
        measurements=((PROBABILITY, probability),),
    )


def is_polygons(content: object) -> bool:
    """Whether parsed JSON is Camelyon's form of lesion outlines."""
    return (
        isinstance(content, dict)
        and isinstance(content.get("positive"), list)
        and isinstance(content.get("negative", []), list)
    )


def read_polygons(path: Path, content: Mapping[str, Any]) -> ImportResult:
    """Reads lesion outlines and holes; a hole stays an outline of its own class, as Camelyon's own files have it."""
    finds = Finds(path)
    for key, class_name in (("positive", LESION_CLASS), ("negative", HOLE_CLASS)):
        for outline in content.get(key, []):
            finds.classes[class_name] = _COLOURS[class_name]
            finds.add(partial(_outline, outline, class_name), what=f"Outline in {key!r}")
    return finds.result("Camelyon outlines")


def _outline(record: object, class_name: str) -> Annotation:
    if not isinstance(record, dict):
        raise ValueError("no object")
    polygon = shapely.Polygon(ring(coordinates(record.get("vertices"), least=3)))
    return Annotation(0, Shape.POLYGON, polygon, class_name, name=text(record.get("name")))
