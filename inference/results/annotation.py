"""Annotations: what a person marked on a slide, as frozen values over shapely geometry in level-0 pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255 each."""


class Shape(StrEnum):
    """The tool that made an annotation; it decides how it is edited and what formats call it.

    RECTANGLE, ELLIPSE and SPLINE (the control points of ASAP's curve, closed) are polygons to shapely; POLYGON may be
    a multipolygon, LINE is a polyline (two points: a length measured).
    """

    POINT = "point"
    POINTS = "points"
    RECTANGLE = "rectangle"
    ELLIPSE = "ellipse"
    POLYGON = "polygon"
    SPLINE = "spline"
    LINE = "line"


class Kind(StrEnum):
    """What QuPath calls the object type."""

    ANNOTATION = "annotation"
    DETECTION = "detection"
    CELL = "cell"
    TILE = "tile"


GEOMETRIES: dict[Shape, tuple[str, ...]] = {
    Shape.POINT: ("Point",),
    Shape.POINTS: ("MultiPoint",),
    Shape.RECTANGLE: ("Polygon",),
    Shape.ELLIPSE: ("Polygon",),
    Shape.POLYGON: ("Polygon", "MultiPolygon"),
    Shape.SPLINE: ("Polygon",),
    Shape.LINE: ("LineString",),
}
"""The geometry types that a shape may have."""

ELLIPSE_VERTICES = 72
"""Five degrees a step: off the true ellipse by a thousandth of its radius."""


@dataclass(frozen=True, slots=True)
class AnnotationClass:
    """A kind of tissue that annotations are sorted into.

    Attributes:
        name: unique within a case.
        colour: of outline and fill.
        key: the digit key that gives it, "" for none.
    """

    name: str
    colour: Colour
    key: str = ""


STANDARD_CLASSES = (
    AnnotationClass("Tumor", (200, 0, 0), "1"),
    AnnotationClass("Stroma", (150, 200, 150), "2"),
    AnnotationClass("Immune cells", (160, 90, 160), "3"),
    AnnotationClass("Necrosis", (50, 50, 50), "4"),
    AnnotationClass("Other", (255, 200, 0), "5"),
    AnnotationClass("Ignore*", (180, 180, 180), "6"),
)
"""Names and colours of QuPath's own classes, so that they mean the same there."""

UNCLASSIFIED_COLOUR: Colour = (255, 221, 64)
"""Yellow: on no stain of H&E."""

NEW_CLASS_COLOURS: tuple[Colour, ...] = (
    (0, 114, 178),
    (230, 159, 0),
    (0, 158, 115),
    (204, 121, 167),
    (86, 180, 233),
    (213, 94, 0),
)
"""Okabe and Ito's colours, told apart by colour-blind eyes, for classes that come without one."""


def free_colour(taken: int) -> Colour:
    """A colour for the class that comes after so many others."""
    return NEW_CLASS_COLOURS[taken % len(NEW_CLASS_COLOURS)]


@dataclass(frozen=True, slots=True)
class Annotation:
    """One object drawn or imported.

    Attributes:
        id: within its case, never given twice; the list shows annotations in this order.
        shape, geometry: in level-0 pixels; outlines are kept vertex by vertex as drawn or read, even where they
            cross themselves.
        class_name: of an `AnnotationClass`; "" for none.
        name, note: the user's words.
        kind: see `Kind`.
        colour: its own, where it differs from its class's; None for the class's.
        locked: refuses edits until unlocked.
        measurements: (name, value), in the order read; NaN for a value that is none.
        metadata: (name, text) as other programs keep them, untouched.
    """

    id: int
    shape: Shape
    geometry: BaseGeometry
    class_name: str = ""
    name: str = ""
    note: str = ""
    kind: Kind = Kind.ANNOTATION
    colour: Colour | None = None
    locked: bool = False
    measurements: tuple[tuple[str, float], ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Raises ValueError for an empty geometry, one with a coordinate that is no number, or of a wrong type."""
        if self.geometry.geom_type not in GEOMETRIES[self.shape]:
            raise ValueError(f"a {self.shape} is no {self.geometry.geom_type}")
        if self.geometry.is_empty or not np.isfinite(shapely.get_coordinates(self.geometry)).all():
            raise ValueError("an annotation needs finite coordinates")

    def moved(self, dx_l0: float, dy_l0: float) -> Annotation:
        """The same, elsewhere by so many level-0 pixels."""
        return replace(
            self, geometry=shapely.transform(self.geometry, lambda xy: xy + np.array([dx_l0, dy_l0]))
        )

    @property
    def is_area(self) -> bool:
        """Whether it has an inside."""
        return self.geometry.geom_type in ("Polygon", "MultiPolygon")


def rectangle_l0(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    """A rectangle by two opposite corners. Raises ValueError where it has no area."""
    if x0 == x1 or y0 == y1:
        raise ValueError("a rectangle needs two sides")
    return shapely.box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def ellipse_l0(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    """The ellipse in a box by two opposite corners. Raises ValueError where it has no area."""
    if x0 == x1 or y0 == y1:
        raise ValueError("an ellipse needs two axes")
    angles = np.arange(ELLIPSE_VERTICES) * (2 * math.pi / ELLIPSE_VERTICES)
    centre, half = ((x0 + x1) / 2, (y0 + y1) / 2), (abs(x1 - x0) / 2, abs(y1 - y0) / 2)
    return shapely.Polygon(np.stack([np.cos(angles), np.sin(angles)], axis=-1) * half + centre)
