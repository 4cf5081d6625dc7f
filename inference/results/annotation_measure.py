"""Measurements of an annotation: its size in micrometres, and what the heatmap says inside it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from inference.results.annotation import Annotation
from inference.results.heatmap import CellValues, Heatmap
from inference.results.stability_layer import StabilityLayer
from inference.slides.frames import Mpp

HEATMAP_CELLS, PROBABILITY_MEAN, PROBABILITY_MAX = "Heatmap cells", "Probability mean", "Probability max"
SHARE_ABOVE = "Share above threshold"
ROTATION_CELLS, ROTATION_STD = "Rotation cells", "Rotation std mean"
ROTATION_FLIPS = "Rotation share flipping"
"""Names of the measurements that come of the heatmap and of its rotation stability."""


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


NO_STATISTICS = HeatmapStatistics(0, None, None, None)


def area_um2(geometry: BaseGeometry, mpp: Mpp) -> float:
    """Square micrometres; an outline that crosses itself counts what it encloses once."""
    sound = geometry if geometry.is_valid else shapely.make_valid(geometry)
    return float(sound.area) * mpp.x * mpp.y


def length_um(geometry: BaseGeometry, mpp: Mpp) -> float:
    """Micrometres along a line, or along all outlines of an area; 0 for points."""
    return float(shapely.transform(geometry, lambda xy: xy * (mpp.x, mpp.y)).length)


def heatmap_statistics(geometry: BaseGeometry, heatmap: Heatmap, *, threshold: float) -> HeatmapStatistics:
    """What the heatmap says inside an area, or under a point or line."""
    inside = cells_inside(geometry, heatmap)
    return _heatmap_statistics(inside, heatmap, threshold) if inside is not None else NO_STATISTICS


def _heatmap_statistics(inside: CellsInside, heatmap: Heatmap, threshold: float) -> HeatmapStatistics:
    values = inside.of(heatmap.values)
    values = values[~np.isnan(values)]
    if not values.size:
        return NO_STATISTICS
    above = values >= np.float32(threshold)
    return HeatmapStatistics(
        int(values.size), float(values.mean(dtype=np.float64)), float(values.max()), float(above.mean())
    )


@dataclass(frozen=True, slots=True)
class StabilityStatistics:
    """Rotation stability inside an outline, over the same cells.

    Attributes:
        cells: with a value.
        mean_std: mean of their standard deviations over the turns; None without a cell.
        flip_share: share of them that reach the threshold at some turns and not at others; None where not known.
    """

    cells: int
    mean_std: float | None
    flip_share: float | None


def stability_statistics(
    inside: CellsInside, stability: StabilityLayer, *, threshold: float
) -> StabilityStatistics:
    """What rotation stability says in some cells."""
    std = inside.of(stability.std)
    std = std[~np.isnan(std)]
    if not std.size:
        return StabilityStatistics(0, None, None)
    lowest, highest = inside.of(stability.lowest), inside.of(stability.highest)
    flips = (lowest < np.float32(threshold)) & (highest >= np.float32(threshold))
    # Blocks kept by earlier versions do not tell.
    all_known = np.count_nonzero(~np.isnan(highest)) == std.size
    share = float(np.count_nonzero(flips) / std.size) if all_known else None
    return StabilityStatistics(int(std.size), float(std.mean(dtype=np.float64)), share)


def measurements_of(
    annotation: Annotation,
    *,
    mpp: Mpp | None,
    heatmap: Heatmap | None,
    threshold: float,
    stability: StabilityLayer | None = None,
) -> dict[str, float]:
    """Our measurements by name with unit, as QuPath names its own where it has them; only what is defined.

    Args:
        stability: on the cells of the heatmap, and of the same model.
    """
    found: dict[str, float] = {}
    if mpp is not None and annotation.is_area:
        found["Area µm^2"] = area_um2(annotation.geometry, mpp)
        found["Perimeter µm"] = length_um(annotation.geometry, mpp)
    elif mpp is not None and annotation.geometry.geom_type == "LineString":
        found["Length µm"] = length_um(annotation.geometry, mpp)
    if heatmap is not None:
        inside = cells_inside(annotation.geometry, heatmap)
        known = NO_STATISTICS if inside is None else _heatmap_statistics(inside, heatmap, threshold)
        found[HEATMAP_CELLS] = float(known.cells)
        shares = {
            PROBABILITY_MEAN: known.mean,
            PROBABILITY_MAX: known.maximum,
            SHARE_ABOVE: known.share_above,
        }
        if inside is not None and stability is not None:
            turned = stability_statistics(inside, stability, threshold=threshold)
            found[ROTATION_CELLS] = float(turned.cells)
            shares |= {ROTATION_STD: turned.mean_std, ROTATION_FLIPS: turned.flip_share}
        found |= {name: value for name, value in shares.items() if value is not None}
    return found


def mean_over_cells(found: Sequence[Mapping[str, float]], name: str, *, cells: str) -> float:
    """Of a measurement, over all cells of several annotations; at least one of them has a cell."""
    counts = [each.get(cells, 0.0) for each in found]
    return sum(each.get(name, 0.0) * many for each, many in zip(found, counts, strict=True)) / sum(counts)


@dataclass(frozen=True, slots=True, eq=False)
class CellsInside:
    """Some cells of a grid: those that `mask` picks of a block of rows and columns."""

    rows: slice
    columns: slice
    mask: NDArray[np.bool_]

    def of(self, values: CellValues) -> NDArray[np.float32]:
        """(cells,) of a map (rows, columns) of the whole grid."""
        return np.asarray(values[self.rows, self.columns][self.mask])


def cells_inside(geometry: BaseGeometry, heatmap: Heatmap) -> CellsInside | None:
    """The cells whose middle is inside, else those that are touched; None off the grid."""
    left, top, right, bottom = geometry.bounds
    column0, row0 = _cell(left, top, heatmap)
    column1, row1 = _cell(right, bottom, heatmap)
    rows = np.arange(max(row0, 0), min(row1 + 1, heatmap.rows))
    columns = np.arange(max(column0, 0), min(column1 + 1, heatmap.columns))
    if not rows.size or not columns.size:
        return None
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
    return CellsInside(slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1), inside)


def _cell(x_l0: float, y_l0: float, heatmap: Heatmap) -> tuple[int, int]:
    """(column, row) that holds a place, also beyond the grid."""
    return (
        math.floor((x_l0 - heatmap.origin_l0.x) / heatmap.stride_x_l0),
        math.floor((y_l0 - heatmap.origin_l0.y) / heatmap.stride_y_l0),
    )
