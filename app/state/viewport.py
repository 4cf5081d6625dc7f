"""Which part of a slide a view shows: one frozen affine between view pixels and level-0 pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from inference.slides.frames import PointL0, RegionL0, SizeL0

MAX_ENLARGEMENT = 16.0
"""View pixels per level-0 pixel at the closest zoom: single pixels are then plain to see."""
OUTERMOST_FITS = 2.0
"""The farthest zoom shows the whole slide at half the size at which it fits."""
FIT_MARGIN = 1.04
"""A fitted slide keeps 2 % of free ground on either side, so that its edge is seen to be its edge."""
MIN_VISIBLE_PART = 0.1
"""Part of the view's width and height that the slide's box always reaches into, so it cannot be lost."""
_QUARTER_TURNS = {0.0: (1.0, 0.0), 90.0: (0.0, 1.0), 180.0: (-1.0, 0.0), 270.0: (0.0, -1.0)}


@dataclass(frozen=True, slots=True)
class PointView:
    """A place in the view, in device-independent pixels from its top left corner."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Affine:
    """x' = xx x + xy y + dx, y' = yx x + yy y + dy."""

    xx: float
    xy: float
    yx: float
    yy: float
    dx: float
    dy: float

    def apply(self, x: float, y: float) -> tuple[float, float]:
        """The image of one point."""
        return self.xx * x + self.xy * y + self.dx, self.yx * x + self.yy * y + self.dy

    def inverse(self) -> Affine:
        """The affine that undoes this one. Raises ZeroDivisionError for a singular one."""
        det = self.xx * self.yy - self.xy * self.yx
        xx, xy, yx, yy = self.yy / det, -self.xy / det, -self.yx / det, self.xx / det
        return Affine(xx, xy, yx, yy, -(xx * self.dx + xy * self.dy), -(yx * self.dx + yy * self.dy))


