"""How well a heatmap separates the cells of a drawn tumour from the rest of the tissue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.results.heatmap import Heatmap

TUMOUR_SHARE, NORMAL_SHARE = 0.7, 0.05
"""A cell counts as tumour above 70 % tumour pixels and as normal below 5 %; what lies between is a border."""


@dataclass(frozen=True, slots=True)
class CellSeparation:
    """Figures over the computed cells of one heatmap.

    Attributes:
        auc: probability that a tumour cell scores higher than a normal one (ties count half); NaN without both.
        tumour_cells, normal_cells: how many of each.
        tumour_above, normal_above: share of each at or above 0.5.
        all_cells_auc: the same AUC with every computed cell, tumour being more than half.
    """

    auc: float
    tumour_cells: int
    normal_cells: int
    tumour_above: float
    normal_above: float
    all_cells_auc: float


def tumour_share(heatmap: Heatmap, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(rows, columns) share of tumour pixels in each cell; mask (height, width) at level 0."""
    sums = np.pad(mask.astype(np.int64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    height, width = mask.shape
    y = np.clip(np.rint(np.arange(heatmap.rows + 1) * heatmap.stride_y_l0), 0, height).astype(int)
    x = np.clip(np.rint(np.arange(heatmap.columns + 1) * heatmap.stride_x_l0), 0, width).astype(int)
    corners = sums[np.ix_(y, x)]
    inside = corners[1:, 1:] - corners[:-1, 1:] - corners[1:, :-1] + corners[:-1, :-1]
    return inside / np.maximum(np.outer(np.diff(y), np.diff(x)), 1)


def separation(heatmap: Heatmap, mask: NDArray[np.bool_]) -> CellSeparation:
    """Compares a heatmap with a level-0 tumour mask over the cells that have a value."""
    share = tumour_share(heatmap, mask)
    computed = ~np.isnan(heatmap.values)
    tumour = heatmap.values[computed & (share > TUMOUR_SHARE)]
    normal = heatmap.values[computed & (share < NORMAL_SHARE)]
    return CellSeparation(
        auc=auc(tumour, normal),
        tumour_cells=len(tumour),
        normal_cells=len(normal),
        tumour_above=float((tumour >= 0.5).mean()) if len(tumour) else float("nan"),
        normal_above=float((normal >= 0.5).mean()) if len(normal) else float("nan"),
        all_cells_auc=auc(
            heatmap.values[computed & (share > 0.5)], heatmap.values[computed & (share <= 0.5)]
        ),
    )


def auc(positive: NDArray[np.floating], negative: NDArray[np.floating]) -> float:
    """Area under the ROC curve by the Mann-Whitney statistic; NaN if either side is empty."""
    if not len(positive) or not len(negative):
        return float("nan")
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, "left")
    not_above = np.searchsorted(ordered, positive, "right")
    return float((below + not_above).sum() / (2 * len(positive) * len(negative)))
