"""How large the area around a candidate is: the connected cells at or above the threshold."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.results.candidates import Candidate
from inference.results.heatmap import Heatmap


def candidate_sizes_l0(
    heatmap: Heatmap, candidates: Sequence[Candidate], *, threshold: float
) -> NDArray[np.float64]:
    """(candidates, 2) width and height, in level-0 px, of the area that each candidate lies in.

    An area is made of cells at or above the threshold that touch along an edge; its size is that of the upright
    rectangle around it. A candidate below the threshold lies in none and has the size 0.
    """
    if not candidates:
        return np.zeros((0, 2))
    mask = heatmap.at_least(threshold).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    cells = np.array([(each.row, each.column) for each in candidates])
    found = labels[cells[:, 0], cells[:, 1]]
    columns_rows = stats[found][:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].astype(np.float64)
    columns_rows[found == 0] = 0
    return columns_rows * np.array([heatmap.stride_x_l0, heatmap.stride_y_l0])
