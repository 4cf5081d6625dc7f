"""Paints annotations in their colours: outlines with a light fill, dots for small ones, a density map for crowds.

What is painted how depends on the zoom and on all annotations, never on the part that is painted, so that a strip that
a pan uncovers fits what is there.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from app.canvas.annotation_shapes import AREA, LINE, POINT, POINTS, AnnotationShapes
from app.canvas.device_frame import DeviceFrame
from app.canvas.image_pixels import bgra_to_write
from app.canvas.paint_marks import stamp_dots

FILL = 0.13
"""Part of the class's colour inside an outline: nuclei below stay as they are."""
LINE_WIDTH = 2.0
SMALL = 5.0
"""Device-independent px: what is smaller on the screen is a dot, else nobody would find it."""
CROWD = 400
"""With more outlines that are no dots, lines are thin and without smoothing, which is many times as fast."""
_FILLED = 24.0
"""Device-independent px: in a crowd, smaller areas are not filled; all of them would be more colour than tissue."""
_FEW_VERTICES = 64
_DOT_ROOM = 90.0
"""Device-independent px² a dot needs; with less, in the mean, dots would cover the slide and a density is shown."""
_DENSE_DOTS = 2000
"""Fewer dots than this are always shown one by one."""
_DENSE_CELL = 3
_REACH = 8.0
"""Device-independent px that a dot or a line reaches beyond its place."""
_SHIFT = 4
"""Binary places of a pixel that OpenCV draws lines to."""


def paint_annotations(
    image: QImage, frame: DeviceFrame, shapes: AnnotationShapes, *, exposed: QRect, fine: bool = True
) -> None:
    """Paints into the part `exposed` of an image of the whole view, RGB32 in device px.

    Args:
        fine: lines are smoothed, unless there is a crowd of them.
    """
    if not len(shapes):
        return
    reach = int(_REACH * frame.ratio)
    rows = shapes.within(frame.region_of(exposed.adjusted(-reach, -reach, reach, reach)))
    if not len(rows):
        return
    zoom = frame.downsample, frame.ratio
    is_dot, crowded, dense = shapes.remembered("plan", zoom, lambda: _plan(shapes, frame))
    _paint_outlines(image, frame, shapes, rows[~is_dot[rows]], crowded=crowded or not fine, exposed=exposed)
    dots = rows[is_dot[rows]]
    if len(dots):
        middles = (shapes.bounds_l0[dots, :2] + shapes.bounds_l0[dots, 2:]) / 2
        xy = frame.all_to_device(middles)
        paint = _paint_density if dense else _stamp
        paint(image, frame, xy, shapes.rgb[dots], exposed)


def _plan(shapes: AnnotationShapes, frame: DeviceFrame) -> tuple[NDArray[np.bool_], bool, bool]:
    """((rows,) which shown annotations are dots, whether the rest is a crowd, whether the dots are) at this zoom."""
    left, top, right, bottom = shapes.bounds_l0.T
    small = np.maximum(right - left, bottom - top) < SMALL * frame.ratio * frame.downsample
    is_dot = shapes.shown & ((shapes.kind == POINT) | small)
    outlines = np.count_nonzero(shapes.shown) - np.count_nonzero(is_dot)
    return is_dot, bool(outlines > CROWD), _is_dense(shapes, frame, is_dot)


def _is_dense(shapes: AnnotationShapes, frame: DeviceFrame, is_dot: NDArray[np.bool_]) -> bool:
    count = np.count_nonzero(is_dot)
    if count < _DENSE_DOTS:
        return False
    bounds = shapes.bounds_l0[is_dot]
    width, height = (bounds[:, 2:].max(axis=0) - bounds[:, :2].min(axis=0)) / frame.downsample
    return bool(count * _DOT_ROOM * frame.ratio**2 > width * height)


def _stamp(
    image: QImage, frame: DeviceFrame, xy: NDArray[np.float64], rgb: NDArray[np.uint32], exposed: QRect
) -> None:
    for colour in np.unique(rgb):
        stamp_dots(image, xy[rgb == colour], colour=int(colour), ratio=frame.ratio, exposed=exposed)


