"""Annotations as arrays: their boxes in numpy, so that a view finds and hits its own among a hundred thousand.

A tree (shapely STRtree) finds the annotations of a view sooner, but cannot change: an edit would build it anew, 33 ms
for a hundred thousand. Looking through all boxes takes less than a millisecond, and an edit changes one row.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from inference.results.annotation import Annotation, Colour
from inference.slides.frames import PointL0, RegionL0

AREA, LINE, POINT, POINTS = range(4)
"""How a geometry is painted."""
_KIND_OF_TYPE = {
    "Polygon": AREA,
    "MultiPolygon": AREA,
    "LineString": LINE,
    "Point": POINT,
    "MultiPoint": POINTS,
}
_LEAST_ROWS = 64

Made = TypeVar("Made")
Rings = tuple[NDArray[np.float64], ...]
"""Each (vertices, 2), level-0 px; of an area the closing vertex is left out, holes are further rings."""


class AnnotationShapes:
    """One row an annotation; rows of removed ones are empty until they are used again.

    Attributes (arrays of one length, to be read only):
        bounds_l0: (rows, 4) left, top, right, bottom; NaN in an empty row.
        kind: (rows,) AREA, LINE, POINT or POINTS.
        rgb: (rows,) uint32 0xffRRGGBB.
        shown: (rows,) whether it is painted and can be hit.
    """

    def __init__(self) -> None:
        self._hidden: frozenset[int] = frozenset()
        self._reset(0)

    def __len__(self) -> int:
        return len(self._row_of)

    def replace_all(
        self, annotations: Iterable[tuple[Annotation, Colour]], *, hidden: frozenset[int]
    ) -> None:
        """Takes other annotations, each with the colour it is painted in."""
        pairs = list(annotations)
        self._reset(len(pairs))
        self._hidden = hidden
        if not pairs:
            return
        geometries = [annotation.geometry for annotation, _ in pairs]
        count = len(pairs)
        self.bounds_l0[:count] = shapely.bounds(np.array(geometries, dtype=object))
        self.kind[:count] = [_KIND_OF_TYPE[each.geom_type] for each in geometries]
        self.rgb[:count] = [rgb_of(colour) for _, colour in pairs]
        self._ids[:count] = [annotation.id for annotation, _ in pairs]
        self._geometries[:count] = geometries
        self._row_of.update((annotation.id, row) for row, (annotation, _) in enumerate(pairs))
        self._free = list(range(len(self._ids) - 1, count - 1, -1))
        self.shown[:count] = ~np.isin(self._ids[:count], list(hidden))

    def remembered(self, name: str, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` answers, made anew only for another key or after a change of the annotations."""
        known: tuple[Hashable, Any] | None = self._memo.get(name)
        if known is None or known[0] != key:
            known = self._memo[name] = key, make()
        made: Made = known[1]
        return made

    def put(self, annotation: Annotation, colour: Colour) -> None:
        """Adds an annotation or replaces the one of its id."""
        self._memo.clear()
        row = self._row_of.get(annotation.id)
        if row is None:
            if not self._free:
                self._grow()
            row = self._free.pop()
            self._row_of[annotation.id] = row
        self.shown[row] = annotation.id not in self._hidden
        self.bounds_l0[row] = annotation.geometry.bounds
        self.kind[row] = _KIND_OF_TYPE[annotation.geometry.geom_type]
        self.rgb[row] = rgb_of(colour)
        self._ids[row] = annotation.id
        self._geometries[row] = annotation.geometry
        self._rings[row] = None

    def remove(self, annotation_id: int) -> None:
        """Takes an annotation out; nothing happens if it is not there."""
        self._memo.clear()
        row = self._row_of.pop(annotation_id, None)
        if row is not None:
            self.bounds_l0[row] = np.nan
            self.shown[row] = False
            self._geometries[row] = self._rings[row] = None
            self._free.append(row)

    def set_hidden(self, hidden: frozenset[int]) -> bool:
        """Hides exactly these ids, also when they come later; False where exactly these were hidden."""
        self._hidden = hidden
        rows = np.fromiter(self._row_of.values(), np.intp, len(self._row_of))
        shown = ~np.isin(self._ids[rows], list(hidden))
        if np.array_equal(shown, self.shown[rows]):
            return False
        self._memo.clear()
        self.shown[rows] = shown
        return True

    def within(self, region_l0: RegionL0) -> NDArray[np.intp]:
        """The rows of shown annotations whose boxes meet a region, by rising id, which is the order of painting."""
        left, top, right, bottom = self.bounds_l0.T
        # NaN compares false, which leaves empty rows out.
        found = np.flatnonzero(
            (left <= region_l0.x + region_l0.width)
            & (right >= region_l0.x)
            & (top <= region_l0.y + region_l0.height)
            & (bottom >= region_l0.y)
            & self.shown
        )
        return found[np.argsort(self._ids[found], kind="stable")]

    def rings(self, row: int) -> Rings:
        """The outlines of a row; made when first asked for."""
        known = self._rings[row]
        if known is None:
            geometry = self._geometries[row]
            assert geometry is not None, "an empty row is never within a region"
            known = self._rings[row] = rings_of(geometry)
        return known

    def flat(self, rows: NDArray[np.intp]) -> tuple[NDArray[np.float64], list[int], list[int]]:
        """All outlines of rows in one array.

        Returns:
            ((vertices, 2) level-0 px, where each ring ends among them, where each row ends among the rings); those of
            the same rows are kept, as every frame of a zoom asks for them.
        """

        def make() -> tuple[NDArray[np.float64], list[int], list[int]]:
            found = [self.rings(row) for row in rows.tolist()]
            rings = [ring for each in found for ring in each]
            ends = np.cumsum([len(ring) for ring in rings]).tolist()
            return np.concatenate(rings), ends, np.cumsum([len(each) for each in found]).tolist()

        return self.remembered("flat", rows.tobytes(), make)

    def id_at(self, point_l0: PointL0, reach_l0: float) -> int | None:
        """The annotation under a place: a point or line within reach, else the smallest area around it."""
        rows = self.within(RegionL0(point_l0.x - reach_l0, point_l0.y - reach_l0, 2 * reach_l0, 2 * reach_l0))
        place = shapely.Point(point_l0.x, point_l0.y)
        best: tuple[float, float, int] | None = None
        for row in rows:
            geometry, is_area = self._geometries[row], self.kind[row] == AREA
            assert geometry is not None
            distance = float(shapely.distance(shapely.boundary(geometry) if is_area else geometry, place))
            near = distance <= reach_l0
            if not near and not (is_area and shapely.contains_xy(geometry, point_l0.x, point_l0.y)):
                continue
            left, top, right, bottom = self.bounds_l0[row]
            found = ((right - left) * (bottom - top) if is_area else -1.0, distance, -int(self._ids[row]))
            if best is None or found < best:
                best = found
        return None if best is None else -best[2]

    def ids_inside(self, region_l0: RegionL0) -> list[int]:
        """The shown annotations that lie wholly in a region, by rising id."""
        rows = self.within(region_l0)
        left, top, right, bottom = self.bounds_l0[rows].T
        inside = (
            (left >= region_l0.x)
            & (top >= region_l0.y)
            & (right <= region_l0.x + region_l0.width)
            & (bottom <= region_l0.y + region_l0.height)
        )
        return [int(each) for each in self._ids[rows[inside]]]

    def _reset(self, count: int) -> None:
        rows = max(_LEAST_ROWS, count)
        self._memo: dict[str, tuple[Hashable, Any]] = {}
        self.bounds_l0 = np.full((rows, 4), np.nan)
        self.kind = np.zeros(rows, np.uint8)
        self.rgb = np.zeros(rows, np.uint32)
        self.shown = np.zeros(rows, bool)
        self._ids = np.zeros(rows, np.int64)
        self._geometries: list[BaseGeometry | None] = [None] * rows
        self._rings: list[Rings | None] = [None] * rows
        self._row_of: dict[int, int] = {}
        self._free = list(range(rows - 1, -1, -1))

    def _grow(self) -> None:
        """Twice the rows, so that adding one by one copies each a constant number of times."""
        rows = len(self._ids)
        self.bounds_l0 = np.concatenate([self.bounds_l0, np.full((rows, 4), np.nan)])
        self.kind, self.rgb, self.shown, self._ids = (
            np.concatenate([each, np.zeros_like(each)])
            for each in (self.kind, self.rgb, self.shown, self._ids)
        )
        self._geometries += [None] * rows
        self._rings += [None] * rows
        self._free = list(range(2 * rows - 1, rows - 1, -1))


def rgb_of(colour: Colour) -> int:
    """As a pixel of an RGB32 image."""
    return 0xFF000000 | colour[0] << 16 | colour[1] << 8 | colour[2]


def rings_of(geometry: BaseGeometry) -> Rings:
    """All outlines of a geometry, or its line, or its points as one ring."""
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return tuple(
            shapely.get_coordinates(ring)[:-1] for ring in shapely.get_rings(shapely.get_parts(geometry))
        )
    return (shapely.get_coordinates(geometry),)
