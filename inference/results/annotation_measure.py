"""Measurements of an annotation: its size in micrometres, and what the heatmap says inside it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from inference.results.annotation import Annotation
from inference.results.heatmap import Heatmap
from inference.slides.frames import Mpp


@dataclass(frozen=True, slots=True)
class HeatmapStatistics:
    """The heatmap inside an outline, over the cells whose middle lies in it.

    Attributes:
        cells: with a value. Where none has its middle inside, the cells that the outline touches count.
        mean, maximum: of their probabilities; None without a cell.
        share_above: share of these cells at or above the threshold; None without a cell.
    """

    cells: int
    mean: float | None
    maximum: float | None
    share_above: float | None


def area_um2(geometry: BaseGeometry, mpp: Mpp) -> float:
    """Square micrometres; an outline that crosses itself counts what it encloses once."""
    sound = geometry if geometry.is_valid else shapely.make_valid(geometry)
    return float(sound.area) * mpp.x * mpp.y


def length_um(geometry: BaseGeometry, mpp: Mpp) -> float:
    """Micrometres along a line, or along all outlines of an area; 0 for points."""
    return float(shapely.transform(geometry, lambda xy: xy * (mpp.x, mpp.y)).length)


def heatmap_statistics(geometry: BaseGeometry, heatmap: Heatmap, *, threshold: float) -> HeatmapStatistics:
    """What the heatmap says inside an area, or under a point or line."""
    values = _values_inside(geometry, heatmap)
    if not values.size:
        return HeatmapStatistics(0, None, None, None)
    above = values >= np.float32(threshold)
    return HeatmapStatistics(
        int(values.size), float(values.mean(dtype=np.float64)), float(values.max()), float(above.mean())
    )


def measurements_of(
    annotation: Annotation, *, mpp: Mpp | None, heatmap: Heatmap | None, threshold: float
) -> dict[str, float]:
    """Our measurements by name with unit, as QuPath names its own where it has them; only what is defined."""
    found: dict[str, float] = {}
    if mpp is not None and annotation.is_area:
        found["Area µm^2"] = area_um2(annotation.geometry, mpp)
        found["Perimeter µm"] = length_um(annotation.geometry, mpp)
    elif mpp is not None and annotation.geometry.geom_type == "LineString":
        found["Length µm"] = length_um(annotation.geometry, mpp)
    if heatmap is not None:
        inside = heatmap_statistics(annotation.geometry, heatmap, threshold=threshold)
        found["Heatmap cells"] = float(inside.cells)
        shares = {
            "Probability mean": inside.mean,
            "Probability max": inside.maximum,
            "Share above threshold": inside.share_above,
        }
        found |= {name: value for name, value in shares.items() if value is not None}
    return found


def _values_inside(geometry: BaseGeometry, heatmap: Heatmap) -> np.ndarray:
    """(cells,) float32 of the cells with a value whose middle is inside, else of those that are touched."""
    left, top, right, bottom = geometry.bounds
    column0, row0 = _cell(left, top, heatmap)
    column1, row1 = _cell(right, bottom, heatmap)
    rows = np.arange(max(row0, 0), min(row1 + 1, heatmap.rows))
    columns = np.arange(max(column0, 0), min(column1 + 1, heatmap.columns))
    if not rows.size or not columns.size:
        return np.zeros(0, np.float32)
    block = heatmap.values[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    sound = geometry if geometry.is_valid else shapely.make_valid(geometry)
    x = heatmap.origin_l0.x + columns * heatmap.stride_x_l0
    y = heatmap.origin_l0.y + rows * heatmap.stride_y_l0
    shapely.prepare(sound)
    xs, ys = np.meshgrid(x + heatmap.stride_x_l0 / 2, y + heatmap.stride_y_l0 / 2)
    inside = shapely.contains_xy(sound, xs, ys)
    if not inside.any():
        left_l0, top_l0 = np.meshgrid(x, y)
        cells = shapely.box(left_l0, top_l0, left_l0 + heatmap.stride_x_l0, top_l0 + heatmap.stride_y_l0)
        inside = shapely.intersects(sound, cells)
    values: np.ndarray = block[inside]
    return values[~np.isnan(values)]


def _cell(x_l0: float, y_l0: float, heatmap: Heatmap) -> tuple[int, int]:
    """(column, row) that holds a place, also beyond the grid."""
    return (
        math.floor((x_l0 - heatmap.origin_l0.x) / heatmap.stride_x_l0),
        math.floor((y_l0 - heatmap.origin_l0.y) / heatmap.stride_y_l0),
    )
