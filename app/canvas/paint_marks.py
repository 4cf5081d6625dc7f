"""Paints candidates: rings of constant size with their probability, and dots where rings would cover each other."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from app.canvas import theme
from app.canvas.candidate_points import CandidatePoints
from app.canvas.device_frame import DeviceFrame

RING_RADIUS = 22.0
"""Device-independent px: leaves the cells inside free, yet keeps neighbours 50 um apart at 10x asunder."""
MAX_RINGS = 300
"""Only so many of the most probable in view may have rings: more would hide the slide, whatever their distance."""
RING_DISTANCE = 62.0
"""Device-independent px between two rings, across and down: a ring with the label beside it stays readable."""
DOT_RADIUS = 3.0
MERGED_DOTS = 2.0
"""Dots in the same square of this side (device-independent px) are one: what is behind is not seen, yet costs."""
_LABEL_FONT_PX = 12


def paint_candidates(
    painter: QPainter,
    frame: DeviceFrame,
    points: CandidatePoints,
    *,
    threshold: float,
    selected: int | None,
    font: QFont,
) -> None:
    """Paints candidates at or above the threshold, in device px; the selected one always, last, in white."""
    if not len(points):
        return
    xy = points.device_xy(frame)
    reach = (RING_RADIUS + 60) * frame.ratio  # the label beside a ring may show when its ring does not
    shown = (
        (points.probability >= threshold)
        & (xy > -reach).all(axis=1)
        & (xy < np.array([frame.width + reach, frame.height + reach])).all(axis=1)
    )
    if selected is not None:
        shown[selected] = False
    indices = np.flatnonzero(shown)
    # The most probable first: it takes the place.
    indices = indices[np.argsort(-points.probability[indices], kind="stable")]
    taken = None if selected is None else xy[selected]
    ringed = np.zeros(len(indices), bool)
    ringed[:MAX_RINGS] = _with_room(xy[indices[:MAX_RINGS]], RING_DISTANCE * frame.ratio, taken=taken)
    font_name = font.toString()
    painter.save()
    _paint_dots(painter, frame, xy[indices[~ringed]])
    for index in indices[ringed][::-1]:
        _paint_ring(
            painter, xy[index], float(points.probability[index]), ratio=frame.ratio, font_name=font_name
        )
    if selected is not None:
        probability = float(points.probability[selected])
        _paint_ring(painter, xy[selected], probability, ratio=frame.ratio, font_name=font_name, selected=True)
    painter.restore()


def _with_room(
    xy: NDArray[np.float64], distance: float, *, taken: NDArray[np.float64] | None
) -> NDArray[np.bool_]:
    """(n,) True for each place that is at least `distance` away, across or down, from all True ones before it.

    Args:
        xy: (n, 2) places in order of importance.
        taken: a place that is occupied from the start.
    """
    room = np.zeros(len(xy), bool)
    # Squares of side `distance`: what is too near lies in the same square or in one of its neighbours.
    placed: dict[tuple[int, int], list[tuple[float, float]]] = {}
    if taken is not None:
        placed[int(taken[0] // distance), int(taken[1] // distance)] = [(float(taken[0]), float(taken[1]))]
    for number, (x, y) in enumerate(xy.tolist()):
        column, row = int(x // distance), int(y // distance)
        near = (
            place
            for across in (column - 1, column, column + 1)
            for down in (row - 1, row, row + 1)
            for place in placed.get((across, down), ())
        )
        if all(abs(x - px) >= distance or abs(y - py) >= distance for px, py in near):
            room[number] = True
            placed.setdefault((column, row), []).append((x, y))
    return room


def _paint_ring(
    painter: QPainter,
    xy: NDArray[np.float64],
    probability: float,
    *,
    ratio: float,
    font_name: str,
    selected: bool = False,
) -> None:
    x, y = float(xy[0]), float(xy[1])
    ring = _ring(ratio, selected)
    painter.drawImage(_centred(ring, x, y), ring)
    label = _label(f"{probability:.2f}", ratio, font_name)
    offset = RING_RADIUS * ratio * 0.72
    painter.drawImage(QPointF(round(x + offset), round(y - offset - label.height())), label)


def _centred(image: QImage, x: float, y: float) -> QPointF:
    """Where to draw an image so that its middle is at a place, on whole px so that it stays crisp."""
    return QPointF(round(x - image.width() / 2), round(y - image.height() / 2))


@lru_cache(maxsize=8)
def _ring(ratio: float, selected: bool) -> QImage:
    """A ring ready to be drawn: dark outside for bright tissue, bright inside for dark tissue."""
    radius = RING_RADIUS * ratio
    side = int(2 * radius + 14 * ratio)
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = QPointF(side / 2, side / 2)
    strokes = (
        [(theme.ACCENT, 8.0), (QColor(255, 255, 255), 3.0)]
        if selected
        else [(QColor(0, 0, 0, 130), 4.0), (theme.MARK, 2.0)]
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


def _paint_dots(painter: QPainter, frame: DeviceFrame, xy: NDArray[np.float64]) -> None:
    """One small image a dot, a microsecond each; of dots that nearly coincide only one is painted."""
    if not len(xy):
        return
    dot = _dot(frame.ratio)
    half = dot.width() // 2
    bins = np.floor(xy / (frame.ratio * MERGED_DOTS)).astype(np.int64)
    _, kept = np.unique(bins[:, 0] * (1 << 32) + bins[:, 1], return_index=True)
    for x, y in (np.floor(xy[kept]).astype(np.intp) - half).tolist():
        painter.drawImage(x, y, dot)


@lru_cache(maxsize=8)
def _dot(ratio: float) -> QImage:
    """A bright dot with a dark edge, of odd side so that it has a middle pixel."""
    side = 2 * math.ceil((DOT_RADIUS + 1) * ratio) + 1
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(0, 0, 0, 150), ratio))
    painter.setBrush(theme.MARK)
    radius = (DOT_RADIUS + 0.5) * ratio
    painter.drawEllipse(QPointF(side / 2, side / 2), radius, radius)
    painter.end()
    return image
