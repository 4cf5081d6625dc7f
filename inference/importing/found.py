"""What reading an annotation file yields: drafts of annotations, classes, and a line for all that was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from inference.errors import AnnotationError
from inference.results.annotation import Annotation, Colour, Shape
from inference.results.annotation_edit import area_of

MAX_FILE_BYTES = 512 * 2**20
"""QuPath's cell exports of a whole slide reach a few hundred megabytes."""
MAX_VERTICES = 20_000_000
"""A million cells of twenty vertices."""
MAX_COORDINATE_L0 = 1e8
"""A hundred times the widest slide: farther out lies no slide, and areas stay exact in float64."""
MAX_TEXT = 10_000
"""Characters of a name, class or note that are kept."""
MAX_REASONS = 200
"""Different reasons told one by one; what goes beyond is counted."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """One file, read.

    Attributes:
        path: the file.
        format: in plain words.
        annotations: drafts, in the order of the file; their ids are 0 until they are added to a document.
        classes: colour by class name, as far as the file gives one.
        reasons: what was left out or altered and why, one sentence each with its count.
        left_out: how many objects of the file made no annotation.
    """

    path: Path
    format: str
    annotations: tuple[Annotation, ...]
    classes: dict[str, Colour]
    reasons: tuple[str, ...]
    left_out: int

    @property
    def read(self) -> int:
        """How many annotations came of the file."""
        return len(self.annotations)

    def summary(self) -> tuple[str, ...]:
        """The whole outcome, line by line."""
        first = f"{self.path.name}: {self.read} read ({self.format})"
        return (first + (f", {self.left_out} left out" if self.left_out else ""), *self.reasons)


@dataclass(slots=True)
class Finds:
    """Collects what a reader finds, under the caps of this module."""

    path: Path
    annotations: list[Annotation] = field(default_factory=list)
    classes: dict[str, Colour] = field(default_factory=dict)
    left_out: int = 0
    vertices: int = 0
    _reasons: Counter[str] = field(default_factory=Counter)

    def leave_out(self, reason: str) -> None:
        """An object of the file that makes no annotation, and why."""
        self.left_out += 1
        self.note(reason)

    def note(self, reason: str) -> None:
        """Something the user should know although its object was read."""
        if reason in self._reasons or len(self._reasons) < MAX_REASONS:
            self._reasons[reason] += 1
        else:
            self._reasons["Further reasons"] += 1

    def add(self, make: Callable[[], Annotation], *, what: str) -> None:
        """Takes the annotation that `make` answers; a ValueError of it leaves it out with that reason."""
        try:
            annotation = make()
        except (ValueError, TypeError, KeyError, OverflowError, shapely.errors.ShapelyError) as error:
            self.leave_out(f"{what}: {error}")
            return
        # The signed area, which takes no time, is 0 also where an outline crosses itself.
        if annotation.is_area and annotation.geometry.area == 0 and area_of(annotation.geometry) is None:
            self.leave_out(f"{what}: an outline that encloses nothing")
            return
        self.vertices += shapely.get_num_coordinates(annotation.geometry)
        if self.vertices > MAX_VERTICES:
            raise refused(self.path, f"It holds more than {MAX_VERTICES:,} vertices", "Import a part of it")
        if annotation.is_area and not annotation.geometry.is_valid:
            self.note("An outline that crosses itself was kept as it is")
        self.annotations.append(annotation)

    def result(self, format_name: str) -> ImportResult:
        """All that was found."""
        reasons = tuple(
            reason if count == 1 else f"{reason} ({count} times)" for reason, count in self._reasons.items()
        )
        return ImportResult(
            self.path, format_name, tuple(self.annotations), self.classes, reasons, self.left_out
        )


def refused(path: Path, what: str, advice: str) -> AnnotationError:
    """The error for a file that is not read at all."""
    return AnnotationError(what, where=path.name, advice=advice)


def coordinates(values: object, *, least: int) -> NDArray[np.float64]:
    """(points, 2) float64 of JSON-like values; a third number of a point is dropped.

    Raises ValueError for fewer than `least` points and for what is no number or lies far off any slide.
    """
    if not isinstance(values, list) or len(values) < least:
        raise ValueError(f"fewer than {least} points")
    if not all(isinstance(point, list | tuple) and len(point) >= 2 for point in values):
        raise ValueError("a point without two coordinates")
    pairs = [point[:2] for point in values]
    # float() would take a text or a truth value for a number.
    if any(type(number) not in (int, float) for pair in pairs for number in pair):
        raise ValueError("a coordinate that is no number")
    points = np.array(pairs, dtype=np.float64)
    if not np.all(np.abs(points) <= MAX_COORDINATE_L0):
        raise ValueError("a coordinate that is not finite or lies far off any slide")
    return points


def ring(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(points + 1, 2) a closed ring; ValueError where fewer than three different points are left."""
    closed = points if np.array_equal(points[0], points[-1]) else np.concatenate([points, points[:1]])
    if len(np.unique(closed[:-1], axis=0)) < 3:
        raise ValueError("an outline with fewer than three different points")
    return closed


def shape_of(geometry: BaseGeometry) -> Shape:
    """The shape of a geometry that comes without one."""
    match geometry.geom_type:
        case "Point":
            return Shape.POINT
        case "MultiPoint":
            return Shape.POINTS
        case "LineString":
            return Shape.LINE
        case "Polygon" if _is_upright_rectangle(geometry):
            return Shape.RECTANGLE
    return Shape.POLYGON


def text(value: object) -> str:
    """A text of a file, cut where it is over-long and without control characters but line feeds; "" for no text."""
    if not isinstance(value, str):
        return ""
    return "".join(c for c in value[:MAX_TEXT] if c == "\n" or c.isprintable())


def _is_upright_rectangle(geometry: BaseGeometry) -> bool:
    """Whether it is a box along the axes: five points with as many corners of its own bounds."""
    if shapely.get_num_coordinates(geometry) != 5:
        return False
    left, top, right, bottom = geometry.bounds
    points = {(x, y) for x, y in shapely.get_coordinates(geometry)}
    return points == {(left, top), (right, top), (right, bottom), (left, bottom)}
