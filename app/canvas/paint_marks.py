"""Paints candidates: rings of constant size with their probability, and dots where rings would cover each other."""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from app.canvas import theme
from app.canvas.candidate_points import CandidatePoints
from app.canvas.device_frame import DeviceFrame

RING_RADIUS = 22.0
"""Device-independent px: leaves the cells inside free, yet keeps neighbours 50 um apart at 10x asunder."""
RING_DISTANCE = 62.0
"""Device-independent px between two rings, across or down: a ring with the label beside it stays readable."""
DOT_RADIUS = 3.0
_RIM = 1.2
"""Width of the dark rim around a dot, device-independent px."""
_RING_RIM = 8.0
"""Device-independent px that a ring's picture is wider than the ring, on each side."""
_LABEL_ROOM = 60.0
"""Device-independent px that a label may reach beyond its ring."""
_LABEL_FONT_PX = 12
MANY_DOTS = 20_000
"""From so many dots on, widening all at once (10 ms at 1920 x 1080) is faster than writing one after the other."""


def paint_candidates(
    image: QImage,
    frame: DeviceFrame,
    points: CandidatePoints,
    *,
    threshold: float,
    selected: int | None,
    font: QFont,
    exposed: QRect,
) -> None:
    """Paints candidates at or above the threshold; the selected one always, last, in white.

    Args:
        image: the whole view as RGB32, in device px.
        exposed: the part to paint.
    """
    if not len(points):
        return
    reach = math.ceil((RING_RADIUS + _LABEL_ROOM) * frame.ratio)
    near = points.within(frame.region_of(exposed.adjusted(-reach, -reach, reach, reach)))
    near = near[points.probability[near] >= threshold]
    xy = frame.all_to_device(points.xy_l0[near])
    distance = RING_DISTANCE * frame.ratio
    ringed = points.room_l0[near] >= distance * frame.downsample
    if selected is not None:
        # The selected one takes its place before all others.
        xy_selected = frame.all_to_device(points.xy_l0[selected])
        ringed &= (np.abs(xy - xy_selected) >= distance).any(axis=1)
    codes = points.codes[near]
    dotted = ~ringed if selected is None else ~ringed & (near != selected)
    for code in np.unique(codes[dotted]).tolist():
        dots, colour = xy[dotted & (codes == code)], theme.MARKS[code].rgb()
        stamp_dots(image, dots, colour=colour, ratio=frame.ratio, exposed=exposed)
    painter = QPainter(image)
    painter.setClipRect(exposed)
    font_name = font.toString()
    places = np.flatnonzero(ringed & _touches(xy, exposed, frame.ratio))
    for place in places[np.argsort(points.probability[near[places]], kind="stable")].tolist():
        _paint_ring(painter, points, int(near[place]), xy[place], ratio=frame.ratio, font_name=font_name)
    if selected is not None:
        _paint_ring(
            painter, points, selected, xy_selected, ratio=frame.ratio, font_name=font_name, selected=True
        )
    painter.end()


def _touches(xy: NDArray[np.float64], exposed: QRect, ratio: float) -> NDArray[np.bool_]:
    """Whether a ring there, or its label, reaches into a part; labels are above and to the right."""
    x, y = xy.T
    ring, label = (RING_RADIUS + _RING_RIM) * ratio, (RING_RADIUS + _LABEL_ROOM) * ratio
    return (
        (x + label > exposed.left())
        & (x - ring < exposed.right() + 1)
        & (y + ring > exposed.top())
        & (y - label < exposed.bottom() + 1)
    )


def _paint_ring(
    painter: QPainter,
    points: CandidatePoints,
    index: int,
    xy: NDArray[np.float64],
    *,
    ratio: float,
    font_name: str,
    selected: bool = False,
) -> None:
    x, y = xy.tolist()
    ring = _ring(ratio, selected, int(points.codes[index]))
    painter.drawImage(_centred(ring, x, y), ring)
    label = _label(f"{points.probability[index]:.2f}", ratio, font_name)
    offset = RING_RADIUS * ratio * 0.72
    painter.drawImage(
        QPointF(math.floor(x + offset + 0.5), math.floor(y - offset + 0.5) - label.height()), label
    )


def _centred(image: QImage, x: float, y: float) -> QPointF:
    """Where to draw an image so that its middle is at a place, on whole px so that it stays crisp."""
    return QPointF(math.floor(x - image.width() / 2 + 0.5), math.floor(y - image.height() / 2 + 0.5))


