"""Lines where the heatmap crosses the threshold: along cells' edges, or smooth where cells are shown smooth."""

from __future__ import annotations

import cv2
import numpy as np
from contourpy import LineType, contour_generator
from numpy.typing import NDArray
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from app.canvas import theme
from app.canvas.colormaps import NOT_COMPUTED, STEPS, first_visible_index
from app.canvas.device_frame import DeviceFrame
from app.canvas.heatmap_image import HeatmapImage
from app.canvas.image_pixels import bgra_to_write
from app.canvas.layer_look import LayerLook
from app.canvas.paint_heatmap import cells_shown

_SHIFT = 4
"""Binary places of a pixel that OpenCV draws lines to."""
_WIDTH = 2.0
_RIM_WIDTH = 4.0


def paint_contours(
    image: QImage, frame: DeviceFrame, heatmap: HeatmapImage, look: LayerLook, *, exposed: QRect
) -> None:
    """Paints the threshold's lines into the part `exposed` of an image of the whole view, RGB32 in device px."""
    cells = cells_shown(heatmap, frame.region_of(exposed))
    if cells.isEmpty():
        return
    left, top = cells.x(), cells.y()
    part = heatmap.indices[top : top + cells.height(), left : left + cells.width()]
    lines = smooth_lines(part, look.threshold) if look.smooth else edge_lines(part, look.threshold)
    placed = []
    for line in lines:
        xy_l0 = np.empty(line.shape, np.float64)
        xy_l0[:, 0] = heatmap.origin_l0.x + (line[:, 0] + left) * heatmap.stride_x_l0
        xy_l0[:, 1] = heatmap.origin_l0.y + (line[:, 1] + top) * heatmap.stride_y_l0
        placed.append(xy_l0)
    if not placed:
        return
    cuts = np.cumsum([len(line) for line in placed])[:-1]
    # Half a pixel: OpenCV counts from the middles of pixels.
    device = frame.all_to_device(np.concatenate(placed)) - np.array([exposed.left(), exposed.top()]) - 0.5
    drawn = np.split(np.round(device * (1 << _SHIFT)).astype(np.int32), cuts)
    target = bgra_to_write(image, exposed)
    for colour, width in ((theme.MARK_RIM, _RIM_WIDTH), (theme.CONTOUR, _WIDTH)):
        bgra = (colour.blue(), colour.green(), colour.red(), 255)
        thickness = max(1, round(width * frame.ratio))
        cv2.polylines(target, drawn, False, bgra, thickness, cv2.LINE_8, _SHIFT)


def edge_lines(indices: NDArray[np.uint8], threshold: float) -> list[NDArray[np.float64]]:
    """The edges between cells at or above the threshold and others: straight (2, 2) lines in cells, x before y."""
    lit = np.pad(indices >= first_visible_index(threshold), 1)
    lines: list[NDArray[np.float64]] = []
    for across in (True, False):
        field = lit if across else lit.T
        # A change between line r - 1 and line r of the padded field is an edge at r - 1 of the grid.
        change = field[1:, 1:-1] != field[:-1, 1:-1]
        steps = np.diff(np.pad(change, ((0, 0), (1, 1))).astype(np.int8), axis=1)
        rows, starts = np.nonzero(steps == 1)
        ends = np.nonzero(steps == -1)[1]
        first, last = np.stack([starts, rows], axis=-1), np.stack([ends, rows], axis=-1)
        both = np.stack([first, last], axis=1).astype(np.float64)
        lines.extend(both if across else both[:, :, ::-1])
    return lines


def smooth_lines(indices: NDArray[np.uint8], threshold: float) -> list[NDArray[np.float64]]:
    """The lines of the threshold between the middles of cells, (n, 2) in cells; none beside cells not computed."""
    if min(indices.shape) < 2:
        return []
    values = np.ma.masked_array((indices.astype(np.float64) - 1) / STEPS, indices == NOT_COMPUTED)
    generator = contour_generator(z=values, line_type=LineType.Separate)
    return [np.asarray(line) + 0.5 for line in generator.lines(threshold)]