def _paint_density(
    image: QImage, frame: DeviceFrame, xy: NDArray[np.float64], rgb: NDArray[np.uint32], exposed: QRect
) -> None:
    """The more dots in a square of the screen, the denser its colour; squares lie fast on the slide."""
    origin = np.array([frame.origin_x, frame.origin_y])
    cells = np.floor_divide(np.floor(xy).astype(np.int64) + origin, _DENSE_CELL)
    first = np.array([exposed.left(), exposed.top()]) + origin
    last = np.array([exposed.right(), exposed.bottom()]) + origin
    low, high = np.floor_divide(first, _DENSE_CELL), np.floor_divide(last, _DENSE_CELL)
    columns, lines = (high - low + 1).tolist()
    inside = ((cells >= low) & (cells <= high)).all(axis=1)
    cells, rgb = cells[inside] - low, rgb[inside]
    x, y = cells.T
    where, size = y * columns + x, columns * lines
    counts = np.bincount(where, minlength=size)
    dots = np.maximum(counts, 1)
    # In the mean colour of a square's dots, BGRA as OpenCV has it.
    colours = np.full((size, 4), 255, np.uint8)
    for channel in range(3):
        sums = np.bincount(where, weights=(rgb >> 8 * channel) & 0xFF, minlength=size)
        colours[:, channel] = sums / dots
    alpha = np.where(counts > 0, np.minimum(0.95, 0.45 + 0.15 * np.log2(dots)), 0.0).astype(np.float32)
    pixels = bgra_to_write(image, exposed)
    start_x, start_y = (first - low * _DENSE_CELL).tolist()

    def widened(squares: NDArray[Any]) -> NDArray[Any]:
        fine = cv2.resize(
            squares, (columns * _DENSE_CELL, lines * _DENSE_CELL), interpolation=cv2.INTER_NEAREST
        )
        return np.ascontiguousarray(
            fine[start_y : start_y + pixels.shape[0], start_x : start_x + pixels.shape[1]]
        )

    part = widened(alpha.reshape(lines, columns))
    pixels[:] = cv2.blendLinear(
        np.ascontiguousarray(pixels), widened(colours.reshape(lines, columns, 4)), 1 - part, part
    )


def _paint_outlines(
    image: QImage,
    frame: DeviceFrame,
    shapes: AnnotationShapes,
    rows: NDArray[np.intp],
    *,
    crowded: bool,
    exposed: QRect,
) -> None:
    if not len(rows):
        return
    pixels = bgra_to_write(image, exposed)
    xy_l0, ends, ring_ends = shapes.flat(rows)
    corner = np.array([exposed.left(), exposed.top()])
    # Half a pixel: OpenCV counts from the middles of pixels.
    drawn = np.rint((frame.all_to_device(xy_l0) - corner - 0.5) * (1 << _SHIFT)).astype(np.int32)
    placed = [_thinned(drawn[start:end]) for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    groups = [placed[start:end] for start, end in zip([0, *ring_ends[:-1]], ring_ends, strict=True)]
    kinds, colours = shapes.kind[rows], shapes.rgb[rows]
    filled = pixels.copy()
    wide = np.ptp(shapes.bounds_l0[rows].reshape(-1, 2, 2), axis=1).max(axis=1) / frame.downsample
    for number in np.flatnonzero(
        (kinds == AREA) & (wide > (_FILLED if crowded else 0) * frame.ratio)
    ).tolist():
        cv2.fillPoly(filled, groups[number], _bgra(int(colours[number])), cv2.LINE_8, _SHIFT)
    cv2.addWeighted(filled, FILL, pixels, 1 - FILL, 0, dst=pixels)
    thickness = 1 if crowded else max(1, round(LINE_WIDTH * frame.ratio))
    style = cv2.LINE_8 if crowded else cv2.LINE_AA
    for colour in np.unique(colours):
        for kind in (AREA, LINE, POINTS):
            chosen = np.flatnonzero((colours == colour) & (kinds == kind)).tolist()
            lines = [line for number in chosen for line in groups[number]]
            if lines and kind == POINTS:
                xy = np.concatenate(lines) / (1 << _SHIFT) + corner + 0.5
                stamp_dots(image, xy, colour=int(colour), ratio=frame.ratio, exposed=exposed)
            elif lines:
                cv2.polylines(pixels, lines, kind == AREA, _bgra(int(colour)), thickness, style, _SHIFT)


def _thinned(ring: NDArray[np.int32]) -> NDArray[np.int32]:
    """A ring with no more vertices than the screen can tell apart: a freehand outline has thousands."""
    if len(ring) <= _FEW_VERTICES:
        return ring
    width, height = (ring.max(axis=0) - ring.min(axis=0)) / (1 << _SHIFT)
    step = int(len(ring) // max(_FEW_VERTICES / 2, 2 * (width + height)))
    # OpenCV takes whole arrays only.
    return np.ascontiguousarray(ring[::step]) if step > 1 else ring


def _bgra(rgb: int) -> tuple[int, int, int, int]:
    return rgb & 0xFF, rgb >> 8 & 0xFF, rgb >> 16 & 0xFF, 255
