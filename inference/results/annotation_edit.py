"""What can be done to annotations' outlines: pure functions from annotations to annotations, by shapely.

Outlines that cross themselves stay as drawn until an operation needs them sound; then they become what they enclose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from inference.results.annotation import Annotation, Shape, ellipse_l0, rectangle_l0

_AREAS = ("Polygon", "MultiPolygon")


def area_of(geometry: BaseGeometry) -> BaseGeometry | None:
    """The areas of any geometry as one sound Polygon or MultiPolygon; None where there is none, as on a line."""
    sound = geometry if geometry.is_valid else shapely.make_valid(geometry)
    parts = [each for each in shapely.get_parts(sound) if each.geom_type in _AREAS and each.area > 0]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 and parts[0].geom_type == "Polygon" else shapely.union_all(parts)


def merged(annotations: Sequence[Annotation]) -> Annotation:
    """One area of all, with the first one's class and words.

    Raises ValueError where fewer than two are areas, or none encloses anything.
    """
    areas = [each for each in annotations if each.is_area]
    if len(areas) < 2:
        raise ValueError("Select two areas or more to merge them")
    union = area_of(shapely.union_all([shapely.make_valid(each.geometry) for each in areas]))
    if union is None:
        raise ValueError("None of them encloses an area")
    return replace(areas[0], shape=Shape.POLYGON, geometry=union)


def subtracted(first: Annotation, others: Sequence[Annotation]) -> Annotation:
    """The first without what the others cover. Raises ValueError where nothing is left or one is no area."""
    if not others or not all(each.is_area for each in (first, *others)):
        raise ValueError("Select the area to cut first, then the areas to take away from it")
    cover = shapely.union_all([shapely.make_valid(each.geometry) for each in others])
    rest = area_of(shapely.make_valid(first.geometry).difference(cover))
    if rest is None:
        raise ValueError("Nothing would be left of it")
    return replace(first, shape=Shape.POLYGON, geometry=rest)


def split(annotations: Sequence[Annotation]) -> tuple[tuple[Annotation, ...], tuple[int, ...]]:
    """(pieces, ids replaced): areas cut along the lines among them, or else taken apart into their parts.

    Raises ValueError where that changes nothing.
    """
    areas = [each for each in annotations if each.is_area]
    lines = [each.geometry for each in annotations if each.shape is Shape.LINE]
    pieces: list[Annotation] = []
    replaced: list[int] = []
    for area in areas:
        parts = _cut(area.geometry, lines) if lines else list(shapely.get_parts(area.geometry))
        if len(parts) > 1:
            replaced.append(area.id)
            pieces += [replace(area, shape=Shape.POLYGON, geometry=part) for part in parts]
    if not pieces:
        raise ValueError("Select an area and a line across it, or an area of several parts")
    used = [each.id for each in annotations if each.shape is Shape.LINE]
    return tuple(pieces), (*replaced, *used)


def simplified(annotation: Annotation, tolerance_l0: float) -> Annotation:
    """With fewer vertices, none farther from the old outline than the tolerance; points stay as they are."""
    if annotation.shape in (Shape.POINT, Shape.POINTS, Shape.RECTANGLE):
        return annotation
    simple = shapely.simplify(annotation.geometry, tolerance_l0, preserve_topology=True)
    if simple.is_empty or shapely.get_num_coordinates(simple) == shapely.get_num_coordinates(
        annotation.geometry
    ):
        return annotation
    shape = Shape.LINE if annotation.shape is Shape.LINE else Shape.POLYGON
    return replace(annotation, shape=shape, geometry=simple)


def without_holes(annotation: Annotation) -> Annotation:
    """With its holes filled."""
    parts = shapely.get_parts(annotation.geometry)
    if not annotation.is_area or sum(len(part.interiors) for part in parts) == 0:
        return annotation
    filled = [shapely.Polygon(part.exterior) for part in parts]
    geometry = filled[0] if len(filled) == 1 else area_of(shapely.union_all(shapely.make_valid(filled)))
    # Outlines on a line enclose nothing, filled or not.
    if geometry is None:
        return annotation
    return replace(annotation, shape=Shape.POLYGON, geometry=geometry)


def brushed(annotation: Annotation, stroke: BaseGeometry) -> Annotation:
    """The area grown by a stroke of the brush."""
    area = area_of(shapely.union(shapely.make_valid(annotation.geometry), stroke))
    assert area is not None, "a stroke has an area"
    return replace(annotation, shape=Shape.POLYGON, geometry=area)


def erased(annotation: Annotation, stroke: BaseGeometry) -> Annotation | None:
    """The area without what the eraser went over, None where all of it is gone."""
    rest = area_of(shapely.make_valid(annotation.geometry).difference(stroke))
    return None if rest is None else replace(annotation, shape=Shape.POLYGON, geometry=rest)


# ---- handles


def handles_of(annotation: Annotation) -> NDArray[np.float64]:
    """(handles, 2) level-0 places to grip it by: corners of the box of a rectangle or ellipse, else all vertices."""
    if _is_boxed(annotation):
        left, top, right, bottom = annotation.geometry.bounds
        return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    return _vertices(annotation.geometry)


def with_handle_at(annotation: Annotation, handle: int, x_l0: float, y_l0: float) -> Annotation:
    """With one handle moved. Raises ValueError where a rectangle or ellipse would lose a side."""
    if _is_boxed(annotation):
        corners = handles_of(annotation)
        fixed = corners[(handle + 2) % 4]
        make = rectangle_l0 if annotation.shape is Shape.RECTANGLE else ellipse_l0
        return replace(annotation, geometry=make(float(fixed[0]), float(fixed[1]), x_l0, y_l0))
    vertices = _vertices(annotation.geometry)
    vertices[handle] = x_l0, y_l0
    return replace(
        annotation, shape=_free_shape(annotation), geometry=_rebuilt(annotation.geometry, vertices)
    )


def with_vertex_added(annotation: Annotation, x_l0: float, y_l0: float) -> Annotation:
    """With a vertex on the outline, where it is nearest to a place. Raises ValueError for points."""
    rings = _rings(annotation.geometry)
    is_area = annotation.is_area
    if not is_area and annotation.shape is not Shape.LINE:
        raise ValueError("points have no outline")
    best = (np.inf, 0, 0, np.zeros(2))
    for number, ring in enumerate(rings):
        start, end = (ring, np.roll(ring, -1, axis=0)) if is_area else (ring[:-1], ring[1:])
        along = end - start
        length = np.maximum((along**2).sum(axis=1), 1e-12)
        part = np.clip((((x_l0, y_l0) - start) * along).sum(axis=1) / length, 0, 1)
        foot = start + part[:, None] * along
        away = np.hypot(*(foot - (x_l0, y_l0)).T)
        nearest = int(np.argmin(away))
        if away[nearest] < best[0]:
            best = (float(away[nearest]), number, nearest + 1, foot[nearest])
    _, number, at, foot = best
    rings[number] = np.insert(rings[number], at, foot, axis=0)
    return replace(annotation, shape=_free_shape(annotation), geometry=_assembled(annotation.geometry, rings))


def without_vertex(annotation: Annotation, handle: int) -> Annotation:
    """Without one vertex. Raises ValueError where too few would be left."""
    if _is_boxed(annotation) or annotation.shape is Shape.POINT:
        raise ValueError("a rectangle, an ellipse or a point has no vertex to spare")
    rings = _rings(annotation.geometry)
    least = 4 if annotation.is_area else 3 if annotation.shape is Shape.LINE else 2
    for number, ring in enumerate(rings):
        if handle < len(ring):
            if len(ring) < least:
                raise ValueError("too few vertices would be left")
            rings[number] = np.delete(ring, handle, axis=0)
            break
        handle -= len(ring)
    return replace(annotation, shape=_free_shape(annotation), geometry=_assembled(annotation.geometry, rings))


def _is_boxed(annotation: Annotation) -> bool:
    """Whether it is an upright rectangle or ellipse as our tools draw them; imported ones may be turned."""
    if annotation.shape not in (Shape.RECTANGLE, Shape.ELLIPSE):
        return False
    left, top, right, bottom = annotation.geometry.bounds
    size = max(right - left, bottom - top)
    if min(right - left, bottom - top) == 0:
        return False
    make = rectangle_l0 if annotation.shape is Shape.RECTANGLE else ellipse_l0
    own = make(left, top, right, bottom)
    return bool(
        shapely.symmetric_difference(own, shapely.make_valid(annotation.geometry)).area < 1e-3 * size**2
    )


def _free_shape(annotation: Annotation) -> Shape:
    """What a shape is once its vertices were moved one by one."""
    return Shape.POLYGON if annotation.is_area and annotation.shape is not Shape.SPLINE else annotation.shape


def _rings(geometry: BaseGeometry) -> list[NDArray[np.float64]]:
    if geometry.geom_type in _AREAS:
        return [shapely.get_coordinates(each)[:-1] for each in shapely.get_rings(shapely.get_parts(geometry))]
    return [shapely.get_coordinates(geometry)]


def _vertices(geometry: BaseGeometry) -> NDArray[np.float64]:
    return np.concatenate(_rings(geometry))


def _rebuilt(geometry: BaseGeometry, vertices: NDArray[np.float64]) -> BaseGeometry:
    cuts = np.cumsum([len(ring) for ring in _rings(geometry)])[:-1]
    return _assembled(geometry, np.split(vertices, cuts))


def _assembled(geometry: BaseGeometry, rings: Sequence[NDArray[np.float64]]) -> BaseGeometry:
    """A geometry of the same build from other rings."""
    match geometry.geom_type:
        case "Point":
            return shapely.Point(rings[0][0])
        case "MultiPoint":
            return shapely.MultiPoint(rings[0])
        case "LineString":
            return shapely.LineString(rings[0])
    polygons, left = [], list(rings)
    for part in shapely.get_parts(geometry):
        own = [left.pop(0) for _ in range(1 + len(part.interiors))]
        polygons.append(shapely.Polygon(own[0], own[1:]))
    return polygons[0] if geometry.geom_type == "Polygon" else shapely.MultiPolygon(polygons)


def _cut(geometry: BaseGeometry, lines: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """The pieces of an area between its outline and lines across it."""
    sound = area_of(geometry)
    if sound is None:
        return []
    noded = shapely.union_all([shapely.boundary(sound), *lines])
    faces = shapely.get_parts(shapely.polygonize([noded]))
    inside = shapely.contains(sound, shapely.point_on_surface(faces))
    return list(faces[inside])