@dataclass(frozen=True, slots=True)
class Viewport:
    """A view onto a slide.

    Attributes:
        centre_l0: the level-0 place in the middle of the view.
        downsample: level-0 px per device-independent view px; 1 shows level 0 pixel for pixel.
        width_view, height_view: size of the view in device-independent px.
        device_pixel_ratio: device px per device-independent px.
        angle_deg: by how much the picture is turned on the screen, clockwise, 0 <= angle < 360.
        flipped: whether the slide is mirrored left to right before it is turned.
    """

    centre_l0: PointL0
    downsample: float
    width_view: float
    height_view: float
    device_pixel_ratio: float = 1.0
    angle_deg: float = 0.0
    flipped: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.downsample) and self.downsample > 0):
            raise ValueError(f"a viewport's downsample is a positive number, not {self.downsample}")

    @property
    def cos_sin(self) -> tuple[float, float]:
        """Cosine and sine of the angle, exact for quarter turns."""
        return cos_sin_of(self.angle_deg)

    @property
    def view_to_l0(self) -> Affine:
        """The affine from view px to level-0 px; every other mapping of this class is made from it."""
        d, (cos, sin) = self.downsample, self.cos_sin
        mirror = -1.0 if self.flipped else 1.0
        xx, xy, yx, yy = d * mirror * cos, d * mirror * sin, -d * sin, d * cos
        half_width, half_height = self.width_view / 2, self.height_view / 2
        return Affine(
            xx, xy, yx, yy,
            self.centre_l0.x - xx * half_width - xy * half_height,
            self.centre_l0.y - yx * half_width - yy * half_height,
        )  # fmt: skip

    @property
    def downsample_device(self) -> float:
        """Level-0 px per device px: what decides which level is sharp enough."""
        return self.downsample / self.device_pixel_ratio

    @property
    def region_l0(self) -> RegionL0:
        """The level-0 rectangle around what the view shows; it may reach beyond the slide."""
        cos, sin = (abs(part) for part in self.cos_sin)
        width_l0 = self.downsample * (cos * self.width_view + sin * self.height_view)
        height_l0 = self.downsample * (sin * self.width_view + cos * self.height_view)
        return RegionL0(
            self.centre_l0.x - width_l0 / 2, self.centre_l0.y - height_l0 / 2, width_l0, height_l0
        )

    @property
    def corners_l0(self) -> tuple[PointL0, PointL0, PointL0, PointL0]:
        """The places under the view's corners: top left, top right, bottom right, bottom left."""
        width, height = self.width_view, self.height_view
        return (
            self.to_l0(PointView(0.0, 0.0)),
            self.to_l0(PointView(width, 0.0)),
            self.to_l0(PointView(width, height)),
            self.to_l0(PointView(0.0, height)),
        )

    def to_l0(self, point_view: PointView) -> PointL0:
        """The level-0 place under a place of the view."""
        return PointL0(*self.view_to_l0.apply(point_view.x, point_view.y))

    def to_view(self, point_l0: PointL0) -> PointView:
        """Where a level-0 place lies in the view."""
        return PointView(*self.view_to_l0.inverse().apply(point_l0.x, point_l0.y))

    def zoomed_about(self, point_view: PointView, factor: float) -> Viewport:
        """Enlarged by a factor (2 shows half as much); the level-0 place under `point_view` stays there."""
        return self._holding(point_view, replace(self, downsample=self.downsample / factor))

    def turned_about(self, point_view: PointView, angle_deg: float) -> Viewport:
        """Turned to an angle (any number, taken modulo 360); the level-0 place under `point_view` stays there."""
        return self._holding(point_view, replace(self, angle_deg=angle_deg % 360.0))

    def mirrored(self) -> Viewport:
        """What is on show seen in a mirror, left for right, about the view's middle."""
        return replace(self, angle_deg=-self.angle_deg % 360.0, flipped=not self.flipped)

    def panned(self, dx_view: float, dy_view: float) -> Viewport:
        """The slide shifted by (dx, dy) view px, as if dragged by the hand."""
        affine = self.view_to_l0
        return replace(
            self,
            centre_l0=PointL0(
                self.centre_l0.x - affine.xx * dx_view - affine.xy * dy_view,
                self.centre_l0.y - affine.yx * dx_view - affine.yy * dy_view,
            ),
        )

    def fit(self, size_l0: SizeL0) -> Viewport:
        """The whole slide, centred, with a small margin."""
        centre_l0 = PointL0(size_l0.width / 2, size_l0.height / 2)
        return replace(self, centre_l0=centre_l0, downsample=self.fit_downsample(size_l0))

    def fit_downsample(self, size_l0: SizeL0) -> float:
        """The downsample at which the whole slide fits this view."""
        cos, sin = (abs(part) for part in self.cos_sin)
        across = (cos * size_l0.width + sin * size_l0.height) / max(self.width_view, 1.0)
        down = (sin * size_l0.width + cos * size_l0.height) / max(self.height_view, 1.0)
        return max(across, down) * FIT_MARGIN

    def centred_on(self, point_l0: PointL0, *, downsample: float | None = None) -> Viewport:
        """Centred on a place, at its present zoom or another one."""
        return replace(self, centre_l0=point_l0, downsample=downsample or self.downsample)

    def resized(self, width_view: float, height_view: float, *, device_pixel_ratio: float) -> Viewport:
        """The same centre and zoom in a view of another size."""
        return replace(
            self, width_view=width_view, height_view=height_view, device_pixel_ratio=device_pixel_ratio
        )

    def downsample_range(self, size_l0: SizeL0) -> tuple[float, float]:
        """(closest, farthest) downsample allowed for a slide; even the smallest can be fitted."""
        fitting = self.fit_downsample(size_l0)
        return min(1 / MAX_ENLARGEMENT, fitting), fitting * OUTERMOST_FITS

    def with_zoom_within(self, size_l0: SizeL0, *, about_view: PointView) -> Viewport:
        """The zoom brought into its range; the level-0 place under `about_view` stays there."""
        closest, farthest = self.downsample_range(size_l0)
        within = min(max(self.downsample, closest), farthest)
        return self if within == self.downsample else self.zoomed_about(about_view, self.downsample / within)

    def clamped(self, size_l0: SizeL0) -> Viewport:
        """Zoom within its range and the slide within reach: its box always overlaps the view's inner part.

        The box reaches at least `MIN_VISIBLE_PART` of the view's width and height into the view, or lies
        wholly inside where it is smaller than that.
        """
        middle = PointView(self.width_view / 2, self.height_view / 2)
        zoomed = self.with_zoom_within(size_l0, about_view=middle)
        region = zoomed.region_l0
        return replace(
            zoomed,
            centre_l0=PointL0(
                _held(zoomed.centre_l0.x, span_l0=region.width, extent_l0=size_l0.width),
                _held(zoomed.centre_l0.y, span_l0=region.height, extent_l0=size_l0.height),
            ),
        )

    def _holding(self, point_view: PointView, other: Viewport) -> Viewport:
        """Another viewport, moved so that the level-0 place under `point_view` is the same as here."""
        held_l0, moved_l0 = self.to_l0(point_view), other.to_l0(point_view)
        return replace(
            other,
            centre_l0=PointL0(
                other.centre_l0.x + held_l0.x - moved_l0.x, other.centre_l0.y + held_l0.y - moved_l0.y
            ),
        )


def cos_sin_of(angle_deg: float) -> tuple[float, float]:
    """Cosine and sine of an angle in degrees, exact for quarter turns: rounding would make seams."""
    quarter = _QUARTER_TURNS.get(angle_deg % 360.0)
    if quarter is not None:
        return quarter
    return math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))


def _held(centre_l0: float, *, span_l0: float, extent_l0: float) -> float:
    """A centre coordinate brought to where [c - span/2, c + span/2] meets [0, extent] well enough."""
    overlap_l0 = min(MIN_VISIBLE_PART * span_l0, extent_l0)
    return min(max(centre_l0, overlap_l0 - span_l0 / 2), extent_l0 - overlap_l0 + span_l0 / 2)
