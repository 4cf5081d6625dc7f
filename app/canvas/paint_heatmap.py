"""Paints a heatmap over the slide at its place, coloured by a table."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from app.canvas.colormaps import colour_table, first_visible_index
from app.canvas.device_frame import DeviceFrame
from app.canvas.heatmap_image import HeatmapImage
from app.canvas.layer_look import LayerLook
from inference.slides.frames import RegionL0


def paint_heatmap(
    painter: QPainter, frame: DeviceFrame, heatmap: HeatmapImage, look: LayerLook, *, exposed: QRect
) -> None:
    """Paints the cells that meet `exposed` (device px); the painter's transform is the identity on device px.

    Cells are squares unless `look.smooth`. Cells smaller than a device px are interpolated all the same:
    taking the nearest would drop some of them.
    """
    cells = QRect() if exposed.isEmpty() else cells_shown(heatmap, frame.region_of(exposed))
    # Blending transparent cells takes as long as blending hot ones, and most of a slide is not hot.
    cells = _box_of_visible(heatmap, cells, threshold=look.heatmap_threshold)
    if cells.isEmpty():
        return
    colours = colour_table(
        look.heatmap_colormap, opacity=look.heatmap_opacity, threshold=look.heatmap_threshold
    )
    # Only the cells on show are given their colours: a few thousand, however large the slide.
    image = heatmap.indexed(colours).copy(cells).convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    smallest_device = min(heatmap.stride_x_l0, heatmap.stride_y_l0) / frame.downsample
    smooth = look.smooth or smallest_device < 1
    if not smooth and painter.transform().isIdentity():
        _paint_squares(painter, frame, heatmap, image, cells, exposed=exposed)
        return
    left_l0 = heatmap.origin_l0.x + cells.x() * heatmap.stride_x_l0
    top_l0 = heatmap.origin_l0.y + cells.y() * heatmap.stride_y_l0
    target = QRectF(
        frame.x(left_l0),
        frame.y(top_l0),
        cells.width() * heatmap.stride_x_l0 / frame.downsample,
        cells.height() * heatmap.stride_y_l0 / frame.downsample,
    )
    painter.save()
    painter.setClipRect(exposed, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    painter.drawImage(target, image, QRectF(0, 0, cells.width(), cells.height()))
    painter.restore()


def _paint_squares(
    painter: QPainter,
    frame: DeviceFrame,
    heatmap: HeatmapImage,
    image: QImage,
    cells: QRect,
    *,
    exposed: QRect,
) -> None:
    """Each device px in the colour of the cell under its middle, by index: half the time of the painter's scaling.

    Args:
        image: the colours of `cells`, premultiplied.
    """
    x_device, y_device = (
        np.arange(exposed.left(), exposed.right() + 1),
        np.arange(exposed.top(), exposed.bottom() + 1),
    )
    x_l0 = (x_device + 0.5 + frame.origin_x) * frame.downsample - heatmap.origin_l0.x
    y_l0 = (y_device + 0.5 + frame.origin_y) * frame.downsample - heatmap.origin_l0.y
    columns = np.floor(x_l0 / heatmap.stride_x_l0).astype(np.intp) - cells.x()
    rows = np.floor(y_l0 / heatmap.stride_y_l0).astype(np.intp) - cells.y()
    across = np.flatnonzero((columns >= 0) & (columns < cells.width()))
    down = np.flatnonzero((rows >= 0) & (rows < cells.height()))
    if not len(across) or not len(down):
        return
    colours = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
    # Rows last, so that whole lines are copied.
    painted = np.ascontiguousarray(colours[:, columns[across]][rows[down]])
    layer = QImage(
        painted.data, len(across), len(down), 4 * len(across), QImage.Format.Format_ARGB32_Premultiplied
    )
    painter.drawImage(exposed.left() + int(across[0]), exposed.top() + int(down[0]), layer)


def cells_shown(heatmap: HeatmapImage, region_l0: RegionL0) -> QRect:
    """The cells that meet a region, and one more on every side for interpolating."""
    left = math.floor((region_l0.x - heatmap.origin_l0.x) / heatmap.stride_x_l0) - 1
    top = math.floor((region_l0.y - heatmap.origin_l0.y) / heatmap.stride_y_l0) - 1
    right = math.ceil((region_l0.x + region_l0.width - heatmap.origin_l0.x) / heatmap.stride_x_l0) + 1
    bottom = math.ceil((region_l0.y + region_l0.height - heatmap.origin_l0.y) / heatmap.stride_y_l0) + 1
    shown = QRect(left, top, right - left, bottom - top)
    return shown.intersected(QRect(0, 0, heatmap.columns, heatmap.rows))


def _box_of_visible(heatmap: HeatmapImage, cells: QRect, *, threshold: float) -> QRect:
    """The smallest box in `cells` that holds all cells to be seen, with one more around them for interpolating."""
    left, top = cells.x(), cells.y()
    part = heatmap.indices[top : top + cells.height(), left : left + cells.width()]
    visible = part >= first_visible_index(threshold)
    rows, columns = np.flatnonzero(visible.any(axis=1)), np.flatnonzero(visible.any(axis=0))
    if not len(rows):
        return QRect()
    box = QRect(
        left + int(columns[0]),
        top + int(rows[0]),
        int(columns[-1] - columns[0]) + 1,
        int(rows[-1] - rows[0]) + 1,
    )
    return box.adjusted(-1, -1, 1, 1).intersected(cells)
