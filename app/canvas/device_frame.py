"""The view in device pixels, its origin on a whole one so that edges neither jitter nor leave seams."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect

from app.state.viewport import Viewport
from inference.slides.frames import PointL0, RegionL0


@dataclass(frozen=True, slots=True)
class DeviceFrame:
    """Where level-0 places fall on the device's pixels.

    A place at `x_l0` falls on `x_l0 / downsample - origin_x`. The origin is whole, so panning at one zoom
    shifts every snapped edge by the same number of pixels; the picture is at most half a device pixel off the
    viewport.

    Attributes:
        origin_x, origin_y: the view's top left corner in device px counted from the slide's corner.
        downsample: level-0 px per device px.
        width, height: size of the view in device px.
        ratio: device px per device-independent px, for marks of constant size on the screen.
    """

    origin_x: int
    origin_y: int
    downsample: float
    width: int
    height: int
    ratio: float

    @classmethod
    def of(cls, viewport: Viewport) -> DeviceFrame:
        """The frame in which a viewport is painted."""
        region_l0, downsample = viewport.region_l0, viewport.downsample_device
        return cls(
            origin_x=round(region_l0.x / downsample),
            origin_y=round(region_l0.y / downsample),
            downsample=downsample,
            width=max(1, round(viewport.width_view * viewport.device_pixel_ratio)),
            height=max(1, round(viewport.height_view * viewport.device_pixel_ratio)),
            ratio=viewport.device_pixel_ratio,
        )

    def x(self, x_l0: float) -> float:
        """Device px of a level-0 abscissa, fractions kept."""
        return x_l0 / self.downsample - self.origin_x

    def y(self, y_l0: float) -> float:
        """Device px of a level-0 ordinate, fractions kept."""
        return y_l0 / self.downsample - self.origin_y

    def snapped(self, region_l0: RegionL0) -> QRect:
        """A level-0 rectangle with its edges on whole device px; neighbours share their edge exactly."""
        left, top = round(self.x(region_l0.x)), round(self.y(region_l0.y))
        right = round(self.x(region_l0.x + region_l0.width))
        bottom = round(self.y(region_l0.y + region_l0.height))
        return QRect(left, top, right - left, bottom - top)

    def to_l0(self, x_device: float, y_device: float) -> PointL0:
        """The level-0 place of a device px coordinate."""
        return PointL0(
            (x_device + self.origin_x) * self.downsample, (y_device + self.origin_y) * self.downsample
        )

    def region_of(self, rect_device: QRect) -> RegionL0:
        """The level-0 rectangle that a rectangle of device px shows."""
        corner_l0 = self.to_l0(rect_device.x(), rect_device.y())
        return RegionL0(
            corner_l0.x,
            corner_l0.y,
            rect_device.width() * self.downsample,
            rect_device.height() * self.downsample,
        )