@lru_cache(maxsize=16)
def _ring(ratio: float, selected: bool, code: int) -> QImage:
    """A ring in the colour of a mark: dark outside for bright tissue, bright inside for dark tissue."""
    radius = RING_RADIUS * ratio
    side = int(2 * radius + 14 * ratio)
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = QPointF(side / 2, side / 2)
    strokes = (
        [(theme.MARKS[code] if code else theme.ACCENT, 8.0), (QColor(255, 255, 255), 3.0)]
        if selected
        else [(QColor(0, 0, 0, 130), 4.0), (theme.MARKS[code], 2.0)]
    )
    for colour, width in strokes:
        painter.setPen(QPen(colour, width * ratio))
        painter.drawEllipse(middle, radius, radius)
    painter.end()
    return image


@lru_cache(maxsize=512)
def _label(text: str, ratio: float, font_name: str) -> QImage:
    """A probability on dark glass, ready to be drawn; a hundred and one serve any number of candidates."""
    font = QFont()
    font.fromString(font_name)
    font = theme.font_of(font, pixels=round(_LABEL_FONT_PX * ratio), weight=QFont.Weight.DemiBold)
    metrics = QFontMetricsF(font)
    width = round(metrics.horizontalAdvance(text) + 10 * ratio)
    height = round(metrics.height() + 3 * ratio)
    image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.GLASS)
    painter.drawRoundedRect(QRectF(0, 0, width, height), 4 * ratio, 4 * ratio)
    painter.setPen(theme.TEXT)
    painter.setFont(font)
    painter.drawText(QRectF(0, 0, width, height), Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return image


def stamp_dots(image: QImage, xy: NDArray[np.float64], *, colour: int, ratio: float, exposed: QRect) -> None:
    """A bright dot with a dark rim at each place, written straight into the pixels: the painter takes four times as
    long for ten thousand."""
    pixels = np.frombuffer(image.bits(), np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
    left, top = exposed.left(), exposed.top()
    side = math.ceil((DOT_RADIUS + _RIM) * ratio)
    columns, rows = np.floor(xy).astype(np.intp).T
    columns, rows = columns - (left - side), rows - (top - side)
    inside = (
        (columns >= 0)
        & (columns < exposed.width() + 2 * side)
        & (rows >= 0)
        & (rows < exposed.height() + 2 * side)
    )
    columns, rows = columns[inside], rows[inside]
    if not len(rows):
        return
    part = pixels[top : exposed.bottom() + 1, left : exposed.right() + 1]
    if len(rows) > MANY_DOTS:
        _spread_dots(part, columns, rows, colour=colour, ratio=ratio)
        return
    height, width = part.shape
    within = (columns >= 2 * side) & (columns < width) & (rows >= 2 * side) & (rows < height)
    flat, stride = pixels.reshape(-1), pixels.shape[1]
    places = (rows + (top - side))[within] * stride + (columns + (left - side))[within]
    # Of those whose dot reaches beyond the part, the pixels in it.
    columns, rows = columns[~within] - side, rows[~within] - side
    for dx, dy, rgb in _dot(ratio, colour):
        flat[places + (dy * stride + dx)] = rgb
        if len(columns):
            x, y = columns + dx, rows + dy
            kept = (x >= 0) & (x < width) & (y >= 0) & (y < height)
            part[y[kept], x[kept]] = rgb


def _spread_dots(
    part: NDArray[np.uint32],
    columns: NDArray[np.intp],
    rows: NDArray[np.intp],
    *,
    colour: int,
    ratio: float,
) -> None:
    """The same for so many that widening all their middles at once takes less time than writing each.

    Args:
        part: the pixels to write to.
        columns, rows: of the middles, counted from a dot's reach before the part's corner.
    """
    dot = _dot(ratio, colour)
    side = math.ceil((DOT_RADIUS + _RIM) * ratio)
    middles = np.zeros((part.shape[0] + 2 * side, part.shape[1] + 2 * side), np.uint8)
    middles[rows, columns] = 255
    for rgb in dict.fromkeys(each for _, _, each in dot):
        kernel = np.zeros((2 * side + 1, 2 * side + 1), np.uint8)
        for dx, dy, own in dot:
            kernel[side - dy, side - dx] |= own == rgb
        covered = cv2.dilate(middles, kernel)[side : part.shape[0] + side, side : part.shape[1] + side]
        part[covered > 0] = rgb


@lru_cache(maxsize=64)
def _dot(ratio: float, colour: int) -> tuple[tuple[int, int, int], ...]:
    """(dx, dy, colour) of a dot's pixels, the rim first, so that no rim covers a neighbour's middle."""
    radius, rim = DOT_RADIUS * ratio + 0.3, (DOT_RADIUS + _RIM) * ratio
    side = math.ceil(rim)
    away = [(math.hypot(dx, dy), dx, dy) for dy in range(-side, side + 1) for dx in range(-side, side + 1)]
    dark = [(dx, dy, theme.MARK_RIM.rgb()) for distance, dx, dy in away if radius < distance <= rim]
    bright = [(dx, dy, colour) for distance, dx, dy in away if distance <= radius]
    return (*dark, *bright)
