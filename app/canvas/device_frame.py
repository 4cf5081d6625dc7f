"""The view in device pixels, its origin on a whole one so that edges neither jitter nor leave seams."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect
from PySide6.QtGui import QTransform

from app.state.viewport import Viewport, cos_sin_of
from inference.slides.frames import PointL0, RegionL0


@dataclass(frozen=True, slots=True)
class DeviceFrame:
    """Where level-0 places fall on the device's pixels.

    A place p falls on `turn(p / downsample) - origin`, where `turn` mirrors (if flipped) and turns about (0, 0).
    The origin is whole, so panning shifts everything painted by the same whole number of pixels, at any angle; the
    picture is at most half a device pixel off the viewport.

    Attributes:
        origin_x, origin_y: the view's top left corner in device px counted from the slide's corner.
        downsample: level-0 px per device px.
        width, height: size of the view in device px.
        ratio: device px per device-independent px, for marks of constant size on the screen.
        angle_deg, flipped: as the viewport's.
    """

    origin_x: int
    origin_y: int
    downsample: float
    width: int
    height: int
    ratio: float
    angle_deg: float = 0.0
    flipped: bool = False

    @classmethod
    def of(cls, viewport: Viewport) -> DeviceFrame:
        """The frame in which a viewport is painted."""
        downsample, ratio = viewport.downsample_device, viewport.device_pixel_ratio
        width_device, height_device = viewport.width_view * ratio, viewport.height_view * ratio
        unplaced = cls(
            origin_x=0,
            origin_y=0,
            downsample=downsample,
            width=max(1, round(width_device)),
            height=max(1, round(height_device)),
            ratio=ratio,
            angle_deg=viewport.angle_deg,
            flipped=viewport.flipped,
        )
        x_device, y_device = unplaced.to_device(viewport.centre_l0)
        return replace(
            unplaced,
            origin_x=round(x_device - width_device / 2),
            origin_y=round(y_device - height_device / 2),
        )

    @property
    def is_upright(self) -> bool:
        """Whether the slide is neither turned nor mirrored."""
        return self.angle_deg == 0.0 and not self.flipped

    @property
    def turn(self) -> tuple[float, float, float, float]:
        """(xx, xy, yx, yy): the mirror and the rotation from upright px to device px."""
        cos, sin = cos_sin_of(self.angle_deg)
        mirror = -1.0 if self.flipped else 1.0
        return mirror * cos, -sin, mirror * sin, cos

    def to_device(self, point_l0: PointL0) -> tuple[float, float]:
        """Device px of a place, fractions kept."""
        xx, xy, yx, yy = self.turn
        x, y = point_l0.x / self.downsample, point_l0.y / self.downsample
        return xx * x + xy * y - self.origin_x, yx * x + yy * y - self.origin_y

    def all_to_device(self, xy_l0: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) device px of (n, 2) places."""
        xx, xy, yx, yy = self.turn
        matrix = np.array([[xx, yx], [xy, yy]]) / self.downsample
        return np.asarray(xy_l0 @ matrix - np.array([self.origin_x, self.origin_y], np.float64))

    def to_l0(self, x_device: float, y_device: float) -> PointL0:
        """The level-0 place of a device px coordinate."""
        xx, xy, yx, yy = self.turn
        x, y = x_device + self.origin_x, y_device + self.origin_y
        # The turn is orthogonal: its transpose undoes it.
        return PointL0((xx * x + yx * y) * self.downsample, (xy * x + yy * y) * self.downsample)

    def region_of(self, rect_device: QRect) -> RegionL0:
        """The level-0 rectangle around what a rectangle of device px shows."""
        left, top = rect_device.x(), rect_device.y()
        right, bottom = left + rect_device.width(), top + rect_device.height()
        corners = [self.to_l0(x, y) for x in (left, right) for y in (top, bottom)]
        x_l0, y_l0 = min(corner.x for corner in corners), min(corner.y for corner in corners)
        return RegionL0(
            x_l0,
            y_l0,
            max(corner.x for corner in corners) - x_l0,
            max(corner.y for corner in corners) - y_l0,
        )

    def box_of(self, region_l0: RegionL0) -> QRect:
        """The whole device px around a level-0 rectangle."""
        corners = self.all_to_device(
            np.array(
                [
                    (region_l0.x + across * region_l0.width, region_l0.y + down * region_l0.height)
                    for across in (0, 1)
                    for down in (0, 1)
                ]
            )
        )
        left, top = np.floor(corners.min(axis=0)).astype(int).tolist()
        right, bottom = np.ceil(corners.max(axis=0)).astype(int).tolist()
        return QRect(left, top, right - left, bottom - top)

    def shift_to(self, other: DeviceFrame) -> tuple[int, int] | None:
        """By how many device px a picture of this frame moves to be one of the other; None if it is not that simple."""
        if replace(self, origin_x=other.origin_x, origin_y=other.origin_y) != other:
            return None
        return self.origin_x - other.origin_x, self.origin_y - other.origin_y

    @property
    def halved(self) -> DeviceFrame:
        """The same in px of twice the size; its corner is this frame's, or a px before where that is odd."""
        return replace(
            self,
            origin_x=self.origin_x // 2,
            origin_y=self.origin_y // 2,
            downsample=self.downsample * 2,
            width=self.width // 2 + 1,
            height=self.height // 2 + 1,
            ratio=self.ratio / 2,
        )

    def upright(self, exposed: QRect) -> tuple[DeviceFrame, QRect, QTransform]:
        """For painters that know only upright frames: such a frame, what to paint in it, and its way to the device.

        The transform maps its px to this frame's: a mirror, a rotation and a shift, no change of scale.
        """
        if self.is_upright:
            return self, exposed, QTransform()
        region_l0 = self.region_of(exposed)
        left, top = math.floor(region_l0.x / self.downsample), math.floor(region_l0.y / self.downsample)
        right = math.ceil((region_l0.x + region_l0.width) / self.downsample)
        bottom = math.ceil((region_l0.y + region_l0.height) / self.downsample)
        frame = DeviceFrame(left, top, self.downsample, right - left, bottom - top, self.ratio)
        xx, xy, yx, yy = self.turn
        transform = QTransform(
            xx, yx, xy, yy,
            xx * left + xy * top - self.origin_x,
            yx * left + yy * top - self.origin_y,
        )  # fmt: skip
        return frame, QRect(0, 0, right - left, bottom - top), transform

    # For upright frames only

    def x(self, x_l0: float) -> float:
        """Device px of a level-0 abscissa in an upright frame, fractions kept."""
        return x_l0 / self.downsample - self.origin_x

    def y(self, y_l0: float) -> float:
        """Device px of a level-0 ordinate in an upright frame, fractions kept."""
        return y_l0 / self.downsample - self.origin_y

    def snapped(self, region_l0: RegionL0) -> QRect:
        """A level-0 rectangle in an upright frame, edges on whole device px; neighbours share their edge exactly."""
        left, right = (
            _nearest(x_l0 / self.downsample) for x_l0 in (region_l0.x, region_l0.x + region_l0.width)
        )
        top, bottom = (
            _nearest(y_l0 / self.downsample) for y_l0 in (region_l0.y, region_l0.y + region_l0.height)
        )
        return QRect(left - self.origin_x, top - self.origin_y, right - left, bottom - top)


def _nearest(value: float) -> int:
    """The nearest whole number, of two the greater. `round` takes the even one, which after a pan by an odd number of
    px, were the origin subtracted first, would be another place on the slide."""
    return math.floor(value + 0.5)
