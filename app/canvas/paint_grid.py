"""A grid on the slide, its lines as far apart as the scale bar is long."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QLineF, QRect
from PySide6.QtGui import QPainter, QPen

from app.canvas import theme
from app.canvas.device_frame import DeviceFrame
from app.canvas.scale_bar import round_length
from inference.slides.frames import Mpp, SizeL0


def grid_steps_l0(frame: DeviceFrame, mpp: Mpp | None) -> tuple[float, float]:
    """Level-0 px between lines, across and down: the scale bar's length, or a round number of px without a scale."""
    um = mpp or Mpp.square(1.0)
    length_um = round_length(um.mean * frame.downsample * frame.ratio).length_um
    return length_um / um.x, length_um / um.y


def paint_grid(
    painter: QPainter, frame: DeviceFrame, *, mpp: Mpp | None, size_l0: SizeL0, exposed: QRect
) -> None:
    """Paints the lines that meet `exposed`, counted from the slide's top left corner, in device px."""
    step_x_l0, step_y_l0 = grid_steps_l0(frame, mpp)
    region = frame.region_of(exposed)
    left, right = max(0.0, region.x), min(float(size_l0.width), region.x + region.width)
    top, bottom = max(0.0, region.y), min(float(size_l0.height), region.y + region.height)
    if left >= right or top >= bottom:
        return
    ends = [((x, top), (x, bottom)) for x in _multiples(step_x_l0, left, right)] + [
        ((left, y), (right, y)) for y in _multiples(step_y_l0, top, bottom)
    ]
    if not ends:
        return
    device = frame.all_to_device(np.array(ends, np.float64).reshape(-1, 2)).reshape(-1, 4)
    # Upright lines on the middle of a pixel are crisp.
    lines = [QLineF(*(math.floor(value) + 0.5 for value in line)) for line in device.tolist()]
    painter.save()
    for colour, width in ((theme.GRID_RIM, 3.0), (theme.GRID, 1.0)):
        painter.setPen(QPen(colour, width * frame.ratio))
        painter.drawLines(lines)
    painter.restore()


def _multiples(step: float, first: float, last: float) -> list[float]:
    return [step * number for number in range(math.ceil(first / step), math.floor(last / step) + 1)]
