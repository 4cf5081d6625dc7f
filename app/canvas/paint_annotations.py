"""Paints annotations in their colours: outlines with a light fill, dots for small ones, a density map for crowds.

What is painted how depends on the zoom and on all annotations, never on the part that is painted, so that a strip that
a pan uncovers fits what is there.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from app.canvas.annotation_shapes import LINE, POINT, POINTS, AnnotationShapes
from app.canvas.device_frame import DeviceFrame
from app.canvas.paint_marks import stamp_dots

FILL = 0.13
"""Part of the class's colour inside an outline: nuclei below stay as they are."""
LINE_WIDTH = 2.0
SMALL = 5.0
"""Device-independent px: what is smaller on the screen is a dot, else nobody would find it."""
CROWD = 1500
"""With more outlines that are no dots, lines are thin and without smoothing, which is four times as fast."""
_DOT_ROOM = 90.0
"""Device-independent px² a dot needs; with less, in the mean, dots would cover the slide and a density is shown."""
_DENSE_DOTS = 2000
"""Fewer dots than this are always shown one by one."""
_DENSE_CELL = 3
_REACH = 8.0
"""Device-independent px that a dot or a line reaches beyond its place."""
_SHIFT = 4
"""Binary places of a pixel that OpenCV draws lines to."""


def paint_annotations(image: QImage, frame: DeviceFrame, shapes: AnnotationShapes, *, exposed: QRect) -> None:
    """Paints into the part `exposed` of an image of the whole view, RGB32 in device px."""
    if not len(shapes):
        return
    reach = int(_REACH * frame.ratio)
    rows = shapes.within(frame.region_of(exposed.adjusted(-reach, -reach, reach, reach)))
    if not len(rows):
        return
    is_dot = _dots(shapes, frame)
    outlined = ~is_dot & shapes.shown
    crowded = np.count_nonzero(outlined) > CROWD
    _paint_outlines(image, frame, shapes, rows[outlined[rows]], thin=bool(crowded), exposed=exposed)
    dots = rows[is_dot[rows]]
    if len(dots):
        middles = (shapes.bounds_l0[dots, :2] + shapes.bounds_l0[dots, 2:]) / 2
        xy = frame.all_to_device(middles)
        paint = _paint_density if _is_dense(shapes, frame, is_dot) else _stamp
        paint(image, frame, xy, shapes.rgb[dots], exposed)


def _dots(shapes: AnnotationShapes, frame: DeviceFrame) -> NDArray[np.bool_]:
    """(rows,) which shown annotations are dots at this zoom."""
    left, top, right, bottom = shapes.bounds_l0.T
    small = np.maximum(right - left, bottom - top) < SMALL * frame.ratio * frame.downsample
    return shapes.shown & ((shapes.kind == POINT) | small)


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
    pixels = _pixels(image, exposed)
    start_x, start_y = (first - low * _DENSE_CELL).tolist()
    for colour in np.unique(rgb):
        x, y = cells[rgb == colour].T
        counts = np.bincount(y * columns + x, minlength=columns * lines).reshape(lines, columns)
        alpha = np.where(counts > 0, np.minimum(0.95, 0.45 + 0.15 * np.log2(np.maximum(counts, 1))), 0.0)
        fine = alpha.astype(np.float32).repeat(_DENSE_CELL, axis=0).repeat(_DENSE_CELL, axis=1)
        part = fine[start_y : start_y + pixels.shape[0], start_x : start_x + pixels.shape[1]]
        lit = part > 0
        bgr = np.array(_bgra(int(colour))[:3], np.float32)
        some = part[lit][:, None]
        pixels[lit, :3] = np.rint(pixels[lit, :3] * (1 - some) + bgr * some).astype(np.uint8)


def _paint_outlines(
    image: QImage,
    frame: DeviceFrame,
    shapes: AnnotationShapes,
    rows: NDArray[np.intp],
    *,
    thin: bool,
    exposed: QRect,
) -> None:
    if not len(rows):
        return
    pixels = _pixels(image, exposed)
    found = [_thinned(shapes.rings(int(row)), frame) for row in rows]
    flat = [ring for rings in found for ring in rings]
    # Half a pixel: OpenCV counts from the middles of pixels.
    device = frame.all_to_device(np.concatenate(flat)) - np.array([exposed.left(), exposed.top()]) - 0.5
    drawn = np.rint(device * (1 << _SHIFT)).astype(np.int32)
    ends = np.cumsum([len(ring) for ring in flat]).tolist()
    placed = [drawn[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    kinds, colours = shapes.kind[rows].tolist(), [_bgra(int(each)) for each in shapes.rgb[rows]]
    grouped, at = [], 0
    for rings in found:
        grouped.append(placed[at : at + len(rings)])
        at += len(rings)
    filled = pixels.copy()
    for kind, colour, group in zip(kinds, colours, grouped, strict=True):
        if kind < LINE:
            cv2.fillPoly(filled, group, colour, cv2.LINE_8, _SHIFT)
    cv2.addWeighted(filled, FILL, pixels, 1 - FILL, 0, dst=pixels)
    thickness = 1 if thin else max(1, round(LINE_WIDTH * frame.ratio))
    style = cv2.LINE_8 if thin else cv2.LINE_AA
    for kind, colour, group in zip(kinds, colours, grouped, strict=True):
        if kind == POINTS:
            xy = np.concatenate(group) / (1 << _SHIFT) + np.array([exposed.left(), exposed.top()]) + 0.5
            rgb = 0xFF000000 | colour[2] << 16 | colour[1] << 8 | colour[0]
            stamp_dots(image, xy, colour=rgb, ratio=frame.ratio, exposed=exposed)
        else:
            cv2.polylines(pixels, group, kind != LINE, colour, thickness, style, _SHIFT)


def _thinned(rings: tuple[NDArray[np.float64], ...], frame: DeviceFrame) -> list[NDArray[np.float64]]:
    """Rings with no more vertices than the screen can tell apart: a freehand outline has thousands."""
    thinned = []
    for ring in rings:
        if len(ring) > 64:
            width, height = (ring.max(axis=0) - ring.min(axis=0)) / frame.downsample
            step = int(len(ring) // max(32.0, 2 * (width + height)))
            thinned.append(ring[::step] if step > 1 else ring)
        else:
            thinned.append(ring)
    return thinned


def _pixels(image: QImage, exposed: QRect) -> NDArray[np.uint8]:
    """(height, width, 4) BGRA of a part of an image, to be written to."""
    pixels = np.frombuffer(image.bits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return pixels[exposed.top() : exposed.bottom() + 1, exposed.left() : exposed.right() + 1]


def _bgra(rgb: int) -> tuple[int, int, int, int]:
    return rgb & 0xFF, rgb >> 8 & 0xFF, rgb >> 16 & 0xFF, 255
