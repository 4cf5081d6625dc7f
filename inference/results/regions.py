"""Regions: the areas of a heatmap above a threshold, as polygons that follow the cell borders exactly.

Cells that share a side belong together; cells that meet at a corner only are apart (4-neighbours). A corner
is a path of width zero, and joining across it would make polygons that touch themselves, which GeoJSON
readers refuse.
The background is then joined across corners, so a hole may touch its own outline in single points; that is
valid.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from inference.results.heatmap import Heatmap
from inference.slides.frames import Mpp


@dataclass(frozen=True, slots=True)
class Region:
    """One connected area of cells that reach a threshold.

    Attributes:
        polygon: outline and holes along cell borders, in level-0 pixels; valid, without needless vertices.
        cells: how many cells it holds.
        mean_probability, max_probability: over its cells.
        area_um2: square micrometres, cells times the area of a cell.
    """

    polygon: Polygon
    cells: int
    mean_probability: float
    max_probability: float
    area_um2: float


def find_regions(heatmap: Heatmap, *, threshold: float, mpp: Mpp, min_cells: int = 1) -> tuple[Region, ...]:
    """The regions of at least `min_cells` cells, in reading order of their first cells.

    The default keeps a single cell: at 31 um it may be a real cluster of tumour cells.
    Raises ValueError for a threshold outside [0, 1].
    """
    mask = heatmap.at_least(threshold)
    if not mask.any():
        return ()
    labels = _label(mask)
    count = int(labels.max()) + 1
    values = np.where(mask, heatmap.values, 0).astype(np.float64)
    cells = np.bincount(labels.ravel(), minlength=count)
    sums = np.bincount(labels.ravel(), weights=values.ravel(), minlength=count)
    maxima = np.zeros(count)
    np.maximum.at(maxima, labels.ravel(), values.ravel())
    cell_area_um2 = heatmap.stride_x_l0 * mpp.x * heatmap.stride_y_l0 * mpp.y

    regions = []
    for label, polygon_grid in _outlines(labels):
        if cells[label] < min_cells:
            continue
        regions.append(
            Region(
                polygon=_to_l0(polygon_grid, heatmap),
                cells=int(cells[label]),
                mean_probability=float(sums[label] / cells[label]),
                max_probability=float(maxima[label]),
                area_um2=float(cells[label] * cell_area_um2),
            )
        )
    return tuple(regions)


def _label(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """(rows, columns) label of the 4-connected area of each cell, 0 for the background."""
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4, ltype=cv2.CV_32S)
    return labels.astype(np.int32, copy=False)


def _outlines(labels: NDArray[np.int32]) -> list[tuple[int, Polygon]]:
    """(label, polygon) of every area, in grid coordinates, in reading order of the areas' first cells.

    The borders cut the plane into faces, one for each area of cells and one for each area of background that
    is shut in; GEOS assembles them into valid polygons with holes. The topmost, then leftmost corner of a
    face is the top left corner of one of its cells, which tells whose face it is.
    """
    borders = _border_segments(labels > 0)
    faces = shapely.get_parts(shapely.polygonize(shapely.linestrings(borders)))
    outlines = []
    for face in faces:
        corners = shapely.get_coordinates(shapely.get_exterior_ring(face))
        first = corners[np.lexsort((corners[:, 0], corners[:, 1]))[0]]
        column, row = int(first[0]), int(first[1])
        if labels[row, column] > 0:
            outlines.append((row, column, int(labels[row, column]), face))
    outlines.sort(key=lambda outline: outline[:2])
    return [(label, face) for _, _, label, face in outlines]


def _border_segments(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(segments, 2, 2) ends (x, y), in grid coordinates, of the straight runs of border between in and out.

    Runs end wherever a border crosses or turns, so that segments meet at their ends only, as GEOS wants them.
    """
    padded = np.pad(mask, 1)
    # upright[y, x]: a border between cells (y, x - 1) and (y, x); level[y, x]: one between (y - 1, x) and (y,
    # x).
    upright = padded[1:-1, 1:] != padded[1:-1, :-1]
    level = padded[1:, 1:-1] != padded[:-1, 1:-1]
    along_y = _runs(upright.T, _crossed(level).T)
    along_x = _runs(level, _crossed(upright.T).T)
    return np.concatenate([along_y[:, :, ::-1], along_x])


def _crossed(edges: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(lines, points) whether a point of a line bears an edge (lines, points - 1) to either of its sides."""
    sides = np.pad(edges, ((0, 0), (1, 1)))
    return sides[:, 1:] | sides[:, :-1]


def _runs(edges: NDArray[np.bool_], crossed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(runs, 2, 2) ends (position, line) of the unbroken runs of edges.

    `edges` (lines, steps): whether step s of a line, from point s to s + 1, is border; `crossed`
    (lines, steps + 1): whether another border leaves the line at a point, which ends a run.
    """
    padded = np.pad(edges, ((0, 0), (1, 1)))
    before, after = padded[:, :-1], padded[:, 1:]
    # Row-major order pairs the k-th start with the k-th end, since runs of a line never nest.
    start_line, start = np.nonzero(after & (~before | crossed))
    _, end = np.nonzero(before & (~after | crossed))
    ends = np.stack([np.stack([start, start_line], axis=-1), np.stack([end, start_line], axis=-1)], axis=1)
    return ends.astype(np.float64)


def _to_l0(polygon_grid: Polygon, heatmap: Heatmap) -> Polygon:
    """A polygon in grid coordinates carried to level-0 pixels by the heatmap's affine."""
    stride_l0 = (heatmap.stride_x_l0, heatmap.stride_y_l0)
    origin_l0 = (heatmap.origin_l0.x, heatmap.origin_l0.y)
    placed: Polygon = shapely.transform(polygon_grid, lambda points: points * stride_l0 + origin_l0)
    return placed
