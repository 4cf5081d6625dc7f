"""The fat cells about the node: rounded polygons that share thin walls."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.synthetic.noise import Field, even_points
from inference.synthetic.spec import DemoSpec

ADIPOCYTE_UM = 66.0
"""Distance between neighbours; human fat cells are 50 to 100 um wide."""


def lay_out_adipocytes(
    spec: DemoSpec, fat_um: Field, node_um: Field, *, stride: int
) -> tuple[NDArray[np.float32], ...]:
    """Outlines (n, 2) in level-0 pixels of the fat cells whose centre lies in the fat and outside the node.

    `fat_um` and `node_um` are signed distances on the layout's grid of `stride` level-0 pixels.
    """
    rng = np.random.default_rng([spec.seed, 2])
    spacing = spec.px(ADIPOCYTE_UM)
    cells = int(np.ceil(max(spec.width / spacing, spec.height / (spacing * 0.866)) / 2)) * 2 + 2
    points, _ = even_points(rng, cells=cells, spacing=spacing)
    inside = (points[:, 0] < spec.width - 1) & (points[:, 1] < spec.height - 1)
    points = points[inside]
    rows, columns = (points[:, 1] // stride).astype(int), (points[:, 0] // stride).astype(int)
    rows, columns = np.minimum(rows, fat_um.shape[0] - 1), np.minimum(columns, fat_um.shape[1] - 1)
    near = (fat_um[rows, columns] < 2 * ADIPOCYTE_UM) & (node_um[rows, columns] > -2 * ADIPOCYTE_UM)
    kept = (fat_um[rows, columns] < 0) & (node_um[rows, columns] > 4)
    if not kept.any():
        return ()
    subdivision = cv2.Subdiv2D((0, 0, spec.width, spec.height))
    for point in points[near]:
        subdivision.insert((float(point[0]), float(point[1])))
    facets, centres = subdivision.getVoronoiFacetList([])
    wanted = {(np.float32(x), np.float32(y)) for x, y in points[kept]}
    return tuple(
        _rounded(np.asarray(facet, np.float32), centre)
        for facet, centre in zip(facets, np.asarray(centres, np.float32), strict=True)
        if (centre[0], centre[1]) in wanted and np.abs(facet - centre).max() < 2.5 * spacing
    )


def _rounded(corners: NDArray[np.float32], centre: NDArray[np.float32]) -> NDArray[np.float32]:
    """The polygon drawn a little together and its corners cut three times (Chaikin), so it ends up a soft cell."""
    ring = centre + (corners - centre) * np.float32(0.975)
    for part in (0.3, 0.25, 0.25):
        following = np.roll(ring, -1, axis=0)
        ring = np.stack(
            [ring + (following - ring) * part, following + (ring - following) * part], axis=1
        ).reshape(-1, 2)
    return ring.astype(np.float32)
